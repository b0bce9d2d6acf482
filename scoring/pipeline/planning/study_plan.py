"""Find out how many raters, hours and how much money a wanted precision takes, by the study's own settings."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from ratings.choices import StudyState
from ratings.models import Study
from ratings.registry import design_of, practice_of
from ratings.selectors.precision import answer_pace, rater_spread, study_pace
from ratings.sentences import staff_gettext
from ratings.services.jobs.work import JobReport
from ratings.values.study_costs import USUAL_SECONDS, StudyPace
from ratings.values.study_plans import PlanOption, PlanTerms, StudyPlanFigures
from scoring.exceptions import ModelConflictError
from scoring.ml.evaluation.simulated_raters import Trial, expected_interval, simulated_srocc
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.threads import one_thread
from scoring.models import StudyPlan
from scoring.pipeline.planning import made_up
from scoring.pipeline.serving.live import live_model, represented
from scoring.selectors.versions import first_representations
from scoring.services.study_plans import save_plan

NORMAL = 1.96  # standard deviations to either side that hold 95 %
PER_ITEM = (5, 10, 15, 20, 30, 50)
GROUPS, DRAWS = 15, 4  # of simulated raters: each group learns and is judged on other pictures
MOST_PICTURES = 1000  # that raters are simulated on
SIMULATED_ITEMS = 2000
MOST_PER_ITEM = 5000
USUAL_SD = 0.25  # of the scale
CHOICE_SD = 0.5  # of a choice between two alike
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a plan reckons with, and where each figure is from."""

    study: Study
    items: int
    sd: float  # in points, or of a share
    width: float  # of the scale, 1 for shares
    half_width: float
    pace: StudyPace
    rests_on: tuple[str, ...]

    @property
    def is_on_scale(self) -> bool:
        """Tell whether answers are values on a scale."""
        return design_of(self.study).family.is_on_scale

    @property
    def step(self) -> float:
        """Give the step of the scale as a share of it."""
        return self.study.scale_step / self.width if self.is_on_scale else 0.0


@one_thread()
def plan_study(plan: StudyPlan, report: JobReport) -> None:
    """Reckon and simulate every choice, and keep what was found."""
    basis = basis_of(plan.study, plan.wanted)
    report(staff_gettext("simulating raters"), 0.1)
    quotas = quotas_of(basis)
    expected, source = expected_sroccs(basis, quotas)
    report(staff_gettext("simulating pictures"), 0.8)
    wanted = wanted_per_item(basis)
    rng = np.random.default_rng(SEED)
    reached = {count: share_reached(basis, count, rng) for count in sorted({*PER_ITEM, plan.study.target, wanted})}
    options = [option(basis, count, quota, expected, reached) for quota in quotas for count in reached]
    needed = next(one for one in options if one.per_item == wanted and one.per_rater == own_quota(basis))
    save_plan(
        plan=plan,
        figures=StudyPlanFigures(
            sentence=sentence_of(basis, needed),
            half_width=basis.half_width,
            unit="points" if basis.is_on_scale else "of a share",
            items=basis.items,
            item_words=design_of(plan.study).items,
            currency=plan.study.pay_currency,
            options=tuple(options),
            needed=needed,
            rests_on=(*basis.rests_on, *([source] if source else [])),
        ),
    )


def basis_of(study: Study, terms: PlanTerms) -> Basis:
    """Gather what was stated, else what was measured here, else what is usual; and say which."""
    items, about_items = items_of(study, terms)
    sd, about_sd = sd_of(study, terms)
    seconds, about_seconds = seconds_of(study, terms)
    width = study.scale_max - study.scale_min if design_of(study).family.is_on_scale else 1.0
    pays = "" if study.pay_amount is not None else staff_gettext("Cost: the study states no pay (tab Consent).")
    return Basis(
        study=study,
        items=items,
        sd=sd,
        width=width,
        half_width=terms.half_width or 0.1 * width,
        pace=study_pace(study=study, seconds=seconds),
        rests_on=tuple(one for one in (about_items, about_sd, about_seconds, pays) if one),
    )


def items_of(study: Study, terms: PlanTerms) -> tuple[int, str]:
    """Give how many items are reckoned with."""
    design = design_of(study)
    items = staff_gettext(design.items.capitalize())
    if terms.items is not None:
        stated = staff_gettext("{items}: {count}, as stated.")
        return terms.items, stated.format(items=items, count=f"{terms.items:,}")
    there = design.family.wanted_items().filter(study=study).count()
    aside = practice_of(study) if study.state == StudyState.DRAFT else 0
    count = max(there - aside, 1)
    if not aside:
        return count, staff_gettext("{items}: {there} are there.").format(items=items, there=f"{there:,}")
    kept = staff_gettext("{items}: {there} are there less {aside} that will be set aside for practice.")
    return count, kept.format(items=items, there=f"{there:,}", aside=aside)


def sd_of(study: Study, terms: PlanTerms) -> tuple[float, str]:
    """Give how far raters differ about one item."""
    if not design_of(study).family.is_on_scale:
        return CHOICE_SD, staff_gettext(
            "Standard deviation: 0.5, that of a choice between two alike, the largest there is."
        )
    if terms.rater_sd is not None:
        stated = staff_gettext("Standard deviation between raters: {sd} points, as stated.")
        return terms.rater_sd, stated.format(sd=f"{terms.rater_sd:g}")
    found = rater_spread(study=study)
    if found is not None:
        measured = staff_gettext(
            "Standard deviation between raters: {sd} points, measured on {ratings} ratings of {items} pictures of this "
            "study."
        )
        return found.sd, measured.format(sd=f"{found.sd:.2f}", ratings=f"{found.ratings:,}", items=f"{found.items:,}")
    usual = USUAL_SD * (study.scale_max - study.scale_min)
    assumed = staff_gettext(
        "Standard deviation between raters: {sd} points, a quarter of the scale, assumed: run a pilot."
    )
    return usual, assumed.format(sd=f"{usual:g}")


def seconds_of(study: Study, terms: PlanTerms) -> tuple[float, str]:
    """Give how long an answer takes."""
    if terms.seconds is not None:
        stated = staff_gettext("Time: {seconds} s an answer, as stated, and 2 minutes a rater to begin.")
        return terms.seconds, stated.format(seconds=f"{terms.seconds:g}")
    found = answer_pace(study=study)
    if found is not None:
        measured = staff_gettext(
            "Time: {seconds} s an answer, the median of {answers} answers of this study, and 2 minutes a rater to "
            "begin."
        )
        return found.seconds, measured.format(seconds=f"{found.seconds:.1f}", answers=f"{found.answers:,}")
    if study.duration_minutes is not None:
        seconds = max(60.0 * (study.duration_minutes - 2), 60.0) / (study.quota + practice_of(study))
        stated = staff_gettext(
            "Time: {seconds} s an answer, from the {minutes} minutes that the consent states, 2 of them to begin."
        )
        return seconds, stated.format(seconds=f"{seconds:.1f}", minutes=study.duration_minutes)
    assumed = staff_gettext("Time: {seconds} s an answer, assumed, and 2 minutes a rater to begin.")
    return USUAL_SECONDS, assumed.format(seconds=f"{USUAL_SECONDS:g}")


def own_quota(basis: Basis) -> int:
    """Give how many answers the study asks of each rater, of as many as there are."""
    return max(1, min(basis.study.quota, basis.items))


def quotas_of(basis: Basis) -> list[int]:
    """Give the choices of answers per rater: half of the study's, the study's, twice it."""
    own = own_quota(basis)
    return sorted({max(1, own // 2), own, min(2 * own, basis.items)})


def counted_of(basis: Basis, quota: int) -> int:
    """Give how many different items a rater answers about, checks and repeats apart."""
    study = basis.study
    if not basis.is_on_scale:
        return quota
    left = quota - (quota // study.attention_every if study.attention_every else 0)
    return max(1, round(left * (1 - study.repeat_share)))


def wanted_per_item(basis: Basis) -> int:
    """Give the fewest raters of an item for the wanted half-width: 1.96 sd / sqrt(n) <= half-width."""
    count = max(2, ceil((NORMAL * basis.sd / basis.half_width) ** 2 - 1e-9))
    if count > MOST_PER_ITEM:
        raise ModelConflictError(
            staff_gettext("±{half_width} would need {count} raters for each item: allow a wider interval.").format(
                half_width=f"{basis.half_width:g}", count=f"{count:,}"
            )
        )
    return count


def option(
    basis: Basis,
    per_item: int,
    quota: int,
    expected: dict[int, tuple[float, float, float] | None],
    reached: dict[int, float | None],
) -> PlanOption:
    """Reckon one choice."""
    raters = ceil(per_item * basis.items / counted_of(basis, quota))
    hours = basis.pace.hours(raters=raters, per_rater=quota)
    cost = basis.pace.cost(raters=raters, hours=hours)
    srocc = expected[quota] or (None, None, None)
    return PlanOption(
        per_item=per_item,
        per_rater=quota,
        raters=raters,
        answers=raters * quota,
        hours=round(hours, 2),
        cost=None if cost is None else round(cost, 2),
        half_width=round(NORMAL * basis.sd / sqrt(per_item), 4),
        reached=reached[per_item],
        srocc=srocc[0],
        srocc_low=srocc[1],
        srocc_high=srocc[2],
    )


def share_reached(basis: Basis, per_item: int, rng: np.random.Generator) -> float | None:
    """Simulate items and their raters; give the share of items whose own interval is as narrow as wanted."""
    if not basis.is_on_scale:
        return None
    unit = basis.sd / basis.width
    items = max(200, SIMULATED_ITEMS // per_item)
    means = 0.5 + unit * np.sqrt(made_up.PICTURES) * rng.standard_normal((items, 1))
    given = np.clip(means + unit * rng.standard_normal((items, per_item)), 0.0, 1.0)
    given = np.round(given / basis.step) * basis.step * basis.width
    half = NORMAL * given.std(axis=1, ddof=1) / sqrt(per_item)
    return round(float((half <= basis.half_width).mean()), 3)


def expected_sroccs(basis: Basis, quotas: list[int]) -> tuple[dict[int, tuple[float, float, float] | None], str]:
    """Simulate new raters, by the live model where there is one; give SROCC by quota, and where it is from."""
    if not design_of(basis.study).trains:
        return dict.fromkeys(quotas), staff_gettext(
            "SROCC: choices have no scale, on which a model's expected ratings would be ranked."
        )
    rng = np.random.default_rng(SEED)
    model, seen, source = known_or_made_up(basis, rng)
    counts = tuple(sorted({counted_of(basis, quota) for quota in quotas}))
    trial = Trial(counts=counts, draws=DRAWS, step=basis.step)
    found = np.concatenate([simulated_srocc(model, seen, model.prior(), trial, rng) for _ in range(GROUPS)])
    columns = {count: expected_interval(found[:, place]) for place, count in enumerate(counts)}
    rounded = {count: known and tuple(round(one, 3) for one in known) for count, known in columns.items()}
    return {quota: rounded[counted_of(basis, quota)] for quota in quotas}, source  # type: ignore[misc]


def known_or_made_up(basis: Basis, rng: np.random.Generator) -> tuple[RewardModel, RepresentedImages, str]:
    """Give the live model and the study's pictures as it sees them, or both made up."""
    serving = live_model(basis.study)
    rows = first_representations(version=serving.version, limit=MOST_PICTURES) if serving is not None else []
    if serving is not None and rows:
        source = staff_gettext(
            "SROCC: of new raters, from {raters} raters simulated as {version} expects them, on {pictures} of its "
            "pictures."
        ).format(raters=GROUPS * DRAWS, version=serving.version, pictures=f"{len(rows):,}")
        return serving.model, represented(rows), source
    unit = basis.sd / basis.width
    pictures = made_up.made_up_pictures(count=min(max(basis.items, 30), MOST_PICTURES), sd=unit, rng=rng)
    return made_up.made_up_model(sd=unit), pictures, made_up.rests_on()


def sentence_of(basis: Basis, needed: PlanOption) -> str:
    """Say what the wanted precision takes."""
    if basis.is_on_scale:
        sentence = staff_gettext(
            "For ±{half_width} points (95 %) of each {item}'s mean you need {per_item} raters per {item}: {effort}."
        )
    else:
        sentence = staff_gettext(
            "For ±{half_width} (95 %) of a choice's share in each {item} you need {per_item} raters per {item}: "
            "{effort}."
        )
    return sentence.format(
        half_width=f"{basis.half_width:g}",
        item=staff_gettext(design_of(basis.study).item),
        per_item=needed.per_item,
        effort=effort_of(basis, needed),
    )


def effort_of(basis: Basis, needed: PlanOption) -> str:
    """Say what raters do for it, and what that costs."""
    sentence = (
        staff_gettext("{raters} raters with {per_rater} answers each, {hours} hours")
        if needed.cost is None
        else staff_gettext("{raters} raters with {per_rater} answers each, {hours} hours, {cost}")
    )
    return sentence.format(
        raters=f"{needed.raters:,}",
        per_rater=f"{needed.per_rater:,}",
        hours=f"{needed.hours:,.1f}",
        cost="" if needed.cost is None else f"{needed.cost:,.2f} {basis.study.pay_currency}".rstrip(),
    )
