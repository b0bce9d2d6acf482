"""Say in words what the figures of a model version mean: is it good, for whom, than what, and what to do next."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.sentences import staff_gettext
from scoring.choice_verdicts import choice_promotion, choice_verdict
from scoring.metrics import MeasuredFigure, VersionMetrics
from scoring.verdict_points import (
    FEW_RATERS,
    FEW_RATINGS,
    Promotion,
    Verdict,
    VerdictPoint,
    cases,
    is_few,
    number,
    shown,
    side,
    standing,
)

__all__ = ["Promotion", "Verdict", "VerdictPoint", "cases", "is_few", "shown"]  # used beside the verdict

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GOOD, FAIR = 0.4, 0.2  # SROCC from which a version is said to predict well, and fairly: our choice of words, no test
MODELS: Mapping[str, "StrOrPromise"] = {
    "personal": staff_gettext_lazy("With taste"),
    "global": staff_gettext_lazy("One model for everybody"),
    "live": staff_gettext_lazy("The live model then"),
    "unseen_raters": staff_gettext_lazy("Raters never met"),
    "image-mean": staff_gettext_lazy("Mean of the image"),
    "rater-mean": staff_gettext_lazy("Mean of the rater"),
    "both-biases": staff_gettext_lazy("Both biases"),
    "global-ridge": staff_gettext_lazy("Linear head for everybody"),
    "global-mlp": staff_gettext_lazy("Small network for everybody"),
    "rater-ridge": staff_gettext_lazy("Ridge per rater"),
    "matrix-factorisation": staff_gettext_lazy("Matrix factorisation"),
    "hierarchical-linear": staff_gettext_lazy("Hierarchical linear model"),
    "study-alone": staff_gettext_lazy("This study's ratings alone"),
    "one-utility": staff_gettext_lazy("One utility for everybody"),
}
APART = ("study-alone",)  # of the compared models, the one that is not simpler
RULE = staff_gettext_lazy(
    "Rule: a new version goes live unless it is worse than the live one on the ratings of the test slice that both can "
    "predict, paired by rater: the 95 % interval of the difference in SROCC lies below zero, or that in RMSE above."
)


def verdict_on(*, measured: VersionMetrics, name: str, model_names: "Mapping[str, StrOrPromise]") -> Verdict:
    """Judge a version by its figures alone."""
    if measured.choices is not None:
        return choice_verdict(measured.choices, promotion(measured), name=name, model_names=model_names)
    if measured.personal is None or measured.personal.srocc is None or measured.personal.srocc.value is None:
        nothing = staff_gettext(
            "nothing was measured: no rating of the test slice, which is drawn uniformly, could be predicted"
        )
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
    thin = staff_gettext(" (on few cases)") if points[0].is_thin else ""
    said = "; ".join(point.answer for point in points if point.answer)
    return Verdict(sentence=f"{name}{thin}: {said}.", points=tuple(points))


def goodness(measured: VersionMetrics) -> VerdictPoint:
    """Say how well it orders the pictures of raters whom it knows."""
    found = srocc_of(measured)
    value, low = found.value or 0.0, found.low if found.low is not None else 0.0
    answer = staff_gettext("it is not shown to predict better than chance") if low <= 0 else predicts(value)
    ceiling = measured.noise_ceiling
    evidence = staff_gettext("SROCC per rater {figure}, {slice}").format(
        figure=shown(found), slice=slice_of(measured, found)
    )
    if ceiling and ceiling.value:
        evidence += staff_gettext("; a perfect model could reach {figure}").format(figure=number(ceiling.value))
    return VerdictPoint(
        question=staff_gettext("Is it good?"), answer=answer, evidence=evidence, is_thin=is_thin(measured, found)
    )


def predicts(value: float) -> str:
    """Put a rank correlation above chance into words."""
    if value >= GOOD:
        return staff_gettext("it predicts well")
    return staff_gettext("it predicts fairly") if value >= FAIR else staff_gettext("it predicts weakly")


def audience(measured: VersionMetrics) -> VerdictPoint:
    """Say whether it serves raters whom it has never met as well."""
    question = staff_gettext("For whom?")
    found = measured.unseen_raters.srocc if measured.unseen_raters else None
    if found is None or found.value is None:
        return VerdictPoint(
            question=question, answer=staff_gettext("for raters whom it knows; new ones were not measured")
        )
    works = found.low is not None and found.low > 0
    return VerdictPoint(
        question=question,
        answer=staff_gettext("for new raters as well")
        if works
        else staff_gettext("for raters whom it knows, not for new ones yet"),
        evidence=staff_gettext("SROCC of raters never met {figure}, {slice}").format(
            figure=shown(found), slice=slice_of(measured, found)
        ),
        is_thin=is_thin(measured, found),
    )


def taste_gain(measured: VersionMetrics) -> VerdictPoint:
    """Say whether a taste of one's own pays."""
    answers = (
        staff_gettext("knowing a rater's taste pays"),
        staff_gettext("knowing a rater's taste does harm"),
        staff_gettext("a gain by taste is not shown"),
    )
    return judged(
        staff_gettext("Does taste pay?"),
        measured.personal_minus_global,
        answers=answers,
        what=staff_gettext("SROCC with taste less without"),
        measured=measured,
    )


def promotion(measured: VersionMetrics) -> Promotion:
    """Apply the rule of promotion to the paired differences from the version that was live."""
    if measured.choices is not None:
        return choice_promotion(measured.choices)
    question = staff_gettext("Is it better than the live version then?")
    if measured.live is None:
        return Promotion(
            is_worse=error_is_worse(measured),
            point=VerdictPoint(question=question, answer=staff_gettext("it is the first to be measured")),
        )
    before = measured.live.version or staff_gettext("the live one")
    ranks, errors = measured.srocc_minus_live, measured.rmse_minus_live
    is_worse = error_is_worse(measured) or side(ranks) < 0
    is_better = not is_worse and (side(ranks) > 0 or side(errors) < 0)
    known = ranks or errors
    point = VerdictPoint(
        question=question,
        answer=standing(is_worse=is_worse, is_better=is_better).format(before=before),
        evidence=" ".join([*differences(before=before, ranks=ranks, errors=errors), str(RULE)]),
        is_thin=known is None or is_thin(measured, known),
    )
    return Promotion(is_worse=is_worse, point=point)


def differences(*, before: str, ranks: MeasuredFigure | None, errors: MeasuredFigure | None) -> list[str]:
    """Give the paired differences from the version that was live, in one sentence; none where none was measured."""
    sentences = (
        (staff_gettext("SROCC less that of {before} {figure}, {cases}"), ranks),
        (staff_gettext("RMSE, in widths of the scale, less that of {before} {figure}, {cases}"), errors),
    )
    said = [
        sentence.format(before=before, figure=shown(found, signed=True), cases=cases(found))
        for sentence, found in sentences
        if found is not None and found.value is not None
    ]
    return [f"{'; '.join(said)}."] if said else []


def error_is_worse(measured: VersionMetrics) -> bool:
    """Tell whether errors are larger than those of the live version, beyond doubt."""
    return side(measured.rmse_minus_live) > 0


def beside_simpler(measured: VersionMetrics, names: "Mapping[str, StrOrPromise]") -> VerdictPoint:
    """Compare it with the best of the simpler models."""
    simpler = {
        name: table.srocc.value
        for name, table in measured.baselines.items()
        if name not in APART and table.srocc is not None and table.srocc.value is not None and name in measured.lead
    }
    question = staff_gettext("Is it better than simpler models?")
    if not simpler:
        return VerdictPoint(question=question, answer="")
    best = max(simpler, key=lambda name: simpler[name])
    called = names.get(best, best)
    sentences = (
        staff_gettext("better than every simpler model, of which “{called}” is the best"),
        staff_gettext("the simpler “{called}” is better"),
        staff_gettext("not shown to be better than the simpler “{called}”"),
    )
    above, below, open_ = (sentence.format(called=called) for sentence in sentences)
    what = staff_gettext("SROCC less that of “{called}”").format(called=called)
    return judged(question, measured.lead[best], answers=(above, below, open_), what=what, measured=measured)


def choosing(measured: VersionMetrics) -> VerdictPoint:
    """Say whether choosing pictures taught the model more than drawing them, after the most ratings measured."""
    question = staff_gettext("Did choosing pictures pay?")
    if not measured.selection:
        return VerdictPoint(question=question, answer="")
    most = max(measured.selection, key=int)
    answers = (
        staff_gettext("choosing pictures paid"),
        staff_gettext("choosing pictures did harm"),
        staff_gettext("a gain by choosing pictures is not shown"),
    )
    what = staff_gettext("RMSE saved, in widths of the scale, after {most} ratings of a new rater").format(most=most)
    point = judged(question, measured.selection[most].gain, answers=answers, what=what, measured=measured)
    return replace(point, is_thin=(measured.selection[most].gain.raters or 0) < FEW_RATERS)


def next_step(measured: VersionMetrics) -> VerdictPoint:
    """Say what to do."""
    return VerdictPoint(
        question=staff_gettext("What next?"), answer=staff_gettext("next: {advice}").format(advice=advice(measured))
    )


def advice(measured: VersionMetrics) -> str:
    """Find the first thing that stands in the way."""
    found = srocc_of(measured)
    if found.value is None:
        return staff_gettext("collect ratings, of which a share is drawn uniformly, and retrain")
    if is_thin(measured, found):
        return staff_gettext(
            "collect until {ratings} ratings by {raters} raters are in the test slice before relying on it"
        ).format(ratings=FEW_RATINGS, raters=FEW_RATERS)
    if promotion(measured).is_worse:
        return staff_gettext("keep the version that was live and look at what it learned from")
    if (found.low or 0.0) <= 0:
        return staff_gettext("collect more ratings of each rater, and check their quality")
    if side(measured.personal_minus_global) <= 0:
        return staff_gettext("collect more ratings of each rater before personalising")
    return staff_gettext("use it, and retrain as ratings come in")


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


def srocc_of(measured: VersionMetrics) -> MeasuredFigure:
    """Give the rank correlation with taste, blank where it was not measured."""
    return (measured.personal.srocc if measured.personal else None) or MeasuredFigure()


def is_thin(measured: VersionMetrics, found: MeasuredFigure) -> bool:
    """Tell whether a figure on the test slice rests on few cases."""
    return is_few(ratings=measured.test_ratings, raters=found.raters or 0)


def slice_of(measured: VersionMetrics, found: MeasuredFigure) -> str:
    """Name the data that a figure was measured on, and how much of it there is."""
    return staff_gettext("{ratings} ratings of this study's test slice, {cases}").format(
        ratings=f"{measured.test_ratings:,}", cases=cases(found)
    )
