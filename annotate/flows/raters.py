"""What a rater does: join, rate, undo, skip, leave, come back, withdraw; work is queued once it has committed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from annotate.batching import MessageBatcher
from ratings.exceptions import RecordError
from ratings.models import Participation, Rater, Study
from ratings.queueing import breaker, queue_on_commit
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.selectors import participations, studies
from ratings.selectors.resuming import access_resume_link
from ratings.selectors.study_access import has_in_each, studies_of_row
from ratings.services import collect, enrol, give_back, lease, resume
from ratings.services.collection import Click
from ratings.services.ends import finish_early, record_end_answers
from ratings.services.languages import record_language
from ratings.services.link_faults import count_link_faults
from ratings.services.prolific import require_known_to_prolific
from ratings.services.vision import record_plate_answer, require_answered
from ratings.services.visits import count_visit
from ratings.services.withdraw import withdraw_rater
from ratings.values.devices import Device
from ratings.values.platform_links import PlatformLink
from scoring import tasks
from scoring.selectors.skips import is_telling

raters_with_news = MessageBatcher(send=partial(breaker.send, tasks.learn_from_raters))
raters_without_queue = MessageBatcher(send=partial(breaker.send, tasks.refill_queues))


@dataclass(frozen=True, kw_only=True)
class AnswerOutcome:
    """What became of one item of a batch: the recorded answer, or why there is none."""

    submission: Click
    recorded: collect.Recorded | None = None
    error: RecordError | None = None


def visit_study(*, slug: str, link: PlatformLink) -> Study:
    """Give the study that somebody came to see, and count what is wrong with the link they came by."""
    study = studies.access_study(slug=slug)
    count_link_faults(study=study, link=link)
    return study


def count_newcomer(*, study: Study, language: str) -> None:
    """Count that somebody who does not take part yet has looked at a study that takes people."""
    count_visit(study=study, language=language)


def join_study(*, slug: str, enrolment: enrol.Enrolment) -> Participation:
    """Let somebody take part, and have the model choose their first images."""
    study = visit_study(slug=slug, link=enrolment.link)  # by itself: a faulty link counts when nobody is let in, too
    require_known_to_prolific(study=study, enrolment=enrolment)
    participation = enrol.enrol_rater(study=study, enrolment=enrolment)
    transaction.on_commit(partial(raters_without_queue.add, str(participation.pk)))
    return participation


def finish_study_early(*, participation: Participation) -> None:
    """End a rater's part at their wish, with what they did."""
    finish_early(participation=participation)


def submit_plate_answer(*, participation: Participation, place: int, said: str | None) -> None:
    """Keep what a rater says of a plate of the check of colour vision and screen, none for no number."""
    record_plate_answer(participation=participation, place=place, said=said)


def submit_shown_plate_answer(*, participation: Participation, place: int, said: str | None) -> Participation:
    """Keep what a script says of the plate it is shown, and give the part as it stands then; raise for another one."""
    record_plate_answer(participation=participation, place=place, said=said)
    answered = participations.access_own_part(key=participation.pk)
    require_answered(participation=answered, place=place)
    return answered


def submit_end_answers(*, participation: Participation, answers: Mapping[str, str]) -> None:
    """Keep what a rater answers after the last picture."""
    record_end_answers(participation=participation, answers=answers)


@transaction.atomic
def choose_language(*, rater: Rater, language: str) -> None:
    """Note the language in which a rater goes on."""
    record_language(rater=rater, language=language)


@transaction.atomic
def continue_by_link(*, slug: str, link: PlatformLink, rater_id: UUID | None) -> Participation:
    """Let somebody go on who takes part already, as their platform's link shows."""
    study = studies.access_study(slug=slug)
    return enrol.claim_participation(study=study, link=link, rater_id=rater_id)


@transaction.atomic
def continue_by_resume_link(*, token: str) -> Participation:
    """Let somebody go on by their resume link, which is used up by that."""
    return resume.use_resume_link(link=access_resume_link(token=token))


@transaction.atomic
def replace_resume_link(*, rater: Rater, slug: str) -> None:
    """Revoke the resume links of a rater's participation; the next one shown is new."""
    study = studies.access_study(slug=slug)
    participation = participations.participation_in(rater=rater, study=study)
    if participation is not None:
        resume.replace_resume_link(participation=participation)


def lease_items(*, family: Family, rater: Rater, slug: str, count: int, device: Device | None = None) -> lease.Leases:
    """Hand out items to a rater, and have the model choose the next ones where none wait."""
    participation_id = participations.access_participation(rater=rater, slug=slug)
    leases = lease.lease_items(family=family, participation_id=participation_id, count=count, device=device)
    if leases.is_queue_empty:
        transaction.on_commit(partial(raters_without_queue.add, str(participation_id)))
    return leases


def leave_study(*, family: Family, rater: Rater, slug: str) -> int:
    """Take back what a rater holds: they stop for now."""
    participation_id = participations.access_participation(rater=rater, slug=slug)
    return give_back.leave(family=family, participation_id=participation_id)


def submit_answer(*, rater: Rater, submission: Click) -> collect.Recorded:
    """Store one answer, and have the model learn from it."""
    recorded = collect.record_answer(rater_id=rater.pk, submission=submission)
    if recorded.is_new:
        LEARN[submission.family](str(recorded.answer.participation_id))
    return recorded


def submit_one(rater: Rater, submission: Click) -> AnswerOutcome:
    """Store one item of an outbox, on its own: one that fails takes no other with it."""
    try:
        return AnswerOutcome(submission=submission, recorded=submit_answer(rater=rater, submission=submission))
    except RecordError as error:
        return AnswerOutcome(submission=submission, error=error)


def learn_from_rating(participation_id: str) -> None:
    """Have the model learn what a rater's newest ratings say."""
    transaction.on_commit(partial(raters_with_news.add, participation_id))


def undo_answer(*, family: Family, rater: Rater, nonce: UUID) -> Any:
    """Take an answer back; the model forgets it."""
    participation_id = participations.access_participation_of_answer(family=family, rater=rater, nonce=nonce)
    with transaction.atomic():
        assignment = collect.undo_answer(family=family, participation_id=participation_id, nonce=nonce)
        queue_on_commit(FORGET[family], str(participation_id))
    return assignment


def skip_item(*, family: Family, rater: Rater, assignment_id: int, reason: str) -> Any:
    """Give an item back; the model learns from it where the study and the reason say so."""
    with transaction.atomic():
        skipped = give_back.skip_item(family=family, rater_id=rater.pk, assignment_id=assignment_id, reason=reason)
        if is_telling(skipped):
            queue_on_commit(tasks.relearn_taste, str(skipped.participation_id))
    return skipped


LEARN: Mapping[Family, Callable[[str], None]] = {
    ONE_IMAGE: learn_from_rating,
    SEVERAL_IMAGES: partial(queue_on_commit, tasks.learn_from_choices),
}
FORGET = {ONE_IMAGE: tasks.relearn_taste, SEVERAL_IMAGES: tasks.learn_from_choices}


def may_withdraw(*, person: User, rater: UUID | str) -> bool:
    """Tell whether a member of staff may withdraw a rater: that takes all they gave, in each of their studies."""
    studies = studies_of_row(model=Rater, key=rater)
    return has_in_each(person=person, right="ratings.delete_rater", studies=studies or frozenset())


@transaction.atomic
def withdraw(*, rater: Rater, actor: User | None) -> None:
    """Remove a rater and everything they gave, the live model's taste of them and pictures made for them included.

    The actor is the member of staff who does it, none for the rater.
    """
    withdraw_rater(rater=rater, actor=actor)
    queue_on_commit(tasks.discard_unused_pictures)
