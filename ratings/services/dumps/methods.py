"""Describe in words and numbers how the answers of a dump came about: the methods section of its card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any

from django.db.models import Count, F, Q

from ratings.choices import AssignmentKind, End, ParticipationState, PayBasis, Policy, ScaleKind
from ratings.models import Participation, Study
from ratings.registry import design_of, practice_of
from ratings.selectors.durations import measured_duration
from ratings.services.dumps.filters import passing_answers
from ratings.services.dumps.tables import Tally
from ratings.values.dump_filters import DumpFilters
from ratings.values.shapes import Note, json_of

KINDS = {
    AssignmentKind.FRESH: "first showings",
    AssignmentKind.REPEAT: "repeats",
    AssignmentKind.PRACTICE: "practice",
    AssignmentKind.STEERED: "pictures made for the rater",
}


@dataclass(frozen=True, kw_only=True)
class MethodFigures:
    """The numbers of a methods section; those of people are as of when the dump was written."""

    consented: Annotated[int, Note("People who joined the study and are not left out by the filters on raters.")]
    finished: Annotated[int, Note("Those of them who gave all answers that were asked of them.")]
    failed_attention: Annotated[int, Note("Those of them whose part ended at missed attention checks.")]
    raters: Annotated[int, Note("Raters with answers in this dump.")]
    answers: Annotated[int, Note("Answers in this dump.")]
    fewest: Annotated[int, Note("Answers of the rater with the fewest.")]
    median: Annotated[float, Note("Median of the answers of a rater.")]
    most: Annotated[int, Note("Answers of the rater with the most.")]
    minutes: Annotated[int | None, Note("Median minutes from consent to the last picture; none of under five people.")]
    checks: Annotated[int, Note("Attention checks answered.")]
    checks_passed: Annotated[int, Note("Attention checks answered as they ask.")]
    kinds: Annotated[dict[str, int], Note("Answers by kind of showing.")]
    policies: Annotated[dict[str, int], Note("Answers by the policy that chose what was shown.")]
    model_versions: Annotated[dict[str, int], Note("Answers by the model version that chose what was shown.")]


def method_figures(*, study: Study, filters: DumpFilters, tally: Tally) -> MethodFigures:
    """Count what a methods section names."""
    people = people_counts(study=study, filters=filters)
    checks = attention_counts(study=study, filters=filters)
    given = sorted(tally.by_participation.values()) or [0]
    duration = measured_duration(study=study)
    return MethodFigures(
        **people,
        **checks,
        raters=len(tally.by_participation),
        answers=tally.ratings,
        fewest=given[0],
        median=median(given),
        most=given[-1],
        minutes=duration.minutes if duration else None,
        kinds=dict(sorted(tally.by_kind.items())),
        policies=dict(sorted(tally.by_policy.items())),
        model_versions=dict(sorted(tally.model_versions.items())),
    )


def people_counts(*, study: Study, filters: DumpFilters) -> dict[str, int]:
    """Count those who take part, as far as the filters keep their kind."""
    people = Participation.objects.filter(study=study)
    people = people if filters.include_simulated else people.filter(rater__is_simulated=False)
    return people.aggregate(
        consented=Count("pk"),
        finished=Count("pk", filter=Q(state=ParticipationState.COMPLETE)),
        failed_attention=Count("pk", filter=Q(end=End.FAILED_ATTENTION)),
    )


def attention_counts(*, study: Study, filters: DumpFilters) -> dict[str, int]:
    """Count the attention checks that were answered, and those answered as they ask; none in a study of comparisons."""
    if not design_of(study).family.is_on_scale:
        return {"checks": 0, "checks_passed": 0}
    answers = passing_answers(study=study, filters=filters).filter(assignment__kind=AssignmentKind.ATTENTION)
    counts: dict[str, int] = answers.aggregate(
        checks=Count("pk"),
        checks_passed=Count("pk", filter=Q(value=F("assignment__study_image__attention_value"))),
    )
    return counts


def methods(*, study: Study, filters: DumpFilters, tally: Tally) -> dict[str, Any]:
    """Give the methods section: its paragraphs by heading, and its numbers."""
    figures = method_figures(study=study, filters=filters, tally=tally)
    paragraphs = {
        "Raters": " ".join(rater_sentences(study=study, figures=figures)),
        "Trial": " ".join(trial_sentences(study)),
        "Sampling": " ".join(sampling_sentences(study=study, figures=figures)),
        "Attention checks": attention_sentence(study=study, figures=figures),
        "Models": model_sentence(figures),
        "Left out": left_out_sentence(study=study, filters=filters),
    }
    return {"text": paragraphs, "figures": json_of(figures)}


def rater_sentences(*, study: Study, figures: MethodFigures) -> Iterator[str]:
    """Say who answered, how much, for which pay, and who approved it."""
    answers = design_of(study).answers
    yield (
        f"{figures.consented:,} people consented and joined, {figures.finished:,} of them finished; "
        f"{figures.raters:,} have answers in this dump: {figures.answers:,} {answers}, between {figures.fewest:,} and "
        f"{figures.most:,} of one rater (median {figures.median:g})."
    )
    yield f"Each was asked for {study.quota:,}, and each {design_of(study).item} wants {study.target:,} raters."
    yield from stopping_sentences(study)
    if figures.minutes is not None:
        yield f"Taking part took {figures.minutes} minutes (median of those who finished)."
    if study.pay_amount:
        basis = "an hour" if study.pay_basis == PayBasis.HOUR else "in total"
        yield f"They were paid {study.pay_amount:.2f} {study.pay_currency} {basis}."
    if study.ethics_body:
        number = f", number {study.ethics_number}" if study.ethics_number else ""
        yield f"The study was approved by {study.ethics_body}{number}."
    yield f"Texts were offered in: {', '.join(study.languages)}."


def stopping_sentences(study: Study) -> Iterator[str]:
    """Say by which rules fewer were asked."""
    if study.stop_image_width is not None:
        yield (
            f"A picture got no more raters once the 95 % interval of its mean was within ±{study.stop_image_width:g} "
            f"points, after at least {study.stop_image_raters:,} raters."
        )
    if study.stop_rater_sd is not None:
        yield (
            f"A rater was asked no more once the model's uncertainty of their expected ratings was below "
            f"{study.stop_rater_sd:g} points, after at least {study.stop_rater_after:,} ratings."
        )


def trial_sentences(study: Study) -> Iterator[str]:
    """Say what raters saw, and on which scale they answered."""
    design = design_of(study)
    yield f"Design: {design.name.label.lower()}."
    if design.family.is_on_scale:
        yield scale_sentence(study)
    prompt = "with" if study.show_prompt else "without"
    yield f"Pictures were shown {prompt} their prompt, on a surround of {study.surround}{size_limit(study)}."
    yield f"An answer counts once its picture has been visible for {study.minimum_view_ms} ms."
    practice = practice_of(study)
    if practice:
        yield f"{practice} practice pictures came first."
    if study.break_every:
        yield f"A break was offered after every {study.break_every}."
    plates = [("colour vision", study.checks_colour_vision), ("the screen", study.checks_screen)]
    checked = [name for name, is_checked in plates if is_checked]
    if checked:
        yield f"Before the first picture a check of {' and '.join(checked)} was made."


def scale_sentence(study: Study) -> str:
    """Describe the scale with its words."""
    steps = "on a continuous slider" if study.scale_kind == ScaleKind.SLIDER else f"in steps of {study.scale_step:g}"
    words = "; ".join(f"{value} = {word}" for value, word in study.scale_labels.items())
    scales = f" Scales: {', '.join(one.label for one in study.named_scales)}." if study.named_scales else ""
    labels = f" ({words})" if words else ""
    return f"Values from {study.scale_min:g} to {study.scale_max:g} {steps}{labels}.{scales}"


def size_limit(study: Study) -> str:
    """Say how large pictures were at most."""
    return f", at most {study.longest_side} CSS pixels long" if study.longest_side else ""


def shares(counts: Mapping[str, int], *, total: int) -> str:
    """Write counts with their shares, the largest first."""
    largest_first = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {count:,} ({count / total:.1%})" for name, count in largest_first)


def sampling_sentences(*, study: Study, figures: MethodFigures) -> Iterator[str]:
    """Say how it was decided what a rater sees next, and how often each policy decided."""
    design = design_of(study)
    if design.comparison is not None:
        yield comparison_settings(study=study, item=design.item)
    else:
        yield rating_settings(study=study)
    if figures.policies:
        named = {Policy(name).label.lower(): count for name, count in figures.policies.items()}
        yield f"Answers by policy: {shares(named, total=figures.answers)}."
    kinds = {KINDS[AssignmentKind(name)]: count for name, count in figures.kinds.items()}
    if kinds:
        yield f"By showing: {shares(kinds, total=figures.answers)}."


def comparison_settings(*, study: Study, item: str) -> str:
    """Say how comparisons are chosen."""
    if not study.chooses_comparisons:
        return f"Each {item} was drawn among those with the fewest answers; the probability of the draw is recorded."
    return (
        f"Settings: a share of {study.random_share:g} drawn uniformly (the test slice), the others chosen by a trained "
        "model by what an answer is expected to teach of the rater's taste (the active policy), with a uniform part of "
        f"{study.uniform_floor:g} at most. Where no model had chosen yet, a {item} was drawn among those with the "
        "fewest answers. Each answer carries the probability with which it was chosen."
    )


def rating_settings(*, study: Study) -> str:
    """Say how single pictures are chosen."""
    return (
        f"Settings: the first {study.burn_in} pictures of a rater by the burn-in policy; a share of "
        f"{study.random_share:g} drawn uniformly (the test slice) and of {study.repeat_share:g} shown again at least "
        f"{study.repeat_gap} pictures later; the others by the active policy, with a uniform part of "
        f"{study.uniform_floor:g}. Each answer carries the probability with which its picture was chosen."
    )


def attention_sentence(*, study: Study, figures: MethodFigures) -> str:
    """Say how attention was checked, and how raters did."""
    if not (study.attention_every or figures.checks):
        return "None were made."
    often = f"one in {study.attention_every} showings asked for a given value" if study.attention_every else "none now"
    passed = f"{figures.checks_passed:,} of {figures.checks:,} were answered as asked"
    limit = (
        f"{study.attention_limit} missed ones end a rater's part, which they did for {figures.failed_attention:,}"
        if study.attention_limit
        else "missed ones end no rater's part"
    )
    return f"Setting: {often}; {passed}; {limit}. They are not among the answers of this dump."


def model_sentence(figures: MethodFigures) -> str:
    """Name the models that chose what was shown."""
    if not figures.model_versions:
        return "No answer of this dump is about something that a trained model chose."
    return f"Chosen by a trained model, of all answers: {shares(figures.model_versions, total=figures.answers)}."


def left_out_sentence(*, study: Study, filters: DumpFilters) -> str:
    """Name what the filters leave out, and who is in no dump."""
    left_out = [
        ("practice", not filters.include_practice),
        ("repeats", not filters.include_repeats),
        ("simulated raters", not filters.include_simulated),
        ("raters with a confirmed flag about their answers", filters.leave_out_flagged),
        ("all but the test slice", filters.only_test_slice),
        ("written answers", bool(study.texts_in_dumps) and not filters.include_free_text),
    ]
    names = [name for name, is_out in left_out if is_out]
    bounds = [("before", filters.since), ("from", filters.until)]
    names += [f"answers {word} {moment.isoformat()}" for word, moment in bounds if moment]
    for name, kept in (
        ("domains", filters.domains), ("consent versions", filters.consent_versions), ("policies", filters.policies),
    ):  # fmt: skip
        names += [f"{name} other than {', '.join(kept)}"] if kept else []
    return f"{'; '.join(names) or 'Nothing'}. Raters who withdrew are in no dump."
