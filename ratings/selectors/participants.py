"""Those who take part in a study as a platform pays them, and where people were lost on the way."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from ratings.choices import AssignmentKind, End, FlagState, ParticipationState
from ratings.models import Participation, QualityFlag, Rating, Study
from ratings.selectors.ends import end_of, is_asked_at_end
from ratings.selectors.overview import attention_figures

PAY, LOOK, UNFINISHED = "pay", "look", "unfinished"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first characters that a spreadsheet takes for a formula


@dataclass(frozen=True, kw_only=True)
class Participant:
    """One who takes part; `pay` follows the rule by which submissions are approved, and rejects nobody."""

    external_id: str
    external_session: str
    rater: str
    is_simulated: bool
    state: str
    end: str
    joined_at: datetime
    last_seen_at: datetime
    completed_at: datetime | None
    minutes: float | None
    done: int
    quota: int
    checks: int
    checks_passed: int
    flags: str
    pay: str
    reason: str

    @classmethod
    def columns(cls) -> list[str]:
        """Name the columns of a table of participants."""
        return [field.name for field in fields(cls)]

    def cells(self) -> list[str]:
        """Give the cells of its row: moments in ISO 8601, blanks for what is not known, nothing that is a formula."""
        return [cell_of(getattr(self, name)) for name in self.columns()]


def cell_of(value: object) -> str:
    """Write a value as a cell of a table."""
    if value is None:
        return ""
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def participants(*, study: Study) -> Iterator[Participant]:
    """Give those who take part in a study, by the time when they joined."""
    parts = study.participations.select_related("rater", "study").prefetch_related("flags")
    for part in parts.order_by("created_at", "pk").iterator(chunk_size=1000):
        yield described(part)


def described(part: Participation) -> Participant:
    """Describe one part, with the decision on its pay."""
    passed, checks = attention_figures(participation=part)
    end = end_of(part)
    pay, reason = pay_decision(part=part, missed=checks - passed)
    took = (part.completed_at - part.created_at) / timedelta(minutes=1) if part.completed_at else None
    return Participant(
        external_id=part.external_id,
        external_session=part.external_session,
        rater=str(part),
        is_simulated=part.rater.is_simulated,
        state=part.state,
        end=end.value if end else "",
        joined_at=part.created_at,
        last_seen_at=part.last_seen_at,
        completed_at=part.completed_at,
        minutes=None if took is None else round(took, 1),
        done=part.done,
        quota=part.quota,
        checks=checks,
        checks_passed=passed,
        flags="; ".join(open_flags(part)),
        pay=pay,
        reason=reason,
    )


def open_flags(part: Participation) -> list[str]:
    """Name the flags about a part that nobody dismissed."""
    found = [flag for flag in part.flags.all() if flag.state != FlagState.DISMISSED]
    return sorted(f"{flag.reason} ({flag.state})" for flag in found)


def pay_decision(*, part: Participation, missed: int) -> tuple[str, str]:
    """Say whether the rules pay somebody who missed so many attention checks, or a person has to look, and why."""
    end = end_of(part)
    if end != End.COMPLETE:
        return UNFINISHED, end.label if end else "still taking part"
    flags = open_flags(part)
    faults = [
        ("the questions at the end are open", is_asked_at_end(part)),
        (f"{missed} attention checks missed", bool(missed)),
        (f"flags: {', '.join(flags)}", bool(flags)),
    ]
    found = [words for words, is_so in faults if is_so]
    return (LOOK, "; ".join(found)) if found else (PAY, "complete")


def attrition(*, study: Study) -> dict[str, int]:
    """Count those who consented and joined, those who came past each step, and those who left it, by how."""
    practised = Rating.objects.filter(participation=OuterRef("pk"), assignment__kind=AssignmentKind.PRACTICE)
    parts = study.participations.order_by()
    confirmed = QualityFlag.objects.confirmed().filter(participation__study=study)
    ends = Counter({row["end"]: row["n"] for row in parts.exclude(end="").values("end").annotate(n=Count("pk"))})
    steps = {
        "consented": parts.count(),
        "practised": parts.filter(Exists(practised)).count(),
        "began": parts.filter(done__gt=0).count(),
        "finished": parts.filter(state=ParticipationState.COMPLETE).count(),
        "excluded by a confirmed flag": confirmed.values("participation").distinct().count(),
    }
    return steps | {f"ended: {End(name).label.lower()}": count for name, count in sorted(ends.items())}
