"""What one click of a pairwise study does across the apps; background work is queued once it has committed."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ratings.exceptions import RecordError
from ratings.models import PairAssignment, Rater
from ratings.queueing import queue_on_commit
from ratings.selectors import participations
from ratings.selectors.pairs import access_participation_of_choice
from ratings.services.pairs import collect, give_back, lease
from scoring import tasks


@dataclass(frozen=True, kw_only=True)
class ChoiceOutcome:
    """What became of one item of a batch: the recorded choice, or why there is none."""

    submission: collect.ChoiceSubmission
    recorded: collect.RecordedChoice | None = None
    error: RecordError | None = None


def lease_pairs(*, rater: Rater, slug: str, count: int) -> lease.PairLeases:
    """Hand out pairs to a rater."""
    return lease.lease_pairs(participation_id=participations.access_participation(rater=rater, slug=slug), count=count)


def leave_pairs(*, rater: Rater, slug: str) -> int:
    """Take back what a rater holds: they stop for now."""
    return give_back.leave_pairs(participation_id=participations.access_participation(rater=rater, slug=slug))


def submit_choice(*, rater: Rater, submission: collect.ChoiceSubmission) -> collect.RecordedChoice:
    """Store one choice, and have the model learn from it."""
    recorded = collect.record_choice(rater_id=rater.pk, submission=submission)
    if recorded.is_new:
        queue_on_commit(tasks.learn_from_choices, str(recorded.choice.participation_id))
    return recorded


def submit_one_choice(rater: Rater, submission: collect.ChoiceSubmission) -> ChoiceOutcome:
    """Store one item of an outbox, on its own: one that fails takes no other with it."""
    try:
        return ChoiceOutcome(submission=submission, recorded=submit_choice(rater=rater, submission=submission))
    except RecordError as error:
        return ChoiceOutcome(submission=submission, error=error)


@transaction.atomic
def undo_choice(*, rater: Rater, nonce: UUID) -> PairAssignment:
    """Take a choice back; the model forgets it."""
    participation_id = access_participation_of_choice(rater=rater, nonce=nonce)
    queue_on_commit(tasks.learn_from_choices, str(participation_id))
    return collect.undo_choice(participation_id=participation_id, nonce=nonce)


def skip_pair(*, rater: Rater, assignment_id: int, reason: str) -> PairAssignment:
    """Give a pair back."""
    return give_back.skip_pair(rater_id=rater.pk, assignment_id=assignment_id, reason=reason)
