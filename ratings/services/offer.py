"""Offer a rater pictures that were made for them: apart from the queue, the test slice and every image's target."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ratings.choices import AssignmentKind, AssignmentState, Policy
from ratings.models import Assignment, Rater, Study, StudyImage
from ratings.services.hand import locked_participation


@dataclass(frozen=True, kw_only=True)
class OfferedPicture:
    """A picture made for a rater, and how well they were expected to like it."""

    image_id: UUID
    score: float
    model_version: str


@transaction.atomic
def offer_pictures(*, participation_id: UUID, pictures: Sequence[OfferedPicture]) -> list[Assignment]:
    """Let a rater rate pictures made for them, each once however often it is offered."""
    participation = locked_participation(participation_id=participation_id)
    known = Assignment.objects.filter(participation=participation, kind=AssignmentKind.STEERED)
    have = set(known.values_list("image_id", flat=True))
    new = {picture.image_id: picture for picture in pictures if picture.image_id not in have}
    places = ensure_made_places(study_id=participation.study_id, images=new)
    return Assignment.objects.bulk_create(
        Assignment(
            participation=participation,
            study_image_id=places[image_id],
            image_id=image_id,
            kind=AssignmentKind.STEERED,
            state=AssignmentState.OFFERED,
            policy=Policy.STEERING,
            propensity=1.0,
            score=picture.score,
            model_version=picture.model_version,
        )
        for image_id, picture in new.items()
    )


def ensure_made_places(*, study_id: int, images: Collection[UUID]) -> dict[UUID, int]:
    """Give the images' places in a study; one that is new there is set aside, and handed out to nobody."""
    study = Study.objects.select_for_update(no_key=True).get(
        pk=study_id
    )  # guards the numbers, as it does when images come in
    rows = StudyImage.objects.filter(study=study)
    known = dict(rows.filter(image__in=images).values_list("image_id", "pk"))
    last = rows.aggregate(last=Max("ordinal"))["last"]
    made = StudyImage.objects.bulk_create(
        StudyImage(
            study=study,
            image_id=image_id,
            ordinal=ordinal,
            shuffle=0.0,
            target=study.target,
            is_active=False,
            is_practice=True,
            is_made=True,
        )
        for ordinal, image_id in enumerate(
            (image_id for image_id in images if image_id not in known), start=0 if last is None else last + 1
        )
    )
    return known | {place.image_id: place.pk for place in made}


def made_places_of(*, rater: Rater) -> list[int]:
    """Give the places of pictures that were made for a rater."""
    offered = Assignment.objects.filter(participation__rater=rater, study_image__is_made=True)
    return list(offered.values_list("study_image_id", flat=True))


def drop_made_places(*, places: Collection[int]) -> None:
    """Take pictures out of their studies that no rater is left for."""
    StudyImage.objects.filter(pk__in=places, is_made=True, assignments__isnull=True).delete()
