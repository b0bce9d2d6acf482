"""Those who take part in a study as a platform pays them, and where people were lost on the way."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.choices import AssignmentKind, AssignmentState, End, FlagState, ParticipationState
from ratings.models import Assignment, Participation, QualityFlag, Rating, Study
from ratings.registry import design_of
from ratings.selectors.ends import end_where
from ratings.selectors.overview import spread_kept
from ratings.sentences import staff_gettext, staff_ngettext
from ratings.values.texts import without_formula

PAY, LOOK, UNFINISHED = "pay", "look", "unfinished"
OPEN, MISSED = "open", "missed"
AT_ONCE = 1000  # parts that are described together
ENDED = "ended: "  # before the name of an end
STEP_WORDS = {
    "visited": staff_gettext_lazy("visited"),
    "consented": staff_gettext_lazy("consented"),
    "practised": staff_gettext_lazy("practised"),
    "began": staff_gettext_lazy("began"),
    "finished": staff_gettext_lazy("finished"),
    "excluded by a confirmed flag": staff_gettext_lazy("excluded by a confirmed flag"),
}


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
    return without_formula(text)


@dataclass(frozen=True, kw_only=True)
class KnownOfParts:
    """What is read at once of many parts: attention checks, and who was shown everything."""

    checks: Mapping[UUID, tuple[int, int]]  # passed, answered
    seen_all: frozenset[UUID]


def participants(*, study: Study, rows: QuerySet[Participation] | None = None) -> Iterator[Participant]:
    """Give those who take part in a study, or some of them, by the time when they joined: a few queries a thousand."""
    parts = study.participations.all() if rows is None else rows
    ordered = parts.select_related("rater", "study").prefetch_related("flags").order_by("created_at", "pk")
    found = ordered.iterator(chunk_size=AT_ONCE)
    while chunk := list(islice(found, AT_ONCE)):
        known = known_of(study=study, parts=chunk)
        yield from (described(part, known=known) for part in chunk)


def known_of(*, study: Study, parts: Sequence[Participation]) -> KnownOfParts:
    """Read what the descriptions of some parts of one study need besides their rows."""
    keys = [part.pk for part in parts]
    right = Q(value=F("assignment__study_image__attention_value"))
    checks = Assignment.objects.filter(participation__in=keys, kind=AssignmentKind.ATTENTION)  # by their small index
    answers = Rating.objects.current().filter(assignment__in=checks)
    counted = answers.order_by().values("participation").annotate(passed=Count("pk", filter=right), n=Count("pk"))
    return KnownOfParts(
        checks={row["participation"]: (row["passed"], row["n"]) for row in counted},
        seen_all=who_saw_all(study=study, keys=[part.pk for part in parts if may_have_seen_all(part)]),
    )


def may_have_seen_all(part: Participation) -> bool:
    """Tell whether how a part ended depends on how much there was to see."""
    return part.state == ParticipationState.COMPLETE and bool(part.done) and not part.is_complete


def who_saw_all(*, study: Study, keys: Sequence[UUID]) -> frozenset[UUID]:
    """Name those of some parts to whom everything was shown that the study has."""
    if not keys:
        return frozenset()
    family = design_of(study).family
    wanted = family.wanted_items().filter(study=study)
    closed = (AssignmentState.RATED, AssignmentState.SKIPPED)
    shown = family.assignment._default_manager.filter(participation__in=keys, state__in=closed)
    seen = shown.filter(**{f"{family.item_field}__in": wanted.values("pk")}).order_by().values("participation")
    number = wanted.count()
    rows = seen.annotate(n=Count(family.item_field, distinct=True)).values_list("participation", "n")
    return frozenset(part for part, n in rows if n >= number)


def described(part: Participation, *, known: KnownOfParts) -> Participant:
    """Describe one part, with the decision on its pay."""
    passed, checks = known.checks.get(part.pk, (0, 0))
    end = end_where(part, seen_all=lambda one: one.pk in known.seen_all)
    pay, reason = pay_decision(part=part, end=end, missed=checks - passed)
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


def flag_words(part: Participation) -> list[str]:
    """Say in words which flags about a part nobody dismissed."""
    found = [flag for flag in part.flags.all() if flag.state != FlagState.DISMISSED]
    return sorted(f"{flag.get_reason_display()} ({flag.get_state_display()})" for flag in found)


def pay_decision(*, part: Participation, end: End | None, missed: int) -> tuple[str, str]:
    """Say whether the rules pay somebody who missed so many attention checks, or a person has to look, and why."""
    if end != End.COMPLETE:
        return UNFINISHED, str(end.label) if end else staff_gettext("still taking part")
    flags = open_flags(part)
    faults = [
        (
            staff_gettext("the questions at the end are open"),
            part.end_answers is None and bool(part.study.end_questions),
        ),
        (missed_words(missed), bool(missed)),
        (staff_gettext("flags: {flags}").format(flags=", ".join(flags)), bool(flags)),
    ]
    found = [words for words, is_so in faults if is_so]
    return (LOOK, "; ".join(found)) if found else (PAY, staff_gettext("complete"))


def missed_words(count: int) -> str:
    """Say how many attention checks somebody missed."""
    words = staff_ngettext("{count} attention check missed", "{count} attention checks missed", count)
    return words.format(count=count)


def attrition(*, study: Study) -> dict[str, int]:
    """Count visits, those who consented and joined, those who came past each step, and those who left it, by how.

    Visits are openings of the study's page by people who do not take part: a reload is one more, and so is a robot.
    """
    confirmed = QualityFlag.objects.confirmed().filter(participation__study=study)
    counted = study.participations.order_by().values("end", "state")  # at once: each count reads every part
    rows = counted.annotate(n=Count("pk"), began=Count("pk", filter=Q(done__gt=0)))
    ends, states = Counter[str](), Counter[str]()
    for row in rows:
        ends[row["end"]] += row["n"]
        states[row["state"]] += row["n"]
    steps = {
        "visited": study.visit_counts.aggregate(n=Sum("count", default=0))["n"],
        "consented": states.total(),
        "practised": practised_count(study=study),
        "began": sum(row["began"] for row in rows),
        "finished": states[ParticipationState.COMPLETE],
        "excluded by a confirmed flag": confirmed.values("participation").distinct().count(),
    }
    decided = {name: count for name, count in sorted(ends.items()) if name}
    return steps | {f"{ENDED}{End(name).label.lower()}": count for name, count in decided.items()}


def step_words(step: str) -> str:
    """Say a step in the language of the page: its name is part of the API."""
    words = STEP_WORDS.get(step)
    return str(words) if words else staff_gettext("ended: {end}").format(end=step.removeprefix(ENDED))


def step_conditions() -> dict[str, Q]:
    """Give the condition of having come past each step, or ended in a way, of those who take part."""
    confirmed = QualityFlag.objects.confirmed().filter(participation=OuterRef("pk"))
    return {
        "consented": Q(),
        "practised": Q(Exists(practice_answers())),
        "began": Q(done__gt=0),
        "finished": Q(state=ParticipationState.COMPLETE),
        "excluded by a confirmed flag": Q(Exists(confirmed)),
        **{f"{ENDED}{End(name).label.lower()}": Q(end=name) for name in End.values},
    }


def practice_answers() -> QuerySet[Assignment]:
    """Give the practice pictures that the participation at hand answered."""
    put = Assignment.objects.filter(participation=OuterRef("pk"), kind=AssignmentKind.PRACTICE)
    return put.filter(Exists(Rating.objects.filter(assignment=OuterRef("pk"))))


def practised_count(*, study: Study) -> int:
    """Count those who answered a practice picture: as a worker found it where the study is large."""
    kept = spread_kept(study)
    return kept.practised if kept and kept.practised is not None else counted_practised(study=study)


def counted_practised(*, study: Study) -> int:
    """Count those who answered a practice picture."""
    return study.participations.order_by().filter(Exists(practice_answers())).count()


@dataclass(frozen=True, kw_only=True)
class ParticipantFilter:
    """Which of those who take part in a study are listed; what is blank leaves nobody out."""

    external_id: str = ""  # or the beginning of it
    state: str = ""
    flags: str = ""  # "open" or "none"
    checks: str = ""  # "missed" or "none missed"
    step: str = ""  # that they came past, or how they ended

    def narrowed(self, rows: QuerySet[Participation]) -> QuerySet[Participation]:
        """Leave out who is not meant."""
        flagged = Exists(QualityFlag.objects.filter(participation=OuterRef("pk")).exclude(state=FlagState.DISMISSED))
        answers = Rating.objects.current().filter(
            participation=OuterRef("pk"), assignment__kind=AssignmentKind.ATTENTION
        )
        missed = Exists(answers.exclude(value=F("assignment__study_image__attention_value")))
        chosen = [
            (self.external_id, Q(external_id__startswith=self.external_id)),
            (self.state, Q(state=self.state)),
            (self.flags, flagged if self.flags == OPEN else ~flagged),
            (self.checks, missed if self.checks == MISSED else ~missed),
            (self.step, step_conditions().get(self.step, Q())),
        ]
        return rows.filter(*(condition for given, condition in chosen if given))
