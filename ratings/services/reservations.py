"""Keep places of a study for those who join it, so that nobody consents and then gets nothing.

A reservation is a number on the participation. It counts while its rater is there (`reservation_minutes` after they
were last seen), less the places that they have taken. Where places may run short, the study's row is locked while they
are counted and kept, so that no two people are promised the same ones; who holds a participation's lock takes that of
the study after it.
"""

from dataclasses import dataclass

from django.utils import timezone

from ratings.models import Participation, Study
from ratings.selectors.availability import (
    availability_of,
    free_places,
    has_lapsed,
    has_room_to_spare,
    number_of_items,
    refusal_of_cap,
    refusal_of_state,
    taken_places,
)


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What is asked of somebody who joins, and how many places are kept for them."""

    quota: int
    reserved: int | None


def lock_study(*, study_id: int) -> Study:
    """Lock a study's row against others who count its places; joining and rating go on beside it."""
    return Study.objects.select_for_update(no_key=True).get(pk=study_id)


def reserve_places(*, study: Study) -> Reservation:
    """Keep places for a newcomer, within the caller's transaction; raise where the study takes nobody.

    Where there is room for all who can be joining, nobody waits for the study's row: a whole class joins at once.
    """
    if study.participant_cap is None and refusal_of_state(study) is None and has_room_to_spare(study=study):
        return Reservation(quota=study.quota, reserved=study.quota)
    locked = lock_study(study_id=study.pk)
    available = availability_of(study=locked)
    if available.refusal is not None:
        raise available.refusal
    asked = available.asked(locked)
    return Reservation(quota=asked, reserved=None if available.places is None else min(asked, available.places))


def renew_reservation(*, participation: Participation) -> None:
    """Keep places again for somebody who was away too long: as many as others have left free meanwhile.

    The caller has locked the participation.
    """
    if not has_lapsed(participation):
        return
    study = lock_study(study_id=participation.study_id)
    is_over_cap = not participation.done and refusal_of_cap(study) is not None
    places = 0 if is_over_cap else free_places(study=study, besides=participation.pk) or 0
    missing = min(participation.quota - participation.done, number_of_items(study=study))
    row = Participation.objects.filter(pk=participation.pk)
    taken = row.annotate(taken=taken_places(study=study)).values_list("taken", flat=True).get()
    participation.reserved = taken + min(missing, places)
    participation.granted = None if places >= missing else participation.done + places
    participation.last_seen_at = timezone.now()
    row.update(reserved=participation.reserved, granted=participation.granted, last_seen_at=participation.last_seen_at)
