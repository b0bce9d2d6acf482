"""Raise flags, and let a person decide on them; what somebody decided stays."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ratings.choices import Event, FlagReason, FlagState
from ratings.exceptions import InvalidInputError
from ratings.models import Participation, QualityFlag, Study
from ratings.sentences import made_of, staff_gettext
from ratings.services.audit import log_action
from ratings.services.notifications.record import announce_event

NEXT_STATES = {
    FlagState.RAISED: {FlagState.CONFIRMED, FlagState.DISMISSED},
    FlagState.CONFIRMED: {FlagState.RAISED},
    FlagState.DISMISSED: {FlagState.RAISED},
}


def raise_flags(*, study: Study, found: Mapping[UUID, dict[FlagReason, str]]) -> None:
    """Bring the undecided flags of a study in line with what was found; the caller holds the transaction."""
    present = set(Participation.objects.filter(study=study, pk__in=found).values_list("pk", flat=True))
    flags = [
        QualityFlag(
            participation_id=participation,
            reason=reason,
            finding=sentence,
            made_of=made_of({"finding": sentence}),
        )
        for participation, reasons in found.items()
        if participation in present  # a rater who withdrew meanwhile is gone
        for reason, sentence in reasons.items()
    ]
    announce_new_flags(study=study, flags=flags)
    kept = {(flag.participation_id, flag.reason) for flag in flags}
    undecided = QualityFlag.objects.filter(participation__study=study, state=FlagState.RAISED)
    outdated = [flag.pk for flag in undecided if (flag.participation_id, flag.reason) not in kept]
    QualityFlag.objects.filter(pk__in=outdated).delete()
    QualityFlag.objects.bulk_create(
        flags, update_conflicts=True, unique_fields=["participation", "reason"], update_fields=["finding", "made_of"]
    )


def announce_new_flags(*, study: Study, flags: Collection[QualityFlag]) -> None:
    """Record the message of flags that are not there yet; it counts them, and names nobody."""
    present = QualityFlag.objects.filter(participation__study=study).values_list("participation_id", "reason")
    known = set(present)
    new = [flag for flag in flags if (flag.participation_id, flag.reason) not in known]
    if new:
        announce_event(
            study_id=study.pk,
            event=Event.RATERS_FLAGGED,
            subject=f"flags {uuid4().hex}",
            raters=len({flag.participation_id for flag in new}),
            reasons=dict(Counter(str(flag.reason) for flag in new)),
        )


@transaction.atomic
def decide_flags(*, flags: Iterable[QualityFlag], state: FlagState, actor: User | None) -> int:
    """Decide several flags alike, those alone whose state allows it; give how many were decided."""
    allowed = [flag for flag in flags if state in NEXT_STATES[FlagState(flag.state)]]
    for flag in allowed:
        decide_flag(flag=flag, state=state, actor=actor)
    return len(allowed)


@transaction.atomic
def decide_flag(*, flag: QualityFlag, state: str, actor: User | None) -> QualityFlag:
    """Confirm or dismiss a flag, or open it again."""
    if state not in FlagState.values:
        raise InvalidInputError(
            staff_gettext("{state} is no state of a flag; choose among {values}.").format(
                state=f"{state!r}", values=", ".join(FlagState.values)
            )
        )
    is_decided = state != FlagState.RAISED
    flag.state = state
    flag.decided_by = actor if is_decided else None
    flag.decided_at = timezone.now() if is_decided else None
    flag.save(update_fields=["state", "decided_by", "decided_at"])
    log_action(
        action="decide-flag", target=flag.participation.study.slug, actor=actor, reason=flag.reason, decision=state
    )
    return flag
