"""How somebody's part in a study ends, and what they take back to the platform that they came from."""

from collections.abc import Callable
from dataclasses import dataclass

from ratings.choices import AssignmentState, End, ParticipationState, StudyState
from ratings.models import Participation, Study
from ratings.registry import design_of
from ratings.selectors.overview import attention_figures
from ratings.selectors.studies import is_over
from ratings.values.ends import StudyEnd, filled_address, stored_ends
from ratings.values.platform_links import PERSON, SESSION, PlatformLink

WIDER = {End.DEVICE: End.SCREENED_OUT, End.VISION: End.SCREENED_OUT}  # of an end without a code or address of its own


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """What an end gives to one person: the code to enter, and the address to go to, both filled in."""

    end: End
    code: str = ""
    address: str = ""


def end_of(participation: Participation) -> End | None:
    """Say how a part ended; none where it goes on. A complete end needs at least one picture."""
    return end_where(participation, seen_all=has_seen_all)


def end_where(participation: Participation, *, seen_all: Callable[[Participation], bool]) -> End | None:
    """Say how a part ended, where the caller knows who was shown everything that the study has."""
    if participation.end:
        return End(participation.end)
    study = participation.study
    if participation.state != ParticipationState.COMPLETE:
        return End.TIMED_OUT if study.state == StudyState.CLOSED or is_over(study) else None
    if not participation.done:
        return End.FULL
    is_all = participation.is_complete or seen_all(participation)
    return End.COMPLETE if is_all else End.PARTIAL


def has_seen_all(participation: Participation) -> bool:
    """Tell whether a rater was shown everything that the study has."""
    family = design_of(participation.study).family
    wanted = family.wanted_items().filter(study=participation.study_id)
    closed = (AssignmentState.RATED, AssignmentState.SKIPPED)
    shown = family.assignment._default_manager.filter(participation=participation, state__in=closed)
    return not wanted.exclude(pk__in=shown.values(family.item_field)).exists()


def has_failed_attention(participation: Participation) -> bool:
    """Tell whether a rater has missed as many attention checks as end their part, where the study sets such a limit."""
    limit = participation.study.attention_limit
    if not limit or not participation.study.attention_every:
        return False
    return missed_checks(participation) >= limit


def missed_checks(participation: Participation) -> int:
    """Count the attention checks that a rater answered otherwise than asked."""
    passed, answered = attention_figures(participation=participation)
    return answered - passed


def way_back_of(participation: Participation) -> WayBack | None:
    """Give what somebody takes back from their part; none where it goes on."""
    end = end_of(participation)
    if end is None:
        return None
    link = {PERSON: participation.external_id, SESSION: participation.external_session}
    return way_back(study=participation.study, end=end, ids=link)


def way_back_by_link(*, study: Study, end: End, link: PlatformLink) -> WayBack:
    """Give what somebody takes back who came by a platform's link, and never took part."""
    return way_back(study=study, end=end, ids=link.fields)


def way_back(*, study: Study, end: End, ids: dict[str, str]) -> WayBack:
    """Fill in the code and address of an end for one person."""
    found = StudyEnd(end=end, code=study.completion_code, address=study.completion_url)
    if end != End.COMPLETE:
        found = stated_end(study=study, end=end) or StudyEnd(end=end)
    values = {**ids, "code": found.code, "end": end.value, "study": study.slug}
    return WayBack(end=end, code=found.code, address=filled_address(found.address, values=values))


def stated_end(*, study: Study, end: End) -> StudyEnd | None:
    """Give what a study says of an end; where it says nothing, what it says of the wider one."""
    stated = {one.end: one for one in stored_ends(study.ends)}
    return stated.get(end) or stated.get(WIDER.get(end, end))


def is_asked_at_end(participation: Participation) -> bool:
    """Tell whether questions wait that come after the last picture, before what is taken back."""
    wanted = end_of(participation) in {End.COMPLETE, End.PARTIAL}
    return wanted and participation.end_answers is None and bool(participation.study.end_questions)


def has_partial_end(study: Study) -> bool:
    """Tell whether somebody may finish early and take something back."""
    return any(one.end == End.PARTIAL for one in stored_ends(study.ends))
