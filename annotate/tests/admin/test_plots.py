"""Axes of plots show what their values can be."""

import json
from typing import Literal

import pytest

from annotate.admin.parts.plots import Plot, Series, Value


@pytest.mark.parametrize(
    ("values", "precision"),
    [([1, 2, None], 0), ([0.5, 1], None), ([None, 1.0], None)],
    ids=["counts", "shares", "gaps"],
)
def test_an_axis_of_counts_has_whole_numbers_alone(values: list[Value], precision: int | None) -> None:
    labels = [str(place) for place in range(len(values))]
    axes: tuple[tuple[Literal["bar", "rows"], str], ...] = (("bar", "y"), ("rows", "x"))
    for kind, axis in axes:
        plot = Plot(key="k", title="T", x_name="", labels=labels, series=[Series(name="s", values=values)], kind=kind)
        assert json.loads(plot.options)["scales"][axis]["ticks"].get("precision") == precision
