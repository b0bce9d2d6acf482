"""Offer a rater pictures that were made for them: apart from the queue, the test slice and every image's target."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ratings.choices import AssignmentKind, AssignmentState, Policy
from ratings.models import Assignment, Pair, Rater, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.services.entries import NewEntry, set_entries_aside
from ratings.services.participation_lock import lock_participation


@dataclass(frozen=True, kw_only=True)
class OfferedPicture:
    """A picture made for a rater, with what it shows, and how well they were expected to like it."""

    entry: NewEntry
    score: float
    model_version: str


@transaction.atomic
def offer_pictures(*, participation_id: UUID, pictures: Sequence[OfferedPicture]) -> list[Assignment]:
    """Let a rater rate pictures made for them, each once however often it is offered."""
    participation = lock_participation(participation_id=participation_id)
    known = Assignment.objects.filter(participation=participation, kind=AssignmentKind.STEERED)
    have = set(known.values_list("image_id", flat=True))
    new = {picture.entry.image_id: picture for picture in pictures if picture.entry.image_id not in have}
    entries = [picture.entry for picture in new.values()]
    places = ensure_made_entries(study_id=participation.study_id, entries=entries)
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


def ensure_made_entries(*, study_id: int, entries: Sequence[NewEntry]) -> dict[UUID, int]:
    """Give the images' places in a study; one that is new there is set aside, and handed out to nobody."""
    study = Study.objects.select_for_update(no_key=True).get(
        pk=study_id
    )  # guards the numbers, as it does when images come in
    set_entries_aside(study=study, entries=entries, is_made=True)
    places = StudyImage.objects.filter(study=study, image__in=[entry.image_id for entry in entries])
    return dict(places.values_list("image_id", "pk"))


def made_entries_of(*, rater: Rater) -> list[int]:
    """Give the places of pictures that were made for a rater: to be rated, or to be compared."""
    offered = Assignment.objects.filter(participation__rater=rater, study_image__is_made=True)
    pairs = list(Pair.objects.filter(participation__rater=rater))
    images = {image for pair in pairs for image in pair.image_ids}
    compared = StudyImage.objects.filter(study__in={pair.study_id for pair in pairs}, image__in=images, is_made=True)
    return [*offered.values_list("study_image_id", flat=True), *compared.values_list("pk", flat=True)]


def drop_made_entries(*, places: Collection[int]) -> None:
    """Take pictures out of their studies that no rater is left for."""
    shown = reduce(or_, (Q(**{name: OuterRef("image_id")}) for name in IMAGE_FIELDS))
    pairs = Pair.objects.filter(shown, study=OuterRef("study"))
    StudyImage.objects.filter(~Exists(pairs), pk__in=places, is_made=True, assignments__isnull=True).delete()
