"""Which encoders studies need, and whether an image waits for one of them."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from ratings.models import Study, StudyImage, TaskFailure
from scoring.models import ModelState, ModelVersion
from scoring.selectors.training import given_up, images_without_embedding
from scoring.selectors.versions import versions_missing_images

SAID_AGAIN = timedelta(hours=12)


def encoder_key_of(study: Study) -> str:
    """Give the key of the encoder that a study uses."""
    return study.encoder_key or str(settings.DEFAULT_ENCODER)


def keys_in_use() -> dict[str, set[int]]:
    """Give the studies that need each encoder: by their settings, or for the model that still serves them."""
    found: dict[str, set[int]] = {}
    for study in Study.objects.only("encoder_key"):
        found.setdefault(encoder_key_of(study), set()).add(study.pk)
    for version in ModelVersion.objects.filter(state=ModelState.LIVE):
        found.setdefault(version.encoder_key, set()).add(version.study_id)
    return found


def has_new_images() -> bool:
    """Tell whether an image waits to be embedded, or to be seen by a live model, and nobody is at work on it.

    Images that were given up wait for nobody; they ask for a worker only to have that said.
    """
    return (
        any(has_images_for(key, studies) for key, studies in keys_in_use().items())
        or StudyImage.objects.filter(is_redescribed=True).exists()
        or bool(versions_missing_images())
    )


def has_images_for(encoder_key: str, studies: Collection[int]) -> bool:
    """Tell whether an encoder has images to embed, or to say of that they were given up."""
    if images_without_embedding(encoder_key=encoder_key, studies=studies, limit=1):
        return True
    said = TaskFailure.objects.filter(task=given_up_work(encoder_key), last_at__gte=timezone.now() - SAID_AGAIN)
    return given_up(encoder_key=encoder_key).exists() and not said.exists()


def given_up_work(encoder_key: str) -> str:
    """Name the work that fails where images were given up."""
    return f"embedding images that end the worker, for the encoder {encoder_key!r}"
