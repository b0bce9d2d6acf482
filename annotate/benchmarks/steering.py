"""Whether steering finds what simulated raters truly like: by ratings given, by rounds spent, in the four modes."""

import base64
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from annotate.benchmarks import charts
from annotate.benchmarks.charts import Band, chart
from annotate.benchmarks.figures import Figure
from scoring.generators.base import ImageRequest
from scoring.generators.sketch_generator import render_sketch
from scoring.models import SteeringMode

if TYPE_CHECKING:
    from scoring.trials.steering import SteeringOutcome, TrialResult, TrialSize

LEVEL = 50  # ratings at which the modes have to be apart
SHOWN_RATERS = 3  # per prompt, in the report
SHOWN_SIDE = 256  # px
UNIT = "sd"  # of the true liking over pictures
WORDS = {
    SteeringMode.SELF: "made for oneself",
    SteeringMode.OTHER: "made for another",
    SteeringMode.GLOBAL: "made for everyone",
    SteeringMode.NONE: "unsteered",
}
COLOURS = dict(zip(SteeringMode, charts.COLOURS, strict=True))
GAPS = (
    (SteeringMode.SELF, SteeringMode.OTHER),
    (SteeringMode.OTHER, SteeringMode.NONE),
    (SteeringMode.SELF, SteeringMode.GLOBAL),
)


def measure(*, say: Callable[[str], None], report: Path | None = None, size: "TrialSize | None" = None) -> list[Figure]:
    """Steer for simulated raters; with a report, also write a page of plots and pictures."""
    from scoring.trials.steering import TrialSize, try_steering

    chosen = size or TrialSize()
    tried = try_steering(chosen, tell=say)
    outcomes = tried.outcomes
    if report is not None:
        report.write_text(page_of(tried, chosen), encoding="utf-8")
    levels = [
        figure_of(f"{WORDS[mode]}, {level} ratings", final(outcomes, mode=mode, level=level))
        for level in chosen.levels
        for mode in SteeringMode
    ]
    gaps = [
        figure_of(f"{WORDS[more]} less {WORDS[less]}, {level} ratings", gap(outcomes, more, less, level))
        for level in chosen.levels
        if level >= LEVEL
        for more, less in GAPS
    ]
    return [*levels, *gaps, *guard_figures(tried)]


def guard_figures(tried: "TrialResult") -> list[Figure]:
    """Say how often the guard of the prompt's subject refuses a picture."""
    shares = {
        "guard refuses, of pictures of the subject": tried.refusal_rates.own,
        "guard catches, of another subject in the domain": tried.refusal_rates.near,
        "guard catches, of a subject in another domain": tried.refusal_rates.far,
    }
    return [Figure(name=name, value=100 * share, unit="%") for name, share in shares.items()]


def figure_of(name: str, likings: Sequence[float]) -> Figure:
    """Give a mean over raters with its interval as a figure."""
    found = interval(likings)
    return Figure(
        name=name, value=found.mean, unit=UNIT, note=f"95 % interval {found.low:.2f} to {found.high:.2f}, over raters"
    )


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean, and where it lies with 95 % confidence."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """Give a mean over raters with its bootstrap interval."""
    from scoring.trials.steering import mean_interval

    mean, low, high = mean_interval(values)
    return Interval(mean=mean, low=low, high=high)


def final(outcomes: "Sequence[SteeringOutcome]", *, mode: SteeringMode, level: int) -> list[float]:
    """Give what each rater truly thinks of the pictures of a mode, on average, in the order of raters."""
    return by_rater(outcomes, mode=mode, level=level, turn=-1)


def by_rater(outcomes: "Sequence[SteeringOutcome]", *, mode: SteeringMode, level: int, turn: int) -> list[float]:
    """Average over the pictures that each rater judged, after some round."""
    return averages((one.rater, one.liking[turn]) for one in outcomes if (one.mode, one.level) == (mode, level))


def averages(values: Iterable[tuple[int, float]]) -> list[float]:
    """Average what belongs to each rater, in the order of raters."""
    found: dict[int, list[float]] = {}
    for rater, value in values:
        found.setdefault(rater, []).append(value)
    return [fmean(found[rater]) for rater in sorted(found)]


def gap(outcomes: "Sequence[SteeringOutcome]", more: SteeringMode, less: SteeringMode, level: int) -> list[float]:
    """Give, for each rater, how much better they like one mode's pictures than another's of the same prompts."""
    found: dict[tuple[int, int], dict[SteeringMode, list[float]]] = {}
    for one in outcomes:
        if one.level == level and one.mode in {more, less}:
            found.setdefault((one.rater, one.prompt), {}).setdefault(one.mode, []).append(one.liking[-1])
    both = ((rater, modes) for (rater, _), modes in found.items() if modes.keys() == {more, less})
    return averages((rater, fmean(modes[more]) - fmean(modes[less])) for rater, modes in both)


def page_of(tried: "TrialResult", size: "TrialSize") -> str:
    """Draw the report."""
    outcomes = tried.outcomes
    shown = LEVEL if LEVEL in size.levels else size.levels[-1]
    by_level = [
        band(WORDS[mode], [final(outcomes, mode=mode, level=level) for level in size.levels]) for mode in SteeringMode
    ]
    by_round = [
        band(
            WORDS[mode],
            [by_rater(outcomes, mode=mode, level=shown, turn=turn) for turn in range(size.iterations + 1)],
        )
        for mode in SteeringMode
    ]
    context = {
        "size": size,
        "shown": shown,
        "charts": [
            chart(
                title="By ratings given", x_name="ratings", labels=[str(level) for level in size.levels], bands=by_level
            ),
            chart(
                title=f"By rounds of rewriting, {shown} ratings given",
                x_name="round",
                labels=[str(turn) for turn in range(size.iterations + 1)],
                bands=by_round,
            ),
        ],
        "cards": [
            (WORDS[mode], interval(final(outcomes, mode=mode, level=shown)), COLOURS[mode]) for mode in SteeringMode
        ],
        "gaps": [(WORDS[more], WORDS[less], interval(gap(outcomes, more, less, shown))) for more, less in GAPS],
        "guard": [f"{figure.value:.0f} %" for figure in guard_figures(tried)],
        "prompts": picture_rows([one for one in outcomes if one.level == shown], size),
        "modes": [WORDS[mode] for mode in SteeringMode],
    }
    return render_to_string("reports/steering.html", context)


def band(name: str, columns: Sequence[Sequence[float]]) -> Band:
    """Give a line with its intervals."""
    found = [interval(column) for column in columns]
    return Band(
        name=name,
        mean=[one.mean for one in found],
        low=[one.low for one in found],
        high=[one.high for one in found],
    )


def picture_rows(outcomes: "Sequence[SteeringOutcome]", size: "TrialSize") -> list[dict[str, Any]]:
    """Give, for the first raters of each prompt, the four pictures and how well they are truly liked."""
    prompts = []
    for prompt in sorted({one.prompt for one in outcomes}):
        here = [one for one in outcomes if one.prompt == prompt]
        raters = sorted({one.rater for one in here if one.mode == SteeringMode.SELF})[:SHOWN_RATERS]
        rows = [{"rater": rater + 1, "cells": cells_of(here, rater, size)} for rater in raters]
        prompts.append({"prompt": next(one.best for one in here if one.mode == SteeringMode.NONE), "rows": rows})
    return prompts


def cells_of(outcomes: "Sequence[SteeringOutcome]", rater: int, size: "TrialSize") -> list[dict[str, Any]]:
    """Give a rater's four pictures, and mark the one that they truly like best."""
    mine: dict[SteeringMode, SteeringOutcome] = {}
    for one in outcomes:
        if one.rater == rater:
            mine.setdefault(one.mode, one)  # of those made for others, the first
    best = max(one.liking[-1] for one in mine.values())
    return [
        {
            "source": picture_uri(mine[mode].best, size.seed),
            "prompt": mine[mode].best,
            "liking": mine[mode].liking[-1],
            "is_best": mine[mode].liking[-1] == best,
        }
        for mode in SteeringMode
    ]


def picture_uri(prompt: str, seed: int) -> str:
    """Draw a picture into the page itself."""
    picture = render_sketch(ImageRequest(prompt=prompt, seed=seed, width=SHOWN_SIDE, height=SHOWN_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
