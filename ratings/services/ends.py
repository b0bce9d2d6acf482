"""End somebody's part in a study before it is complete, and give back what they hold."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentState, End, ParticipationState
from ratings.exceptions import ConflictError, ProfileInvalidError
from ratings.models import Participation
from ratings.registry import design_of
from ratings.selectors.ends import has_failed_attention, has_partial_end, is_asked_at_end
from ratings.services.give_back import release
from ratings.services.participation_lock import lock_participation
from ratings.values.questions import checked_end_answers
from ratings.values.shapes import ShapeError

STATE_OF_END = {End.PARTIAL: ParticipationState.COMPLETE, End.FAILED_ATTENTION: ParticipationState.COMPLETE}


@transaction.atomic
def finish_early(*, participation: Participation) -> None:
    """End a part at its rater's wish, with what they did; pressing twice is pressing once."""
    locked = lock_participation(participation_id=participation.pk)
    if locked.end or locked.state == ParticipationState.COMPLETE:
        return
    if not locked.done or not has_partial_end(participation.study):
        raise ConflictError(gettext("There is nothing to finish early here: go on, or come back later."))
    end_participation(participation=locked, end=End.PARTIAL)


@transaction.atomic
def record_end_answers(*, participation: Participation, answers: Mapping[str, str]) -> None:
    """Keep what a rater answers after the last picture, once; what is missing or not offered is refused by its key."""
    locked = lock_participation(participation_id=participation.pk)
    if locked.end_answers is not None:
        return
    if not is_asked_at_end(locked):
        raise ConflictError(gettext("These questions come after the last picture: rate the pictures first."))
    try:
        kept = checked_end_answers(locked.study.questions_at_end, answers)
    except ShapeError as error:
        fault = gettext("has to be answered, by one of the options or in fewer words")
        fields = dict.fromkeys(str(error).split(), fault)
        raise ProfileInvalidError(gettext("Please answer the questions that are marked."), fields=fields) from error
    Participation.objects.filter(pk=participation.pk).update(end_answers=kept)


def end_participation(*, participation: Participation, end: End) -> None:
    """Write down how a part ended, and free the places it held; within the caller's transaction and lock."""
    family = design_of(participation.study).family
    held = family.assignment._default_manager.filter(participation=participation, state=AssignmentState.LEASED)
    release(family=family, assignments=list(held))
    participation.end = end
    participation.state = STATE_OF_END.get(end, ParticipationState.LEFT)
    participation.completed_at = timezone.now()
    fields = {"end": end, "state": participation.state, "completed_at": participation.completed_at}
    Participation.objects.filter(pk=participation.pk).update(**fields)


def end_if_inattentive(*, participation: Participation) -> bool:
    """End the locked part of somebody who missed too many attention checks; tell whether it has ended, so or before."""
    if not participation.end and has_failed_attention(participation):
        end_participation(participation=participation, end=End.FAILED_ATTENTION)
    return bool(participation.end)
