"""Whether a study takes somebody in now, and how many places are free that are kept for nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import formats, timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentState, ParticipationState, StudyState
from ratings.exceptions import ConflictError, StudyClosedError, StudyFullError, StudyNotYetOpenError, StudyPausedError
from ratings.models import Participation, Study
from ratings.registry import FAMILIES, design_of
from ratings.selectors.studies import is_over, open_studies
from ratings.statements.places import MOST_CONNECTIONS, PRESENT, ROOMS
from ratings.statements.prepared import fetched

OTHERS_OFFERED = 3
HOLDING = (AssignmentState.LEASED, AssignmentState.RATED)


@dataclass(frozen=True, kw_only=True)
class Availability:
    """Whether somebody new may join a study now, and how much they would be asked for."""

    refusal: ConflictError | None = None
    places: int | None = None  # free for one person, or the quota where these are many; none in a study without items

    @property
    def is_open(self) -> bool:
        """Tell whether somebody may join."""
        return self.refusal is None

    @property
    def code(self) -> str:
        """Give the stable name of what stands in the way."""
        return "open" if self.refusal is None else self.refusal.code.removeprefix("study_")

    @property
    def sentence(self) -> str:
        """Say why nobody may join; nothing where they may."""
        return "" if self.refusal is None else self.refusal.message

    def asked(self, study: Study) -> int:
        """Give how much is asked of the next one who joins."""
        return study.quota if self.places is None else asked_of(study=study, places=self.places)


def availability_of(*, study: Study) -> Availability:
    """Say whether somebody new may join; full is also a study whose free places are all kept for others."""
    refusal = refusal_of_state(study) or refusal_of_cap(study)
    if refusal is not None:
        return Availability(refusal=refusal)
    if has_room_to_spare(study=study):
        return Availability(places=study.quota)
    places = free_places(study=study)
    full = StudyFullError(gettext("This study is full: all its places are taken.")) if places == 0 else None
    return Availability(refusal=full, places=places)


def refusal_of_state(study: Study) -> ConflictError | None:
    """Say what the study's state and times have against a newcomer."""
    if study.state == StudyState.PAUSED:
        return StudyPausedError(gettext("This study is paused. You can join when it goes on."))
    if study.opens_at is not None and timezone.now() < study.opens_at and study.state == StudyState.OPEN:
        moment = formats.date_format(timezone.localtime(study.opens_at), "DATETIME_FORMAT")
        zone = timezone.localtime(study.opens_at).tzname()
        sentence = gettext("This study opens on {moment}.").format(moment=f"{moment} ({zone})")
        return StudyNotYetOpenError(sentence)
    if study.state != StudyState.OPEN or is_over(study):
        return StudyClosedError(gettext("This study is closed. It takes no more ratings."))
    return None


def refusal_of_cap(study: Study) -> ConflictError | None:
    """Say whether as many people take part as the study wants."""
    if study.participant_cap is None or counted_participants(study=study) < study.participant_cap:
        return None
    return StudyFullError(gettext("This study has all the people it needs."))


def counted_participants(*, study: Study) -> int:
    """Count those who gave something, or are about to: who left without an answer frees a place under the cap."""
    rows = Participation.objects.filter(study=study, rater__is_simulated=False)
    return rows.filter(counts_as_participant(study)).count()


def counts_as_participant(study: Study) -> Q:
    """Give the condition of those who gave something, or are about to."""
    return Q(done__gt=0) | Q(last_seen_at__gt=kept_since(study), state=ParticipationState.ACTIVE)


def kept_since(study: Study) -> datetime:
    """Give the moment since which somebody must have been seen for their places to be kept."""
    return timezone.now() - timedelta(minutes=study.reservation_minutes)


def has_lapsed(participation: Participation) -> bool:
    """Tell whether places were kept for somebody, and are no more: they were away too long."""
    return participation.reserved is not None and participation.last_seen_at < kept_since(participation.study)


def kept_places(*, study: Study, besides: UUID | None = None) -> list[int]:
    """Give how many places are still kept for each rater who is there, less those that they have taken."""
    rows = Participation.objects.filter(
        study=study, state=ParticipationState.ACTIVE, reserved__gt=0, last_seen_at__gt=kept_since(study)
    )
    others = rows if besides is None else rows.exclude(pk=besides)
    counts = others.annotate(taken=taken_places(study=study)).values_list("reserved", "taken")
    return [reserved - taken for reserved, taken in counts if reserved is not None and reserved > taken]


def taken_places(*, study: Study) -> Coalesce:
    """Count, for rows of participations in a study, the places that each holds or has filled."""
    holding = design_of(study).family.first_showings().filter(participation=OuterRef("pk"), state__in=HOLDING)
    counts = holding.order_by().values("participation").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts), 0)


def has_room_to_spare(*, study: Study) -> bool:
    """Tell whether all who can be joining at one moment get a whole quota, so that none has to wait for another.

    That many are as many as the database has connections. Everything that was ever kept for those who are there counts
    as wanted, and only about as many items are looked at as can suffice: where this says no, places have to be counted.
    """
    joining = most_connections() + 1
    ((present, kept),) = fetched(PRESENT, {"study": study.pk, "since": kept_since(study)})
    people, wanted = present + joining, kept + joining * study.quota
    enough_items = max(study.quota, wanted // max(1, min(people, study.target // 2)) + 1)
    statement = ROOMS[design_of(study).family]
    ((items, places),) = fetched(statement, {"study": study.pk, "people": people, "most": enough_items})
    return bool(items >= study.quota and places >= wanted)


@cache
def most_connections() -> int:
    """Ask the database how many connections it takes; that changes with a restart only."""
    ((connections,),) = fetched(MOST_CONNECTIONS, {})
    return int(connections)


def open_items(*, study: Study) -> QuerySet[Any]:
    """Give the items of a study that want more answers, those with the fewest first."""
    family = design_of(study).family
    shared = family.wanted_items() & family.shared_items()
    return shared.filter(study=study, taken__lt=F("target")).order_by("taken", "shuffle")


def free_places(*, study: Study, besides: UUID | None = None) -> int | None:
    """Give how many places are free for one more person; none where the study has no items at all.

    One person takes at most one place of each item, so of an item with many places left only as many count as there
    are people. Only as many items are looked at as can matter.
    """
    family = design_of(study).family
    kept = kept_places(study=study, besides=besides)
    counts = open_items(study=study).values_list(F("target") - F("taken"), flat=True)
    left: list[int] = list(counts[: sum(kept) + study.quota])
    if not left and not family.item._default_manager.filter(study=study).exists():
        return None
    people = len(kept) + 1
    return max(0, min(len(left), sum(min(places, people) for places in left) - sum(kept)))


def asked_of(*, study: Study, places: int) -> int:
    """Give how much is asked of a newcomer: the quota, or what is left where others have taken or keep the rest."""
    return study.quota if places >= number_of_items(study=study) else min(study.quota, places)


def number_of_items(*, study: Study) -> int:
    """Count the items of a study that raters are asked about, as far as one rater can get."""
    return design_of(study).family.wanted_items().filter(study=study)[: study.quota].count()


def other_studies(*, study: Study) -> list[Study]:
    """Give a few listed studies that have places left, to somebody whom this one cannot take."""
    items = (family.wanted_items().filter(study=OuterRef("pk"), taken__lt=F("target")) for family in FAMILIES)
    others = open_studies().filter(reduce(or_, map(Exists, items)), participant_cap__isnull=True)
    return list(others.exclude(pk=study.pk)[:OTHERS_OFFERED])


def availability_facts(*, study: Study) -> dict[str, Any]:
    """Give what anybody may know of a study's openness; with others to go to where it takes nobody."""
    available = availability_of(study=study)
    others = () if available.is_open else other_studies(study=study)
    return {
        "code": available.code,
        "message": available.sentence,
        "asked": available.asked(study) if available.is_open else None,
        "opens_at": study.opens_at,
        "closes_at": study.closes_at,
        "others": [{"slug": other.slug, "title": other.title} for other in others],
    }
