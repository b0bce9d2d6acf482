"""What was learned of a rater's taste: requested here, computed by a worker, shown to staff and to the rater."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext

from ratings.models import Image, Participation, Rater
from ratings.selectors import participations
from ratings.tasks import queue_job
from scoring.checkpoint_files import digest_of
from scoring.exceptions import TasteHiddenError
from scoring.selectors.shown_tastes import ShownTaste, own_model, shown_images, shown_taste
from scoring.services.taste_profiles import request_taste_profile
from scoring.taste_file import TasteFacts, write_taste


@dataclass(frozen=True, kw_only=True)
class TasteDownload:
    """A taste file, and a name for it."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class SeenTaste:
    """All that the page shows."""

    shown: ShownTaste
    images: Mapping[str, Image]


@transaction.atomic
def refresh_taste_profile(*, participation: Participation, actor: User | None) -> None:
    """Request a comparison and hand it to a worker; where one is under way, nothing is added."""
    profile = request_taste_profile(participation=participation, requested_by=actor)
    if profile is not None:
        queue_job(profile)


def own_participation(*, rater: Rater, slug: str) -> Participation:
    """Give a rater's part in a study, or say that they have none."""
    key = participations.access_participation(rater=rater, slug=slug)
    return Participation.objects.select_related("study").get(pk=key)


def refresh_own_taste(*, participation: Participation) -> None:
    """Have a worker write a rater's report where more is known than it says; twice is once."""
    if shown_taste(participation=participation).is_outdated:
        refresh_taste_profile(participation=participation, actor=None)


def seen_taste(*, participation: Participation) -> SeenTaste:
    """Give what a rater may see of their taste, with its pictures."""
    found = shown_taste(participation=participation)
    return SeenTaste(shown=found, images=shown_images(profile=found.profile) if found.profile else {})


def taste_file(*, participation: Participation) -> TasteDownload:
    """Give what the live model knows of a rater as a file that its release opens; what it holds is copied, not read."""
    found = shown_taste(participation=participation)
    model = own_model(participation=participation) if found.is_ready else None
    if model is None:
        sentence = found.sentence or gettext("We are still learning from your ratings. Check again in a minute.")
        raise TasteHiddenError(sentence, fields={"reason": found.code})
    if not found.has_figures:
        sentence = gettext(
            "You can download your taste once you have given all your ratings, so that it sways none of them."
        )
        raise TasteHiddenError(sentence, fields={"reason": "still_rating"})
    version, taste = model
    digest, study = digest_of(version.checkpoint), participation.study
    if not digest:
        sentence = gettext(
            "This model dates from before tastes could be taken along. Look again once a newer one is in use."
        )
        raise TasteHiddenError(sentence, fields={"reason": "former_model"})
    facts = TasteFacts(
        model_digest=digest,
        study=study.slug,
        model_version=str(version),
        encoder=version.encoder_key,
        scale_min=study.scale_min,
        scale_max=study.scale_max,
        ratings=taste.rating_count,
    )
    return TasteDownload(
        name=f"taste-{study.slug}-{version}.safetensors",
        content=write_taste(posterior=bytes(taste.posterior), facts=facts),
    )
