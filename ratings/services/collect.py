"""Store what raters say: answer, change, undo. Append-only, idempotent by nonce, and alike for every design."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState, ParticipationState
from ratings.exceptions import (
    AlreadyReplacedError,
    AssignmentNotFoundError,
    LeaseExpiredError,
    NonceReusedError,
    NotLeasedError,
)
from ratings.models import Participation
from ratings.registry import Family, design_of
from ratings.selectors.studies import require_not_closed
from ratings.services.collection import Click
from ratings.services.ends import end_if_inattentive
from ratings.services.give_back import refuse_taken_off
from ratings.services.participation_lock import (
    UNCOUNTED,
    is_renewal_due,
    lease_end,
    lock_owner,
    lock_participation,
    renew_leases,
    save_progress,
)
from ratings.services.slots import take_slots
from ratings.statements.answers import COLLECTIONS, STATEMENTS, Collection
from ratings.statements.locks import HELD, STUDIES
from ratings.statements.prepared import fetched


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The stored answer, and whether this call stored it."""

    answer: Any
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class ClickContext:
    """What decides about a click: its assignment, the answer with its nonce, and the current answer."""

    assignment: Any
    known: Any | None
    current: Any | None


def record_answer(*, rater_id: UUID, submission: Click) -> Recorded:
    """Store one answer; the same nonce with the same body gives the stored one again."""
    try:
        with transaction.atomic():
            return store_submission(rater_id=rater_id, submission=submission)
    except IntegrityError as error:
        if "nonce" in str(error):
            raise NonceReusedError(gettext("This nonce was used before: make a new one for each click.")) from error
        raise


def store_submission(*, rater_id: UUID, submission: Click) -> Recorded:
    """Do the work of `record_answer` inside its transaction."""
    collection = COLLECTIONS[submission.family]
    participation = lock_owner(family=submission.family, rater_id=rater_id, assignment_id=submission.assignment_id)
    met = read_click_context(participation=participation, submission=submission)
    if met.known is not None:
        return Recorded(answer=known_answer(met.known, participation, submission), is_new=False)
    study, assignment = participation.study, met.assignment
    require_not_closed(study=study)
    design_of(study).check_answer(study, assignment, submission.said)
    was_answered = assignment.state == AssignmentState.RATED
    claim_assignment(collection=collection, assignment=assignment, has_ended=bool(participation.end))
    end = lease_end(participation)
    if is_renewal_due(assignment=assignment, end=end, participation=participation):
        renew_leases(family=collection.family, participation=participation, end=end)
    if not was_answered and assignment.kind not in UNCOUNTED:
        count_done(participation=participation, change=1)
    answer = append_answer(
        participation=participation, assignment=assignment, submission=submission, replaces=met.current
    )
    if assignment.kind == AssignmentKind.ATTENTION:
        end_if_inattentive(participation=participation)
    return Recorded(answer=answer, is_new=True)


def read_click_context(*, participation: Participation, submission: Click) -> ClickContext:
    """Read, in one statement, all that decides about a click in a locked participation, which gets its study."""
    answers, assignments = COLLECTIONS[submission.family].answers, HELD[submission.family].rows
    values = {
        "study": participation.study_id,
        "assignment": submission.assignment_id,
        "nonce": submission.nonce,
    }
    rows = fetched(STATEMENTS[submission.family].meet, values)
    if not rows:  # a queued image, dropped while the lock was waited for
        raise AssignmentNotFoundError(
            gettext("There is no assignment {number}.").format(number=submission.assignment_id)
        )
    held_from = STUDIES.width
    said_from = held_from + assignments.width
    participation.study = STUDIES.model_of(rows[0][:held_from])
    said = [answers.model_of(row[said_from:]) for row in rows if row[said_from] is not None]
    return ClickContext(
        assignment=assignments.model_of(rows[0][held_from:said_from]),
        known=next((answer for answer in said if answer.nonce == submission.nonce), None),
        current=next((answer for answer in said if answer.replaced_at is None), None),
    )


def append_answer(*, participation: Participation, assignment: Any, submission: Click, replaces: Any | None) -> Any:
    """Add the answer, close its assignment and save the rater's count; mark the former answer as replaced."""
    collection = COLLECTIONS[submission.family]
    if replaces is not None:
        replaces.replaced_at = timezone.now()
        replaces.save(update_fields=["replaced_at"])
    answer = collection.family.answer(
        nonce=submission.nonce,
        assignment_id=assignment.pk,
        participation_id=participation.pk,
        texts_id=participation.texts_id,
        response_ms=submission.response_ms,
        client=submission.client.as_json(),
        replaces=replaces,
        created_at=timezone.now(),
        **submission.said,
        **{name: getattr(assignment, name) for name in collection.copied},
    )
    answer.pk = insert_answer(collection=collection, answer=answer, participation=participation)
    return answer


def insert_answer(*, collection: Collection, answer: Any, participation: Participation) -> int:
    """Write an answer and what follows from it in one statement; give its key."""
    values: dict[str, Any] = {
        "nonce": answer.nonce,
        "assignment": answer.assignment_id,
        "participation": answer.participation_id,
        "texts": answer.texts_id,
        "response_ms": answer.response_ms,
        "client": json.dumps(answer.client),
        "replaces": answer.replaces_id,
        "now": answer.created_at,
        "done": participation.done,
        "state": str(participation.state),
        "completed_at": participation.completed_at,
        **{name: statement_value(getattr(answer, name)) for name in collection.columns},
    }
    ((key,),) = fetched(STATEMENTS[collection.family].record, values)
    return int(key)


def statement_value(value: Any) -> Any:
    """Give what a statement takes: JSON as text, and a member of an enumeration as a plain text."""
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value) if isinstance(value, str) else value


def known_answer(known: Any, participation: Participation, submission: Click) -> Any:
    """Give the stored answer if the request is the one that made it."""
    same = (
        known.participation_id == participation.pk
        and known.assignment_id == submission.assignment_id
        and all(getattr(known, name) == value for name, value in submission.said.items() if value is not None)
    )
    if not same:
        raise NonceReusedError(gettext("This nonce was used before: make a new one for each click."))
    return known


def claim_assignment(*, collection: Collection, assignment: Any, has_ended: bool) -> None:
    """Make sure that the rater may answer this; in a part that goes on, a lost lease is renewed if a slot is free."""
    if assignment.state == AssignmentState.LEASED:  # which ends when the item is taken off
        return
    refuse_taken_off(family=collection.family, item=collection.family.item_of(assignment))
    if assignment.state in {AssignmentState.OFFERED, AssignmentState.RATED}:
        return
    if assignment.state != AssignmentState.RELEASED or assignment.position is None:
        raise NotLeasedError(str(collection.family.words.not_leased))
    is_fresh = assignment.kind == AssignmentKind.FRESH
    if has_ended or (is_fresh and not retake_slot(family=collection.family, assignment=assignment)):
        raise LeaseExpiredError(str(collection.family.words.lease_expired))


def retake_slot(*, family: Family, assignment: Any) -> bool:
    """Take a slot again for an item whose lease ran out, unless it is full or was handed out to the rater again."""
    item = family.item_of(assignment)
    handed_out_again = family.first_showings().filter(
        **{"participation": assignment.participation_id, family.item_field: item}
    )
    others = handed_out_again.exclude(pk=assignment.pk).exclude(state=AssignmentState.RELEASED)
    return not others.exists() and bool(take_slots(family=family, items=[item]))


def count_done(*, participation: Participation, change: int) -> None:
    """Count what is done in the locked row, and whether that is all; the caller saves it."""
    participation.done += change
    finished = participation.is_complete
    participation.state = ParticipationState.COMPLETE if finished else ParticipationState.ACTIVE
    participation.completed_at = timezone.now() if finished else None


@transaction.atomic
def undo_answer(*, family: Family, participation_id: UUID, nonce: UUID) -> Any:
    """Take an answer back and hand its item out again, as it was shown; undoing twice is undoing once."""
    collection = COLLECTIONS[family]
    participation = lock_participation(participation_id=participation_id)
    answers = family.answer._default_manager
    related = (f"assignment__{name}" for name in collection.shown)
    answer: Any = answers.select_related(*related).filter(nonce=nonce, participation=participation).first()
    if answer is None:
        raise family.not_found(gettext("Nothing of yours has this nonce."))
    undo_nonce = uuid5(nonce, "undo")
    answer.assignment.participation = participation
    if answers.filter(nonce=undo_nonce).exists():
        return answer.assignment
    if answer.replaced_at is not None:
        raise AlreadyReplacedError(str(family.words.replaced))
    require_not_closed(study=participation.study)
    if participation.end:  # its item would be handed out again, and the part go on
        raise LeaseExpiredError(gettext("Your part in this study has ended, so this answer stays as it is."))
    refuse_taken_off(family=family, item=family.item_of(answer.assignment))
    append_undo(collection=collection, participation=participation, answer=answer, undo_nonce=undo_nonce)
    return answer.assignment


def append_undo(*, collection: Collection, participation: Participation, answer: Any, undo_nonce: UUID) -> None:
    """Append the row that replaces the answer by none, and lease (or offer) its item again."""
    answer.replaced_at = timezone.now()
    answer.save(update_fields=["replaced_at"])
    assignment = answer.assignment
    collection.family.answer._default_manager.create(
        nonce=undo_nonce,
        assignment=assignment,
        participation=participation,
        replaces=answer,
        **collection.said,
        **{name: getattr(assignment, name) for name in collection.copied},
    )
    is_steered = assignment.kind == AssignmentKind.STEERED
    assignment.state = AssignmentState.OFFERED if is_steered else AssignmentState.LEASED
    assignment.lease_expires_at = None if is_steered else lease_end(participation)
    assignment.closed_at = None
    assignment.save(update_fields=["state", "lease_expires_at", "closed_at"])
    if assignment.kind not in UNCOUNTED:
        count_done(participation=participation, change=-1)
        save_progress(participation=participation)
