"""Plots that are data first: drawn by the admin's charts, downloaded as CSV or JSON."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from annotate.downloads import logged
from ratings.values.texts import without_formula

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Value = float | int | None
COLOURS = (
    "var(--color-primary-600)",
    "var(--color-base-400)",
    "rgb(37, 99, 235)",
    "rgb(13, 148, 136)",
    "rgb(147, 51, 234)",
    "rgb(202, 138, 4)",
)
AXIS = "#8a8178"
FILE_FORMATS = ("csv", "json")
POINTED = ("line", "points")  # kinds whose values are points, joined or not


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or set of bars, with the ends of its intervals where there are any."""

    name: str
    values: Sequence[Value]
    low: Sequence[Value] = ()
    high: Sequence[Value] = ()
    dashed: Literal[True, False] = False


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Labels along x and one or more series over them."""

    key: str
    title: "StrOrPromise"
    x_name: "StrOrPromise"
    labels: Sequence[str | float | int]
    series: Sequence[Series]
    kind: Literal["bar", "line", "points", "rows"] = (
        "bar"  # points: not joined; rows: lying bars, for labels of several words
    )
    note: "StrOrPromise" = ""
    y_range: tuple[float, float] | None = None
    links: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)

    @property
    def counts(self) -> bool:
        """Tell whether every value is a whole number."""
        values = [value for series in self.series for value in series.values if value is not None]
        return all(isinstance(value, int) for value in values)

    @property
    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Give the plot as a header and rows."""
        columns: list[tuple[str, Sequence[Any]]] = [(str(self.x_name), self.labels)]
        for series in self.series:
            columns.append((series.name, series.values))
            if series.low:
                columns += [
                    (gettext("{series} low").format(series=series.name), series.low),
                    (gettext("{series} high").format(series=series.name), series.high),
                ]
        return [name for name, _ in columns], [
            list(row) for row in zip(*(column for _, column in columns), strict=True)
        ]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Give name and colour of each series where there are several."""
        names = [series.name for series in self.series]
        return list(zip(names, cycle(COLOURS))) if len(names) > 1 else []

    @property
    def data(self) -> str:
        """Give the datasets as Chart.js takes them."""
        datasets: list[dict[str, Any]] = []
        for index, series in enumerate(self.series):
            colour = COLOURS[index % len(COLOURS)]
            datasets.append(self._drawn(series=series, colour=colour))
            if series.low:
                datasets.append(_interval(series=series, colour=colour))
        return json.dumps({"labels": list(self.labels), "datasets": datasets}, cls=DjangoJSONEncoder)

    @property
    def options(self) -> str:
        """Give the options of the chart."""
        y_axis: dict[str, Any] = {"border": {"display": False}, "ticks": {"color": AXIS, "maxTicksLimit": 5}}
        y_axis |= {"beginAtZero": self.kind not in POINTED}
        if self.counts:
            y_axis["ticks"] |= {"precision": 0}  # there is no half of a rating
        if self.y_range:
            y_axis |= {"min": self.y_range[0], "max": self.y_range[1]}
        return json.dumps(
            {
                "animation": False,
                "responsive": True,
                "maintainAspectRatio": False,
                "interaction": {"mode": "index", "intersect": False},
                "plugins": {"legend": {"display": False}},
                **({"indexAxis": "y"} if self.kind == "rows" else {}),
                "scales": self._placed(across=_x_axis(name=str(self.x_name)), up=y_axis),
            },
            cls=DjangoJSONEncoder,
        )

    def _placed(self, *, across: dict[str, Any], up: dict[str, Any]) -> dict[str, Any]:
        """Give the axes their places; where bars lie, the labels stand at the side and none is left out."""
        if self.kind != "rows":
            return {"x": across, "y": up}
        return {"x": up, "y": {**across, "ticks": {**across["ticks"], "autoSkip": False}}}

    def _drawn(self, *, series: Series, colour: str) -> dict[str, Any]:
        """Give one series as a Chart.js dataset."""
        drawn = {"label": series.name, "data": list(series.values), "borderColor": colour, "backgroundColor": colour}
        if self.kind not in POINTED:
            return drawn | {"type": "bar", "borderRadius": 3, "maxBarThickness": 36, "categoryPercentage": 0.86}
        points = 0 if series.dashed else 3
        return drawn | {
            "type": "line",
            "tension": 0.25,
            "borderWidth": 2,
            "pointRadius": points,
            "borderDash": [5, 4] if series.dashed else [],
            "spanGaps": True,
            "showLine": self.kind == "line",
        }


def _interval(*, series: Series, colour: str) -> dict[str, Any]:
    """Give the intervals of a series as thin bars from end to end."""
    ends = [None if low is None else [low, high] for low, high in zip(series.low, series.high, strict=True)]
    thin = {"type": "bar", "barThickness": 3, "grouped": False, "borderRadius": 2}
    return {
        "label": gettext("{series}: interval").format(series=series.name),
        "data": ends,
        "backgroundColor": colour,
        **thin,
    }


def _x_axis(*, name: str) -> dict[str, Any]:
    """Give the options of the x axis."""
    ticks = {"color": AXIS, "maxRotation": 0, "autoSkip": True, "autoSkipPadding": 12}
    title = {"display": bool(name), "text": name, "color": AXIS}
    return {"grid": {"display": False}, "border": {"display": False}, "ticks": ticks, "title": title}


def with_links(*, plots: Sequence[Plot], view: str, pk: object) -> list[Plot]:
    """Let each plot link to its data under a view that takes the row, the plot's key and a format."""
    return [
        replace(plot, links={name.upper(): reverse(view, args=[pk, plot.key, name]) for name in FILE_FORMATS})
        for plot in plots
    ]


def plot_file(request: HttpRequest, *, plots: Sequence[Plot], key: str, file_format: str, target: str) -> HttpResponse:
    """Answer with the data of one of the plots about a target as a file, and log that."""
    plot = next((plot for plot in plots if plot.key == key), None)
    if plot is None:
        raise Http404(gettext("There is no plot {key}.{file_format} here.").format(key=key, file_format=file_format))
    names, rows = plot.table
    answer = table_file(name=key, names=names, rows=rows, file_format=file_format, title=str(plot.title))
    return logged(request=request, answer=answer, target=target, file=f"{key}.{file_format}")


def table_file(
    *, name: str, names: Sequence[str], rows: Sequence[Sequence[Any]], file_format: str, title: str = ""
) -> HttpResponse:
    """Answer with a table as a CSV or JSON file."""
    if file_format not in FILE_FORMATS:
        raise Http404(gettext("There is no {name}.{file_format} here.").format(name=name, file_format=file_format))
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"'}
    if file_format == "json":
        keys = list(map(str, names))
        body = {"title": title or name, "rows": [dict(zip(keys, row, strict=True)) for row in rows]}
        return JsonResponse(body, headers=disposition, json_dumps_params={"indent": 2})
    out = StringIO()
    csv.writer(out).writerows([[cell(value) for value in row] for row in (names, *rows)])
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=disposition)


def cell(value: Any) -> Any:
    """Keep a number; let words, which anybody may have written, be no formula of a spreadsheet."""
    return value if value is None or isinstance(value, int | float) else without_formula(str(value))
