"""Read a version's metrics as tables and plots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext, gettext_lazy, ngettext

from annotate.admin.parts.base import whole
from annotate.admin.parts.plots import Plot, Series
from annotate.admin.parts.signs import DASH, decimal
from annotate.admin.parts.tables import FigureTable
from scoring.metrics import MeasuredFigure, ModelFigures
from scoring.models import ModelVersion
from scoring.verdicts import MODELS, srocc_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COLUMNS: "dict[str, StrOrPromise]" = {
    "srocc": "SROCC",
    "plcc": "PLCC",
    "pairwise_accuracy": gettext_lazy("Pairwise accuracy"),
    "prompt_accuracy": gettext_lazy("Within a prompt"),
    "rmse": "RMSE",
    "nll": "NLL",
    "coverage_80": gettext_lazy("In 80 %"),
    "mean_opinion_srocc": gettext_lazy("Mean opinion"),
}
SHORT = {
    "personal": gettext_lazy("With taste"),
    "global": gettext_lazy("Without taste"),
    "global-ridge": gettext_lazy("Linear head"),
    "global-mlp": gettext_lazy("Small network"),
    "matrix-factorisation": gettext_lazy("Factorisation"),
    "hierarchical-linear": gettext_lazy("Hierarchical"),
    "study-alone": gettext_lazy("Study alone"),
}
OTHER_ENDS = ("live", "unseen_raters")  # not learned from the same ratings
LEAST_SHARE, MOST_PARTS = 0.01, 8  # of what carries a prediction; less, and more, is not shown
COVERAGES = (50, 80, 95)
METRICS_NOTE = gettext_lazy(
    "Means over raters on the test slice, which no model is trained on, with 95 % bootstrap intervals. NLL is the "
    "negative log-likelihood, Within a prompt the share of pairs of one prompt's pictures in the right order (what "
    "steering rests on), In 80 % the share of ratings inside 80 % intervals, Mean opinion the SROCC with the "
    "images' mean rating, Lead how far taste is ahead in SROCC, paired by rater. Under each figure: of how many cases."
)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A mean over raters with its interval, where it could be measured."""

    value: float | None
    low: float | None = None
    high: float | None = None
    count: str = ""  # of what it is a mean, where a table names it for every figure
    template: ClassVar[str] = "admin/cells/measure.html"

    @property
    def number(self) -> str:
        """Write the value."""
        return DASH if self.value is None else decimal(self.value, 3)

    @property
    def interval(self) -> str:
        """Write where the interval ends, where there is one."""
        if self.value is None or self.low is None or self.high is None:
            return ""
        low, high = (decimal(end, 3) for end in (self.low, self.high))
        return gettext("{low} to {high}").format(low=low, high=high)

    def __str__(self) -> str:
        """Write the value, and the interval after it."""
        return f"{self.number} ({self.interval})" if self.interval else self.number


def measure(found: MeasuredFigure | None) -> Measure:
    """Read a figure; what is not there could not be measured."""
    return Measure(value=None) if found is None else Measure(value=found.value, low=found.low, high=found.high)


def counted_measure(found: MeasuredFigure | None) -> Measure:
    """Read a figure with the number of cases that it rests on."""
    shown = measure(found)
    return shown if found is None or shown.value is None else replace(shown, count=count_of(found))


def count_of(found: MeasuredFigure) -> str:
    """Name the cases behind a figure: raters, images, pairs, as far as they are known."""
    raters, images, pairs = (count or 0 for count in (found.raters, found.images, found.pairs))
    named = (
        (found.raters, ngettext("{count} rater", "{count} raters", raters)),
        (found.images, ngettext("{count} image", "{count} images", images)),
        (found.pairs, ngettext("{count} pair", "{count} pairs", pairs)),
    )
    return ", ".join(words.format(count=whole(count)) for count, words in named if count is not None)


def model_tables(*, version: ModelVersion) -> dict[str, ModelFigures]:
    """Give the figures of each model that was compared, this version's first."""
    tables = version.measured.tables
    return dict(sorted(tables.items(), key=lambda item: list(MODELS).index(item[0]) if item[0] in MODELS else 99))


def model_name(name: str) -> str:
    """Give the name of a compared model in words."""
    return str(MODELS.get(name, name.replace("_", " ").replace("-", " ").capitalize()))


def metric_table(*, version: ModelVersion) -> FigureTable[Measure]:
    """Give each compared model's metrics, and how far taste is ahead of it."""
    tables, leads = model_tables(version=version), version.measured.lead
    known = {name for table in tables.values() for name in COLUMNS if getattr(table, name) is not None}
    columns = {name: label for name, label in COLUMNS.items() if name in known}
    rows = []
    for name, table in tables.items():
        lead = [counted_measure(leads.get(name))] if leads else []
        rows.append((model_name(name), [*(counted_measure(getattr(table, column)) for column in columns), *lead]))
    names = [gettext("Model"), *columns.values(), *([gettext("Lead")] if leads else [])]
    return FigureTable(title=gettext("All figures"), note=METRICS_NOTE, columns=names, rows=rows, kind="models")


def metric_file(table: FigureTable[Measure]) -> tuple[list[str], list[list[Any]]]:
    """Give names and rows of the table as a file, values and ends of intervals side by side."""
    ends = [f"{column}{end}" for column in table.columns[1:] for end in ("", " low", " high", " n")]
    return [gettext("Model"), *ends], [
        [name, *(number for one in cells for number in (one.value, one.low, one.high, one.count))]
        for name, cells in table.rows
    ]


def headline_measure(*, version: ModelVersion, model: str = "personal", metric: str = "srocc") -> Measure:
    """Give one figure of a version."""
    return measure(getattr(version.measured.tables.get(model), metric, None))


def source_table(*, version: ModelVersion) -> FigureTable[str]:
    """List what a version learned from, the study's own ratings first."""
    rows = [
        (
            source.name or gettext("This study"),
            [whole(source.ratings), f"{source.share:.0%}", f"{source.weight_share:.0%}"],
        )
        for source in version.measured.sources
    ]
    note = gettext("Ratings by source; their weight in the fit is bounded so that no set outweighs the study.")
    return FigureTable(
        title=gettext("Learned from"),
        note=note,
        columns=[gettext("Source"), gettext("Ratings"), gettext("Of all ratings"), gettext("Of all weight")],
        rows=rows,
    )


def learned_ratings(*, version: ModelVersion) -> int:
    """Count the ratings that a version learned from, of all sources, or its choices."""
    measured = version.measured
    return (
        measured.choices.learned
        if measured.choices is not None
        else sum(source.ratings for source in version.measured.sources)
    )


def gain(*, version: ModelVersion) -> Measure:
    """Give what the taste adds to the SROCC, paired by rater."""
    return measure(version.measured.personal_minus_global)


def version_plots(*, version: ModelVersion, versions: Sequence[ModelVersion]) -> list[Plot]:
    """Give the plots of the page of a version that learned from ratings."""
    plots = [
        quality_plot(versions=versions),
        comparison_plot(version=version),
        k_shot_plot(version=version),
        calibration_plot(version=version),
        coverage_by_count_plot(version=version),
        parts_plot(version=version),
        curve_plot(version=version),
    ]
    return [plot for plot in plots if plot is not None]


def test_slice(*, version: ModelVersion) -> str:
    """Say how large the slice is that a version was tested on."""
    count = version.measured.test_ratings
    words = ngettext(
        "Test slice: {count} rating never trained on", "Test slice: {count} ratings never trained on", count
    )
    raters = count_of(srocc_of(version.measured))
    return f"{words.format(count=whole(count))}{f' ({raters})' if raters else ''}."


def of_cases(found: MeasuredFigure | None) -> str:
    """Say of how many raters, images or pairs a figure is."""
    cases = count_of(found) if found is not None else ""
    return gettext("Over {cases}.").format(cases=cases) if cases else ""


def comparison_plot(*, version: ModelVersion) -> Plot | None:
    """Plot this model's SROCC beside the others'."""
    tables = {name: table for name, table in model_tables(version=version).items() if name not in OTHER_ENDS}
    found = {name: measure(table.srocc) for name, table in tables.items()}
    if len(found) <= len(("personal", "global")):
        return None
    order = sorted(found, key=lambda name: found[name].value or 0.0, reverse=True)
    return Plot(
        key="comparison",
        title=gettext("Beside simpler models"),
        x_name="",
        labels=[str(SHORT.get(name, model_name(name))) for name in order],
        series=[interval_series(name="SROCC", found=[found[name] for name in order])],
        kind="rows",
        note=with_cases(
            gettext("SROCC per rater on the test slice, all learned from the same ratings."),
            test_slice(version=version),
        ),
    )


def with_cases(note: str, cases: str) -> str:
    """Put after a note how many cases a plot is of."""
    return f"{note} {cases}".strip()


def interval_series(*, name: str, found: Sequence[Measure]) -> Series:
    """Give measures as a series with its intervals."""
    return Series(
        name=name,
        values=[one.value for one in found],
        low=[one.low for one in found],
        high=[one.high for one in found],
    )


def ceiling_series(*, version: ModelVersion, length: int) -> list[Series]:
    """Give the noise ceiling as a dashed line, where images were rated twice."""
    ceiling = measure(version.measured.noise_ceiling).value
    if ceiling is None:
        return []
    return [Series(name=gettext("noise ceiling, from repeats"), values=[ceiling] * length, dashed=True)]


def parts_plot(*, version: ModelVersion) -> Plot | None:
    """Plot what carries predictions."""
    shares = version.measured.parts
    shown = [part for part in shares if abs(shares[part]) >= LEAST_SHARE][:MOST_PARTS]
    if not shown:
        return None
    return Plot(
        key="parts",
        title=gettext("What carries a prediction"),
        x_name="",
        labels=[part.replace(":", ",").capitalize() for part in shown],
        series=[Series(name=gettext("share"), values=[shares[part] for part in shown])],
        kind="rows",
        note=with_cases(
            gettext("Each part's share of how predictions differ on the test slice; all together make one."),
            test_slice(version=version),
        ),
    )


def curve_plot(*, version: ModelVersion) -> Plot | None:
    """Plot how the fit went, where it went in steps."""
    curve = version.measured.training_curve
    if not curve:
        return None
    return Plot(
        key="training",
        title=gettext("Training curve"),
        x_name=gettext("step"),
        labels=[look[0] for look in curve],
        series=[Series(name=gettext("loss"), values=[look[-1] for look in curve])],
        kind="line",
        note=with_cases(
            gettext("Of the network, in nats per threshold of the scale, on images set aside; lower is better."),
            gettext("Fitted to {count} ratings.").format(count=whole(learned_ratings(version=version))),
        ),
    )


def quality_plot(*, versions: Sequence[ModelVersion]) -> Plot:
    """Plot the SROCC of a study's versions, with and without taste."""
    series = [versions_series(versions=versions, model="personal"), versions_series(versions=versions, model="global")]
    return Plot(
        key="quality",
        title=gettext("Quality over versions"),
        x_name=gettext("version"),
        labels=[f"{version} ({whole(version.measured.test_ratings)})" for version in versions],
        series=series,
        kind="points",
        note=gettext(
            "SROCC per rater with 95 % intervals, each version on the test slice of its own time: points on different "
            "slices are not joined. In brackets: the ratings of each slice. Which of two is better is judged on what "
            "both can predict."
        ),
    )


def versions_series(*, versions: Sequence[ModelVersion], model: str) -> Series:
    """Give one model's SROCC over versions."""
    found = [headline_measure(version=version, model=model) for version in versions]
    return interval_series(name=model_name(model), found=found)


def calibration_points(*, version: ModelVersion) -> list[tuple[float, Measure]]:
    """Give, by the level of an interval, the share of ratings that fell inside."""
    curve = version.measured.calibration
    if curve:
        return [(point.level, measure(point.inside)) for point in curve]
    return [(share / 100, headline_measure(version=version, metric=f"coverage_{share}")) for share in COVERAGES]


def calibration_plot(*, version: ModelVersion) -> Plot:
    """Plot how many ratings fall into the intervals that the model gave."""
    points = calibration_points(version=version)
    return Plot(
        key="calibration",
        title=gettext("Calibration"),
        x_name=gettext("interval"),
        labels=[f"{level:.0%}" for level, _ in points],
        series=[
            interval_series(name=gettext("ratings inside"), found=[found for _, found in points]),
            Series(name=gettext("ideal"), values=[level for level, _ in points], dashed=True),
        ],
        kind="line",
        note=with_cases(
            gettext("Share of ratings inside the predicted intervals; ideal on the dashed line."),
            test_slice(version=version),
        ),
        y_range=(0, 1),
    )


def k_shot_plot(*, version: ModelVersion) -> Plot | None:
    """Plot quality against the number of ratings known of a new rater, if it was measured."""
    curve = version.measured.k_shot
    if not curve:
        return None
    points = [(int(k), measure(curve[k].srocc)) for k in sorted(curve, key=int)]
    return Plot(
        key="k-shot",
        title=gettext("New raters"),
        x_name=gettext("ratings known"),
        labels=[k for k, _ in points],
        series=[
            interval_series(name="SROCC", found=[one for _, one in points]),
            *ceiling_series(version=version, length=len(points)),
        ],
        kind="line",
        note=with_cases(
            gettext("How fast the model learns somebody it has never met."),
            of_cases(curve[min(curve, key=int)].srocc),
        ),
    )


def coverage_by_count_plot(*, version: ModelVersion) -> Plot | None:
    """Plot how many ratings fall into predicted intervals by the number of ratings known of a new rater."""
    curve = {int(k): table for k, table in version.measured.k_shot.items() if table.coverage_80 is not None}
    if not curve:
        return None
    counts = sorted(curve)
    found = {share: [measure(getattr(curve[k], f"coverage_{share}")) for k in counts] for share in COVERAGES}
    ideal = [Series(name=f"{share} %", values=[share / 100] * len(counts), dashed=True) for share in COVERAGES]
    return Plot(
        key="coverage-by-count",
        title=gettext("Calibration for new raters"),
        x_name=gettext("ratings known"),
        labels=counts,
        series=[
            *(
                interval_series(name=gettext("in {share} %").format(share=share), found=found[share])
                for share in COVERAGES
            ),
            *ideal,
        ],
        kind="line",
        note=with_cases(
            gettext("Share of ratings inside the predicted intervals, by ratings known; ideal on the dashed lines."),
            of_cases(curve[counts[0]].coverage_80),
        ),
        y_range=(0, 1),
    )
