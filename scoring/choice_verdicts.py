"""Say in words what the figures of a version mean that learned from choices alone, in their own unit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.sentences import staff_gettext
from scoring.metrics import ChoiceMetrics, MeasuredFigure
from scoring.verdict_points import (
    FEW_RATERS,
    FEW_RATINGS,
    Promotion,
    Verdict,
    VerdictPoint,
    cases,
    is_few,
    shown,
    side,
    standing,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHANCE = 0.5  # share of choices between two pictures that a coin is right about
CHOICE_RULE = staff_gettext_lazy(
    "Rule: a new version goes live unless it is worse than the live one on the choices kept out that both can predict, "
    "paired by rater: the 95 % interval of the difference in log likelihood lies below zero."
)


def choice_verdict(
    found: ChoiceMetrics, promoted: Promotion, *, name: str, model_names: "Mapping[str, StrOrPromise]"
) -> Verdict:
    """Judge a version by its figures on choices alone."""
    step = next_choice_step(found, promoted)
    accuracy = accuracy_of(found)
    if accuracy.value is None:
        nothing = staff_gettext("nothing was measured: no choice was kept out that the model could predict")
        return Verdict(sentence=f"{name}: {nothing}; {step.answer}.", points=(step,))
    called = str(model_names.get("one-utility", "one-utility"))
    points = (
        choice_goodness(found, accuracy),
        choice_lead(
            found,
            "global",
            question=staff_gettext("Does taste pay?"),
            answers=(
                staff_gettext("knowing a rater's taste pays"),
                staff_gettext("knowing a rater's taste does harm"),
                staff_gettext("a gain by taste is not shown"),
            ),
        ),
        promoted.point,
        choice_lead(
            found,
            "one-utility",
            question=staff_gettext("Is it better than simpler models?"),
            answers=(
                staff_gettext("better than the simpler “{called}”").format(called=called),
                staff_gettext("the simpler “{called}” is better").format(called=called),
                staff_gettext("not shown to be better than the simpler “{called}”").format(called=called),
            ),
        ),
        step,
    )
    thin = staff_gettext(" (on few cases)") if points[0].is_thin else ""
    said = "; ".join(point.answer for point in points if point.answer)
    return Verdict(sentence=f"{name}{thin}: {said}.", points=points)


def accuracy_of(found: ChoiceMetrics) -> MeasuredFigure:
    """Give how often it is right about a choice between two, blank where it was not measured."""
    return (found.personal.accuracy if found.personal else None) or MeasuredFigure()


def choice_goodness(found: ChoiceMetrics, accuracy: MeasuredFigure) -> VerdictPoint:
    """Say how often it is right."""
    is_shown = accuracy.low is not None and accuracy.low > CHANCE
    share = f"{accuracy.value or 0.0:.0%}"
    return VerdictPoint(
        question=staff_gettext("Is it good?"),
        answer=staff_gettext("it is right about {share} of choices between two pictures").format(share=share)
        if is_shown
        else staff_gettext("it is not shown to predict better than chance"),
        evidence=staff_gettext(
            "Share of choices between two pictures, per rater {figure}, where chance is {chance}: {games} of them in "
            "{choices} answers kept out, {cases}"
        ).format(
            figure=shown(accuracy),
            chance=f"{CHANCE:.3f}",
            games=f"{found.test_games:,}",
            choices=f"{found.test_choices:,}",
            cases=cases(accuracy),
        ),
        is_thin=is_few(ratings=found.test_games, raters=accuracy.raters or 0),
    )


def choice_lead(found: ChoiceMetrics, other: str, *, question: str, answers: tuple[str, str, str]) -> VerdictPoint:
    """Answer by where the lead over another model lies: above zero, below, or on both sides."""
    lead = found.lead.get(other)
    if lead is None or lead.value is None:
        return VerdictPoint(question=question, answer="")
    above, below, open_ = answers
    place = side(lead)
    return VerdictPoint(
        question=question,
        answer=above if place > 0 else below if place < 0 else open_,
        evidence=difference_of(lead),
        is_thin=is_few(ratings=found.test_games, raters=lead.raters or 0),
    )


def difference_of(lead: MeasuredFigure) -> str:
    """Write a difference in log likelihood with its unit."""
    return staff_gettext(
        "Log likelihood less the other's, in nats per choice between two pictures, {figure}, {cases}"
    ).format(figure=shown(lead, signed=True), cases=cases(lead))


def choice_promotion(found: ChoiceMetrics) -> Promotion:
    """Apply the rule of promotion to the paired difference from the version that was live."""
    question = staff_gettext("Is it better than the live version then?")
    lead = found.lead.get("live")
    if lead is None:
        first = staff_gettext("it is the first to be measured")
        return Promotion(is_worse=False, point=VerdictPoint(question=question, answer=first))
    before = found.live_version or staff_gettext("the live one")
    point = VerdictPoint(
        question=question,
        answer=standing(is_worse=side(lead) < 0, is_better=side(lead) > 0).format(before=before),
        evidence=f"{difference_of(lead)}. {CHOICE_RULE}",
        is_thin=is_few(ratings=found.test_games, raters=lead.raters or 0),
    )
    return Promotion(is_worse=side(lead) < 0, point=point)


def next_choice_step(found: ChoiceMetrics, promoted: Promotion) -> VerdictPoint:
    """Say what to do."""
    advice = choice_advice(found, promoted)
    return VerdictPoint(
        question=staff_gettext("What next?"), answer=staff_gettext("next: {advice}").format(advice=advice)
    )


def choice_advice(found: ChoiceMetrics, promoted: Promotion) -> str:
    """Find the first thing that stands in the way."""
    accuracy = accuracy_of(found)
    if accuracy.value is None or is_few(ratings=found.test_games, raters=accuracy.raters or 0):
        return staff_gettext(
            "collect choices until {games} by {raters} raters are kept out before relying on it"
        ).format(games=FEW_RATINGS, raters=FEW_RATERS)
    if promoted.is_worse:
        return staff_gettext("keep the version that was live and look at what it learned from")
    if side(found.lead.get("global")) <= 0:
        return staff_gettext("collect more choices of each rater before personalising")
    return staff_gettext("use it, and retrain as choices come in")
