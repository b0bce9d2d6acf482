"""Bring a study and its Prolific counterpart in step: approve by rule, give back places, check who comes.

A submission is approved when its rater has completed the study, answered the questions at its end, missed no attention
check and has no flag that is not dismissed. Who handed in a submission there without having finished here is asked to
return it, once, if the study says so. None is rejected here: that is for people to decide, on Prolific.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentState, End, ParticipationState, StudyState
from ratings.exceptions import ConflictError, ExternalIdRefusedError, WithdrawnError
from ratings.models import Participation, ProlificStudy, Study
from ratings.platforms.prolific import (
    AWAITING,
    RETURNED,
    TIMED_OUT,
    UNDER_WAY,
    ProlificClient,
    ProlificError,
    ProlificSubmission,
)
from ratings.registry import design_of
from ratings.selectors.ends import end_of, missed_checks
from ratings.selectors.participants import PAY, pay_decision
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action, log_change, name_in_log
from ratings.services.ends import end_participation
from ratings.services.enrol import Enrolment, takes_part
from ratings.services.give_back import release
from ratings.services.participation_lock import lock_participation

logger = logging.getLogger(__name__)
MOST_PER_CALL = 100
UNFINISHED = "Didn't finish the study"  # as Prolific's own page words that reason


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """Count what became of the submissions of one run."""

    approved: int
    returns: int  # asked for
    freed: int
    statuses: dict[str, int]
    unknown: int  # submissions of people who never took part here
    is_cut: bool  # there are more submissions than were read


def prolific_client(*, timeout_s: float = 10.0) -> ProlificClient:
    """Give the client of this installation; raise where it has no token."""
    if not settings.PROLIFIC_TOKEN:
        raise ConflictError(
            staff_gettext("This installation has no PROLIFIC_TOKEN: set it to ask Prolific for anything.")
        )
    return ProlificClient(address=settings.PROLIFIC_URL, token=settings.PROLIFIC_TOKEN, timeout_s=timeout_s)


@transaction.atomic
def set_prolific(*, study: Study, terms: Mapping[str, Any], actor: User) -> ProlificStudy:
    """Say which study of Prolific belongs to one of ours, and what may be done there; raise for one that another has.

    What is not among the terms stays.
    """
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    row = ProlificStudy.objects.filter(study=study).first() or ProlificStudy(study=study)
    is_new = row.pk is None
    changed = {name: (getattr(row, name), value) for name, value in terms.items() if getattr(row, name) != value}
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if ProlificStudy.objects.filter(remote_id=row.remote_id).exclude(pk=row.pk).exists():
        raise ConflictError(
            staff_gettext("Another study here belongs to this study of Prolific already."),
            fields={"remote_id": staff_gettext("taken")},
        )
    row.save()
    target = name_in_log(row)
    if is_new:
        log_action(action="add", target=target, actor=actor)
    elif changed:
        log_change(target=target, actor=actor, fields=changed)
    return row


@transaction.atomic
def delete_prolific(*, study: Study, actor: User) -> None:
    """Let a study belong to none of Prolific's any more; what was done there stays done."""
    row = ProlificStudy.objects.filter(study=study).first()
    if row is not None:
        log_action(action="delete", target=name_in_log(row), actor=actor)
        row.delete()


def update_prolific_studies() -> None:
    """Bring every study in step that names one of Prolific's; one that fails keeps its error and stops no other."""
    if not settings.PROLIFIC_TOKEN:
        return
    for study in Study.objects.exclude(prolific=None).exclude(state=StudyState.DRAFT):
        try:
            update_prolific_study(study=study, actor=None)
        except ProlificError as error:
            logger.warning("Prolific and the study %s are not in step: %s", study.slug, error)


def update_prolific_study(*, study: Study, actor: User | None) -> SyncReport:
    """Read the submissions of a study, approve and give back by rule; what goes wrong is kept for its page."""
    remote = ProlificStudy.objects.filter(study=study).first()
    if remote is None:
        raise ConflictError(
            staff_gettext("This study names no study of Prolific: write its id on the page Prolific of the admin.")
        )
    rows = ProlificStudy.objects.filter(pk=remote.pk)
    try:
        report = decide_submissions(study=study, remote=remote, actor=actor)
    except ProlificError as error:
        rows.update(error=str(error)[:500])
        raise
    counts = {**report.statuses, "unknown here": report.unknown}
    cut = f"Only the first {sum(report.statuses.values())} submissions were read: there are more." * report.is_cut
    rows.update(checked_at=timezone.now(), error=cut, counts=counts)
    return report


def decide_submissions(*, study: Study, remote: ProlificStudy, actor: User | None) -> SyncReport:
    """Do what the rules say about each submission."""
    client = prolific_client()
    listed = client.submissions(study=remote.remote_id)
    submissions = listed.submissions
    parts = {part.external_id: part for part in Participation.objects.filter(study=study).exclude(external_id="")}
    for part in parts.values():
        part.study = study
    known = newest_of_each(submissions=submissions, parts=parts)
    freed = sum(release_places(participation=part, submission=one, actor=actor) for one, part in known)
    payable = [one.id for one, part in known if remote.approves and is_payable(one, part)]
    for start in range(0, len(payable), MOST_PER_CALL):
        batch = payable[start : start + MOST_PER_CALL]
        client.approve(submissions=batch)
        ProlificStudy.objects.filter(pk=remote.pk).update(approved=F("approved") + len(batch))
        log_action(action="approve-submissions", target=study.slug, actor=actor, submissions=batch)
    returns = request_returns(client=client, remote=remote, known=known, actor=actor) if remote.asks_return else 0
    return SyncReport(
        approved=len(payable),
        returns=returns,
        freed=freed,
        statuses=dict(Counter(one.status.lower() for one in submissions)),
        unknown=sum(one.participant not in parts for one in submissions),
        is_cut=listed.is_cut,
    )


def request_returns(
    *,
    client: ProlificClient,
    remote: ProlificStudy,
    known: Sequence[tuple[ProlificSubmission, Participation]],
    actor: User | None,
) -> int:
    """Ask for the return of every submission whose rater has not finished; give how many that were."""
    unfinished = [submission for submission, part in known if is_unfinished(submission, part)]
    for submission in unfinished:
        client.request_return(submission=submission.id, reasons=[UNFINISHED])
        ProlificStudy.objects.filter(pk=remote.pk).update(returns_asked=F("returns_asked") + 1)
        log_action(action="ask-for-return", target=remote.study.slug, actor=actor, submission=submission.id)
    return len(unfinished)


def is_unfinished(submission: ProlificSubmission, participation: Participation) -> bool:
    """Tell whether a submission was handed in whose rater has not finished, and has not been at it lately."""
    if submission.status != AWAITING or submission.is_return_requested:
        return False
    idle = timezone.now() - timedelta(minutes=participation.study.lease_minutes)
    return end_of(participation) in {None, End.TIMED_OUT} and participation.last_seen_at < idle


def newest_of_each(
    *, submissions: Sequence[ProlificSubmission], parts: Mapping[str, Participation]
) -> list[tuple[ProlificSubmission, Participation]]:
    """Give the newest submission of each person who takes part; of two as new, that by which they came."""
    found: dict[str, ProlificSubmission] = {}
    for one in submissions:
        part, other = parts.get(one.participant), found.get(one.participant)
        if part is not None and (other is None or age_key(one, part) >= age_key(other, part)):
            found[one.participant] = one
    return [(one, parts[person]) for person, one in found.items()]


def age_key(submission: ProlificSubmission, participation: Participation) -> tuple[str, bool]:
    """Give what the newest submission of a person has most of."""
    return submission.started_at, submission.id == participation.external_session


def is_payable(submission: ProlificSubmission, participation: Participation) -> bool:
    """Tell whether a submission waits for a review that the rules can give."""
    if submission.status != AWAITING:
        return False
    end, missed = end_of(participation), missed_checks(participation)
    return pay_decision(part=participation, end=end, missed=missed)[0] == PAY


def release_places(*, participation: Participation, submission: ProlificSubmission, actor: User | None) -> bool:
    """Give back the places of somebody who returned or ran out of time, once each time; tell whether that was new."""
    is_new = participation.released_submission != submission.id
    if submission.status not in {RETURNED, TIMED_OUT} or not is_new:
        return False
    try:
        return release_once(participation=participation, submission=submission, actor=actor)
    except WithdrawnError:  # meanwhile, which gave the places back
        return False


@transaction.atomic
def release_once(*, participation: Participation, submission: ProlificSubmission, actor: User | None) -> bool:
    """Give places back under the lock; a submission acted on before changes nothing, though its rater came back."""
    locked = lock_participation(participation_id=participation.pk)
    row = Participation.objects.filter(pk=locked.pk)
    if not row.exclude(released_submission=submission.id).update(released_submission=submission.id):
        return False
    if locked.end or locked.state != ParticipationState.ACTIVE:
        return False
    if submission.status == TIMED_OUT:
        end_participation(participation=locked, end=End.TIMED_OUT)
    else:
        family = design_of(locked.study).family
        held = family.assignment._default_manager.filter(participation=locked, state=AssignmentState.LEASED)
        release(family=family, assignments=list(held))
        row.update(state=ParticipationState.LEFT, reserved=0)
    log_action(
        action="free-places",
        target=participation.study.slug,
        actor=actor,
        submission=submission.id,
        why=submission.status,
    )
    return True


def require_known_to_prolific(*, study: Study, enrolment: Enrolment) -> None:
    """Raise where Prolific knows no submission under way of a newcomer; while it does not answer, let them in."""
    remote = ProlificStudy.objects.filter(study=study, checks=True).first() if settings.PROLIFIC_TOKEN else None
    if remote is None or takes_part(study=study, enrolment=enrolment):
        return
    link = enrolment.link
    if not link.external_id or not link.external_session:
        raise unknown_there()
    try:
        found = prolific_client(timeout_s=5).submission(submission=link.external_session)
    except ProlificError as error:
        logger.warning("Somebody was let in unchecked to %s: %s", study.slug, error)
        ProlificStudy.objects.filter(pk=remote.pk).update(let_in=F("let_in") + 1, let_in_at=timezone.now())
        return
    is_theirs = found is not None and found.participant == link.external_id and found.status in UNDER_WAY
    if not is_theirs or (found and found.study and found.study != remote.remote_id):
        raise unknown_there()


def unknown_there() -> ExternalIdRefusedError:
    """Say that Prolific has no submission under way of this person."""
    return ExternalIdRefusedError(
        gettext("Prolific does not know you in this study: open it again from Prolific's own page."),
        fields={"external_session": gettext("is no submission under way of this person")},
    )
