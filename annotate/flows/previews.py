"""What a member of staff meets who walks through a study as a participant would: made from the study, kept nowhere."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as staff_gettext

from ratings.choices import AssignmentKind, Side, StudyState
from ratings.exceptions import NotFoundError
from ratings.models import Assignment, Pair, PairAssignment, Study, StudyImage
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family, design_of
from ratings.selectors.candidates import attention_checks
from ratings.selectors.studies import access_any_study
from ratings.selectors.study_access import studies_of, take_at_hand
from ratings.services.lease import LEASING
from ratings.services.opening import IMAGES_PER_PRACTICE_IMAGE

MOST_ITEMS = 60  # shown in one walk, besides practice
RIGHT = "ratings.view_study"


def access_previewed_study(*, slug: str, person: User) -> Study:
    """Give a study that the person may see, as it is while it is open; raise `NotFoundError` for another.

    The state is changed in memory: a preview writes nothing.
    """
    study = access_any_study(slug=slug, among=studies_of(person=person))
    take_at_hand(person=person, studies=frozenset({study.pk}))
    if not person.has_perm(RIGHT):
        raise NotFoundError(staff_gettext("There is no study {slug}.").format(slug=f"{slug!r}"))
    study.state, study.opens_at, study.closes_at = StudyState.OPEN, None, None
    return study


def previewed_items(study: Study) -> list[Any]:
    """Give what is shown, in its order: assignments without a row, numbered from 1, always the same for a study."""
    expires = timezone.now() + timedelta(minutes=study.lease_minutes)
    items = list(ITEMS[design_of(study).family](study))
    for number, item in enumerate(items, start=1):
        item.pk, item.lease_expires_at = number, expires
    return items


def attach_previewed(*, items: list[Any], study: Study, family: Family) -> None:
    """Read what is shown of some of the items, by the same statements as a lease."""
    if items:
        LEASING[family].attach_shown(assignments=items, study=study)


def image_assignments(study: Study) -> Iterator[Assignment]:
    """Put practice first, then pictures, with a check after as many as the study wants between two."""
    practice, shown = practice_and_shown(study)
    checks = attention_checks(study_id=study.pk) if study.attention_every else []
    yield from (image_assignment(row, AssignmentKind.PRACTICE) for row in practice)
    for number, row in enumerate(shown, start=1):
        yield image_assignment(row, AssignmentKind.FRESH)
        if checks and number % study.attention_every == 0:
            yield image_assignment(checks[number // study.attention_every % len(checks)], AssignmentKind.ATTENTION)


def image_assignment(row: StudyImage, kind: AssignmentKind) -> Assignment:
    """Put a picture before nobody."""
    return Assignment(study_image=row, image_id=row.image_id, kind=kind)


def practice_and_shown(study: Study) -> tuple[list[StudyImage], list[StudyImage]]:
    """Divide the pictures of a study as opening it does: some for practice where there are plenty."""
    rows = StudyImage.objects.filter(study=study, is_active=True, is_made=False, attention_value__isnull=True)
    practice = list(rows.filter(is_practice=True).order_by("ordinal")[: study.practice_count])
    others = rows.filter(is_practice=False).order_by("shuffle", "pk")
    wanted = min(study.quota, MOST_ITEMS)
    if practice or others.count() < study.practice_count * IMAGES_PER_PRACTICE_IMAGE:
        return practice, list(others[:wanted])
    taken = list(others[: study.practice_count + wanted])
    return taken[: study.practice_count], taken[study.practice_count :]


def pair_assignments(study: Study) -> Iterator[PairAssignment]:
    """Put pairs or sets in an order, each picture first in turn."""
    rows = Pair.objects.filter(study=study, is_active=True, participation__isnull=True).order_by("shuffle", "pk")
    for number, pair in enumerate(rows[: min(study.quota, MOST_ITEMS)]):
        yield PairAssignment(pair=pair, left=(Side.A, Side.B)[number % 2])


ITEMS: Mapping[Family, Callable[[Study], Iterator[Any]]] = {
    ONE_IMAGE: image_assignments,
    SEVERAL_IMAGES: pair_assignments,
}
