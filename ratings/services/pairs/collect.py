"""Take in choices: choose, change, undo. Append-only, idempotent by nonce, as ratings are."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import Answer, AssignmentState, ParticipationState, Side
from ratings.exceptions import (
    AlreadyReplacedError,
    ChoiceNotFoundError,
    LeaseExpiredError,
    NonceReusedError,
    NotLeasedError,
    TieNotAllowedError,
)
from ratings.models import Choice, PairAssignment, Participation, Study
from ratings.selectors.studies import require_not_closed
from ratings.services.hand import lease_end, locked_participation, save_progress, wants_renewal
from ratings.services.pairs.hand import held_pair, locked_participation_of_pair, renew_pairs
from ratings.services.pairs.places import can_retake_pair


@dataclass(frozen=True, kw_only=True)
class ChoiceSubmission:
    """One click as the client sends it."""

    nonce: UUID
    assignment_id: int
    answer: Answer
    response_ms: int | None = None
    client: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecordedChoice:
    """The stored choice, and whether this call stored it."""

    choice: Choice
    is_new: bool


def record_choice(*, rater_id: UUID, submission: ChoiceSubmission) -> RecordedChoice:
    """Store one choice; the same nonce with the same body gives the stored one again."""
    try:
        with transaction.atomic():
            return store_choice(rater_id=rater_id, submission=submission)
    except IntegrityError as error:
        if "nonce" in str(error):
            raise NonceReusedError(gettext("This nonce was used before: make a new one for each click.")) from error
        raise


def store_choice(*, rater_id: UUID, submission: ChoiceSubmission) -> RecordedChoice:
    """Do the work of `record_choice` inside its transaction."""
    participation = locked_participation_of_pair(rater_id=rater_id, assignment_id=submission.assignment_id)
    known, current = standing_choices(submission=submission)
    if known is not None:
        return RecordedChoice(choice=repeated(known, participation, submission), is_new=False)
    require_not_closed(study=participation.study)
    require_allowed(study=participation.study, answer=submission.answer)
    assignment = held_pair(participation=participation, assignment_id=submission.assignment_id)
    was_answered = assignment.state == AssignmentState.RATED
    claim_pair(assignment=assignment)
    choice = append_choice(assignment=assignment, submission=submission, replaces=current)
    end = lease_end(participation)
    if wants_renewal(assignment=assignment, end=end, participation=participation):
        renew_pairs(participation=participation, end=end)
    assignment.state = AssignmentState.RATED
    assignment.closed_at = choice.created_at
    assignment.save(update_fields=["state", "closed_at"])
    if not was_answered:
        count_choice(participation=participation, change=1)
    return RecordedChoice(choice=choice, is_new=True)


def standing_choices(*, submission: ChoiceSubmission) -> tuple[Choice | None, Choice | None]:
    """Give the choice that has the nonce, and the one that stands for the assignment, in one query."""
    standing = Q(assignment=submission.assignment_id, replaced_at__isnull=True)
    rows = list(Choice.objects.filter(Q(nonce=submission.nonce) | standing).order_by())
    known = next((row for row in rows if row.nonce == submission.nonce), None)
    current = next((row for row in rows if row.replaced_at is None), None)
    return known, current


def append_choice(*, assignment: PairAssignment, submission: ChoiceSubmission, replaces: Choice | None) -> Choice:
    """Add the choice; the one that stood until now is marked as replaced."""
    if replaces is not None:
        replaces.replaced_at = timezone.now()
        replaces.save(update_fields=["replaced_at"])
    return Choice.objects.create(
        nonce=submission.nonce,
        assignment=assignment,
        participation_id=assignment.participation_id,
        answer=submission.answer,
        response_ms=submission.response_ms,
        client=submission.client,
        replaces=replaces,
    )


def repeated(known: Choice, participation: Participation, submission: ChoiceSubmission) -> Choice:
    """Give the stored choice if the request is the one that made it."""
    same = (
        known.participation_id == participation.pk
        and known.assignment_id == submission.assignment_id
        and known.answer == submission.answer
    )
    if not same:
        raise NonceReusedError(gettext("This nonce was used before: make a new one for each click."))
    return known


def require_allowed(*, study: Study, answer: Answer) -> None:
    """Raise for a tie where the study wants a decision."""
    if answer == Answer.TIE and not study.ties_allowed:
        raise TieNotAllowedError(
            gettext("This study wants a decision: choose left or right, or skip the pair."),
            fields={"choice": "left or right in this study"},
        )


def claim_pair(*, assignment: PairAssignment) -> None:
    """Make sure that the rater may answer this; a lease that ran out is taken up again if a place is left."""
    if assignment.state in {AssignmentState.LEASED, AssignmentState.RATED}:
        return
    if assignment.state != AssignmentState.RELEASED:
        raise NotLeasedError(gettext("This pair is not with you any more: you gave it back."))
    handed_out_anew = PairAssignment.objects.filter(
        participation=assignment.participation_id, pair=assignment.pair_id
    ).exclude(state=AssignmentState.RELEASED)
    if handed_out_anew.exists() or not can_retake_pair(pair=assignment.pair_id, left=Side(assignment.left)):
        raise LeaseExpiredError(
            gettext("This pair was given to somebody else after a long pause: go on with the next one.")
        )


def count_choice(*, participation: Participation, change: int) -> None:
    """Keep the locked row's count of what is done, and whether that is all."""
    participation.done += change
    finished = participation.is_complete
    participation.state = ParticipationState.COMPLETE if finished else ParticipationState.ACTIVE
    participation.completed_at = timezone.now() if finished else None
    save_progress(participation=participation)


@transaction.atomic
def undo_choice(*, participation_id: UUID, nonce: UUID) -> PairAssignment:
    """Take a choice back and hand its pair out again; undoing twice is undoing once."""
    participation = locked_participation(participation_id=participation_id)
    choice = (
        Choice.objects.select_related("assignment__pair__image_a", "assignment__pair__image_b")
        .filter(nonce=nonce, participation=participation)
        .first()
    )
    if choice is None:
        raise ChoiceNotFoundError(gettext("Nothing of yours has this nonce."))
    undo_nonce = uuid5(nonce, "undo")
    if Choice.objects.filter(nonce=undo_nonce).exists():
        return choice.assignment
    if choice.replaced_at is not None:
        raise AlreadyReplacedError(gettext("You changed this choice since: undo the newer one."))
    require_not_closed(study=participation.study)
    take_back(participation=participation, choice=choice, undo_nonce=undo_nonce)
    return choice.assignment


def take_back(*, participation: Participation, choice: Choice, undo_nonce: UUID) -> None:
    """Append the row that replaces the choice by none, and lease the pair again, with the sides as they were."""
    choice.replaced_at = timezone.now()
    choice.save(update_fields=["replaced_at"])
    Choice.objects.create(nonce=undo_nonce, assignment=choice.assignment, participation=participation, replaces=choice)
    assignment = choice.assignment
    assignment.state = AssignmentState.LEASED
    assignment.lease_expires_at = lease_end(participation)
    assignment.closed_at = None
    assignment.save(update_fields=["state", "lease_expires_at", "closed_at"])
    count_choice(participation=participation, change=-1)
