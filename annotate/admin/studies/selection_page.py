"""The selection page of a study: which policy served what, and what choosing brought."""

from collections.abc import Mapping
from typing import Any

from annotate.admin.learn.version_metrics import DASH, Measure, interval_series, measure
from annotate.admin.parts.base import whole
from annotate.admin.parts.plots import Plot
from ratings.choices import Policy
from ratings.models import Study
from ratings.selectors.overview import Served, served_by_policy
from scoring.models import ModelVersion
from scoring.selectors.overview import newest_measured

COLUMNS = ("Policy", "Handed out", "Share", "Rated", "Skipped", "Given back", "In hands", "Waiting", "Propensity")
GAIN_HEADERS = ("Ratings", "Chosen", "Drawn at random", "Lower by", "Raters")


def selection_context(*, study: Study) -> dict[str, Any]:
    """Give the tables and the plot of the page."""
    served = served_by_policy(study=study)
    version = newest_measured(study_id=study.pk, metric="selection")
    curve = version.metrics["selection"] if version else {}
    return {
        "served": {"headers": list(COLUMNS), "rows": [served_row(one, served) for one in served]},
        "version": version,
        "gains": {"headers": list(GAIN_HEADERS), "rows": gain_rows(curve)},
        "plots": [learning_plot(version=version, curve=curve)] if version else [],
    }


def served_row(one: Served, served: list[Served]) -> list[str]:
    """Give a policy's figures."""
    total = sum(other.handed_out for other in served)
    counts = (one.rated, one.skipped, one.returned, one.held, one.waiting)
    return [
        Policy(one.policy).label,
        whole(one.handed_out),
        f"{one.handed_out / total:.0%}" if total else DASH,
        *(whole(count) for count in counts),
        DASH if one.propensity is None else f"{one.propensity:.2g}",
    ]


def points(curve: Mapping[str, Mapping[str, Any]], arm: str) -> list[Measure]:
    """Give one arm of the curve, by number of ratings."""
    return [measure(curve[shots][arm]) for shots in sorted(curve, key=int)]


def gain_rows(curve: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Give both errors and their difference for each number of ratings."""
    shots = sorted(curve, key=int)
    arms = (points(curve, arm) for arm in ("chosen", "drawn", "gain"))
    return [
        [count, *(str(found) for found in row), whole(curve[count]["gain"].get("raters", 0))]
        for count, *row in zip(shots, *arms, strict=True)
    ]


def learning_plot(*, version: ModelVersion, curve: Mapping[str, Mapping[str, Any]]) -> Plot:
    """Plot how fast new raters are learned from chosen images and from random ones."""
    return Plot(
        key="selection",
        title="Learning from chosen images and from random ones",
        x_name="ratings known",
        labels=sorted(curve, key=int),
        series=[
            interval_series(name="chosen by the model", found=points(curve, "chosen")),
            interval_series(name="drawn at random", found=points(curve, "drawn")),
        ],
        kind="line",
        note=f"RMSE of {version} on the test slice of raters it has never met; lower is better.",
    )
