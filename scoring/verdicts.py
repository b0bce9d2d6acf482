"""Say in words what the figures of a model version mean: is it good, for whom, than what, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scoring.metrics import MeasuredFigure, VersionMetrics

FEW_RATERS, FEW_RATINGS = 10, 100  # below, a figure rests on few cases
GOOD, FAIR = 0.4, 0.2  # SROCC from which a version is said to predict well, and fairly: our choice of words, no test
MINUS = "\N{MINUS SIGN}"
MODELS = {
    "personal": "With taste",
    "global": "One model for everybody",
    "live": "The live model then",
    "unseen_raters": "Raters never met",
    "image-mean": "Mean of the image",
    "rater-mean": "Mean of the rater",
    "both-biases": "Both biases",
    "global-ridge": "Linear head for everybody",
    "global-mlp": "Small network for everybody",
    "rater-ridge": "Ridge per rater",
    "matrix-factorisation": "Matrix factorisation",
    "hierarchical-linear": "Hierarchical linear model",
    "study-alone": "This study's ratings alone",
}
APART = ("study-alone",)  # of the compared models, the one that is not simpler
RULE = (
    "Rule: a new version goes live unless it is worse than the live one on the ratings of the test slice that both can "
    "predict, paired by rater: the 95 % interval of the difference in SROCC lies below zero, or that in RMSE above."
)


@dataclass(frozen=True, kw_only=True)
class VerdictPoint:
    """One answer about a version, and what it rests on."""

    question: str
    answer: str
    evidence: str = ""  # the figure with its interval, unit, data and number of cases
    is_thin: bool = False  # whether it rests on few cases


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to think of a version: one sentence, and the points that it is made of."""

    sentence: str
    points: tuple[VerdictPoint, ...]


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """Whether a version is worse than the one that was live, by the rule of promotion, and on what figures."""

    is_worse: bool
    point: VerdictPoint


def verdict_on(*, measured: VersionMetrics, name: str, model_names: Mapping[str, str]) -> Verdict:
    """Judge a version by its figures alone."""
    if measured.personal is None or measured.personal.srocc is None or measured.personal.srocc.value is None:
        nothing = "nothing was measured: no rating of the test slice, which is drawn uniformly, could be predicted"
        step = next_step(measured)
        return Verdict(sentence=f"{name}: {nothing}; {step.answer}.", points=(step,))
    points = [
        goodness(measured),
        audience(measured),
        taste_gain(measured),
        promotion(measured).point,
        beside_simpler(measured, model_names),
        choosing(measured),
        next_step(measured),
    ]
    thin = " (on few cases)" if points[0].is_thin else ""
    said = "; ".join(point.answer for point in points if point.answer)
    return Verdict(sentence=f"{name}{thin}: {said}.", points=tuple(points))


def goodness(measured: VersionMetrics) -> VerdictPoint:
    """Say how well it orders the pictures of raters whom it knows."""
    found = srocc_of(measured)
    value, low = found.value or 0.0, found.low if found.low is not None else 0.0
    if low <= 0:
        answer = "it is not shown to predict better than chance"
    else:
        answer = f"it predicts {'well' if value >= GOOD else 'fairly' if value >= FAIR else 'weakly'}"
    ceiling = measured.noise_ceiling
    reach = f"; a perfect model could reach {number(ceiling.value)}" if ceiling and ceiling.value else ""
    return VerdictPoint(
        question="Is it good?",
        answer=answer,
        evidence=f"SROCC per rater {shown(found)}, {slice_of(measured, found)}{reach}",
        is_thin=is_thin(measured, found),
    )


def audience(measured: VersionMetrics) -> VerdictPoint:
    """Say whether it serves raters whom it has never met as well."""
    found = measured.unseen_raters.srocc if measured.unseen_raters else None
    if found is None or found.value is None:
        return VerdictPoint(question="For whom?", answer="for raters whom it knows; new ones were not measured")
    works = found.low is not None and found.low > 0
    return VerdictPoint(
        question="For whom?",
        answer="for new raters as well" if works else "for raters whom it knows, not for new ones yet",
        evidence=f"SROCC of raters never met {shown(found)}, {slice_of(measured, found)}",
        is_thin=is_thin(measured, found),
    )


def taste_gain(measured: VersionMetrics) -> VerdictPoint:
    """Say whether a taste of one's own pays."""
    answers = ("knowing a rater's taste pays", "knowing a rater's taste does harm", "a gain by taste is not shown")
    return judged(
        "Does taste pay?",
        measured.personal_minus_global,
        answers=answers,
        what="SROCC with taste less without",
        measured=measured,
    )


def promotion(measured: VersionMetrics) -> Promotion:
    """Apply the rule of promotion to the paired differences from the version that was live."""
    question = "Is it better than the live version then?"
    if measured.live is None:
        return Promotion(
            is_worse=error_is_worse(measured),
            point=VerdictPoint(question=question, answer="it is the first to be measured"),
        )
    before, ranks, errors = measured.live.version or "the live one", measured.srocc_minus_live, measured.rmse_minus_live
    is_worse = error_is_worse(measured) or side(ranks) < 0
    is_better = not is_worse and (side(ranks) > 0 or side(errors) < 0)
    answer = (
        f"worse than {before}"
        if is_worse
        else f"better than {before}"
        if is_better
        else f"not shown to differ from {before}"
    )
    figures = [
        f"{what} less that of {before} {shown(found, signed=True)}, {cases(found)}"
        for what, found in (("SROCC", ranks), ("RMSE, in widths of the scale,", errors))
        if found is not None and found.value is not None
    ]
    known = ranks or errors
    point = VerdictPoint(
        question=question,
        answer=answer,
        evidence=f"{'; '.join(figures)}. {RULE}" if figures else RULE,
        is_thin=known is None or is_thin(measured, known),
    )
    return Promotion(is_worse=is_worse, point=point)


def error_is_worse(measured: VersionMetrics) -> bool:
    """Tell whether errors are larger than those of the live version, beyond doubt."""
    return side(measured.rmse_minus_live) > 0


def beside_simpler(measured: VersionMetrics, names: Mapping[str, str]) -> VerdictPoint:
    """Compare it with the best of the simpler models."""
    simpler = {
        name: table.srocc.value
        for name, table in measured.baselines.items()
        if name not in APART and table.srocc is not None and table.srocc.value is not None and name in measured.lead
    }
    question = "Is it better than simpler models?"
    if not simpler:
        return VerdictPoint(question=question, answer="")
    best = max(simpler, key=lambda name: simpler[name])
    called = names.get(best, best)
    answers = (
        f"better than every simpler model, of which “{called}” is the best",
        f"the simpler “{called}” is better",
        f"not shown to be better than the simpler “{called}”",
    )
    what = f"SROCC less that of “{called}”"
    return judged(question, measured.lead[best], answers=answers, what=what, measured=measured)


def choosing(measured: VersionMetrics) -> VerdictPoint:
    """Say whether choosing pictures taught the model more than drawing them, after the most ratings measured."""
    question = "Did choosing pictures pay?"
    if not measured.selection:
        return VerdictPoint(question=question, answer="")
    most = max(measured.selection, key=int)
    answers = ("choosing pictures paid", "choosing pictures did harm", "a gain by choosing pictures is not shown")
    what = f"RMSE saved, in widths of the scale, after {most} ratings of a new rater"
    point = judged(question, measured.selection[most].gain, answers=answers, what=what, measured=measured)
    return replace(point, is_thin=(measured.selection[most].gain.raters or 0) < FEW_RATERS)


def next_step(measured: VersionMetrics) -> VerdictPoint:
    """Say what to do."""
    return VerdictPoint(question="What next?", answer=f"next: {advice(measured)}")


def advice(measured: VersionMetrics) -> str:
    """Find the first thing that stands in the way."""
    found = srocc_of(measured)
    if found.value is None:
        return "collect ratings, of which a share is drawn uniformly, and retrain"
    if is_thin(measured, found):
        return f"collect until {FEW_RATINGS} ratings by {FEW_RATERS} raters are in the test slice before relying on it"
    if promotion(measured).is_worse:
        return "keep the version that was live and look at what it learned from"
    if (found.low or 0.0) <= 0:
        return "collect more ratings of each rater, and check their quality"
    if side(measured.personal_minus_global) <= 0:
        return "collect more ratings of each rater before personalising"
    return "use it, and retrain as ratings come in"


def judged(
    question: str,
    found: MeasuredFigure | None,
    *,
    answers: tuple[str, str, str],
    what: str,
    measured: VersionMetrics,
) -> VerdictPoint:
    """Answer by where a difference's interval lies: above zero, below, or on both sides."""
    if found is None or found.value is None:
        return VerdictPoint(question=question, answer="")
    above, below, open_ = answers
    place = side(found)
    return VerdictPoint(
        question=question,
        answer=above if place > 0 else below if place < 0 else open_,
        evidence=f"{what} {shown(found, signed=True)}, {cases(found)}",
        is_thin=is_thin(measured, found),
    )


def side(found: MeasuredFigure | None) -> int:
    """Tell on which side of zero an interval lies: 1, -1, or 0 where it holds zero or is not known."""
    if found is None or found.low is None or found.high is None:
        return 0
    return (found.low > 0) - (found.high < 0)


def srocc_of(measured: VersionMetrics) -> MeasuredFigure:
    """Give the rank correlation with taste, blank where it was not measured."""
    return (measured.personal.srocc if measured.personal else None) or MeasuredFigure()


def is_thin(measured: VersionMetrics, found: MeasuredFigure) -> bool:
    """Tell whether a figure on the test slice rests on few cases."""
    return is_few(ratings=measured.test_ratings, raters=found.raters or 0)


def is_few(*, ratings: int, raters: int) -> bool:
    """Tell whether so many ratings by so many raters are few cases."""
    return raters < FEW_RATERS or ratings < FEW_RATINGS


def slice_of(measured: VersionMetrics, found: MeasuredFigure) -> str:
    """Name the data that a figure was measured on, and how much of it there is."""
    return f"{measured.test_ratings:,} ratings of this study's test slice, {cases(found)}"


def cases(found: MeasuredFigure) -> str:
    """Say over how many raters a figure is a mean."""
    return "1 rater" if found.raters == 1 else f"{found.raters or 0:,} raters"


def shown(found: MeasuredFigure, *, signed: bool = False) -> str:
    """Write a figure with its interval."""
    if found.low is None or found.high is None:
        return number(found.value, signed=signed)
    ends = f"{number(found.low, signed=signed)} to {number(found.high, signed=signed)}"
    return f"{number(found.value, signed=signed)} ({ends})"


def number(value: float | None, *, signed: bool = False) -> str:
    """Write a figure with three decimals."""
    written = f"{value or 0.0:{'+' if signed else ''}.3f}"
    return written.replace("-", MINUS)
