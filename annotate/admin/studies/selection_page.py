"""The selection page of a study: which policy served what, and what choosing brought."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from annotate.admin.learn.version_metrics import interval_series, measure
from annotate.admin.parts.base import whole
from annotate.admin.parts.plots import Plot
from annotate.admin.parts.signs import DASH
from ratings.choices import Policy
from ratings.models import Study
from ratings.selectors.overview import served_by_policy
from ratings.values.study_counts import Served
from scoring.metrics import SelectionPoint
from scoring.models import ModelVersion
from scoring.selectors.overview import newest_with_selection

COLUMNS = (
    gettext_lazy("Policy"),
    gettext_lazy("Handed out"),
    gettext_lazy("Share"),
    gettext_lazy("Rated"),
    gettext_lazy("Skipped"),
    gettext_lazy("Given back"),
    gettext_lazy("In hands"),
    gettext_lazy("Waiting"),
    gettext_lazy("Propensity"),
)
Curve = Mapping[str, SelectionPoint]
GAIN_HEADERS = (
    gettext_lazy("Ratings"),
    gettext_lazy("Chosen"),
    gettext_lazy("Drawn at random"),
    gettext_lazy("Lower by"),
    gettext_lazy("Raters"),
)


def selection_context(*, study: Study) -> dict[str, Any]:
    """Give the tables and the plot of the page."""
    served = served_by_policy(study=study)
    version = newest_with_selection(study_id=study.pk)
    curve = version.measured.selection if version else {}
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
        str(Policy(one.policy).label),
        whole(one.handed_out),
        f"{one.handed_out / total:.0%}" if total else DASH,
        *(whole(count) for count in counts),
        DASH if one.propensity is None else f"{one.propensity:.2g}",
    ]


def in_order(curve: Curve) -> list[SelectionPoint]:
    """Give the points by the number of ratings."""
    return [curve[shots] for shots in sorted(curve, key=int)]


def gain_rows(curve: Curve) -> list[list[str]]:
    """Give both errors and their difference for each number of ratings."""
    return [
        [count, *(str(measure(one)) for one in (at.chosen, at.drawn, at.gain)), whole(at.gain.raters or 0)]
        for count, at in zip(sorted(curve, key=int), in_order(curve), strict=True)
    ]


def learning_plot(*, version: ModelVersion, curve: Curve) -> Plot:
    """Plot how fast new raters are learned from chosen images and from random ones."""
    return Plot(
        key="selection",
        title=gettext("Learning from chosen images and from random ones"),
        x_name=gettext("ratings known"),
        labels=sorted(curve, key=int),
        series=[
            interval_series(name=gettext("chosen by the model"), found=[measure(at.chosen) for at in in_order(curve)]),
            interval_series(name=gettext("drawn at random"), found=[measure(at.drawn) for at in in_order(curve)]),
        ],
        kind="line",
        note=gettext("RMSE of {version} on the test slice of raters it has never met; lower is better.").format(
            version=version
        ),
    )
