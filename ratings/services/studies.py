"""Create studies and move them through their states."""

import random
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from ratings.choices import Design, StudyState
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.models import Pair, Study, StudyImage
from ratings.services.attention import ensure_attention_checks
from ratings.services.audit import record_act

IMAGES_PER_PRACTICE_IMAGE = 8  # a study smaller than this per practice image keeps all its images for rating


@transaction.atomic
def create_study(*, description: dict[str, Any], actor: User | None = None) -> Study:
    """Make a draft study from a description whose keys are the study's fields."""
    known = {field.name for field in Study._meta.concrete_fields} - {"id", "created_at", "state"}
    unknown = sorted(set(description) - known)
    if unknown:
        raise InvalidInputError(
            f"A study has no {unknown[0]!r}: the fields are {', '.join(sorted(known))}.",
            fields=dict.fromkeys(unknown, "unknown"),
        )
    study = Study(**description)
    try:
        study.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
        name, sentence = next(iter(fields.items()))
        raise InvalidInputError(f"{name}: {sentence}", fields=fields) from error
    study.save()
    record_act(action="create-study", target=study.slug, actor=actor)
    return study


@transaction.atomic
def open_study(*, study: Study, actor: User | None) -> Study:
    """Let raters in; where no image is marked for practice and there are plenty, some are set aside."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.design == Design.PAIRWISE:
        return open_pairwise_study(study=study, actor=actor)
    images = StudyImage.objects.filter(study=study, is_active=True)
    if not images.exists():
        raise ConflictError("The study has no images yet: add some before opening it.")
    if not images.filter(is_practice=True, attention_value__isnull=True).exists():
        set_practice_aside(study=study)
    ensure_attention_checks(study=study)
    return move(study=study, state=StudyState.OPEN, actor=actor)


def open_pairwise_study(*, study: Study, actor: User | None) -> Study:
    """Let raters in once there is something to compare."""
    if not Pair.objects.filter(study=study, is_active=True).exists():
        raise ConflictError("The study has no pairs yet: import its design before opening it.")
    return move(study=study, state=StudyState.OPEN, actor=actor)


def set_practice_aside(*, study: Study) -> None:
    """Mark a few untouched images for practice if the study can spare them."""
    untouched = list(
        StudyImage.objects.filter(study=study, is_active=True, is_practice=False, taken=0).values_list("pk", flat=True)
    )
    if len(untouched) >= study.practice_count * IMAGES_PER_PRACTICE_IMAGE:
        chosen = random.SystemRandom().sample(untouched, study.practice_count)
        StudyImage.objects.filter(pk__in=chosen).update(is_practice=True)


@transaction.atomic
def pause_study(*, study: Study, actor: User | None) -> Study:
    """Hand out nothing more for now; what is out may still be answered."""
    return move(study=study, state=StudyState.PAUSED, actor=actor)


@transaction.atomic
def close_study(*, study: Study, actor: User | None) -> Study:
    """Take no more answers."""
    return move(study=study, state=StudyState.CLOSED, actor=actor)


def move(*, study: Study, state: StudyState, actor: User | None) -> Study:
    """Change the state and write down who did."""
    study.state = state
    study.save(update_fields=["state"])
    record_act(action=f"{state}-study", target=study.slug, actor=actor)
    return study
