"""A column's numbers are read as they were meant, or refused with what they look like; nothing is guessed."""

import datetime
from typing import Any

import pytest

from ratings.files.numbers import NumberError, column_notation


def read(*cells: Any, scale: tuple[float, float] | None = None) -> list[float | None]:
    notation = column_notation(cells, scale=scale)
    return [notation.number(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("4", " 4 ", "\u00a04", "4\u200b", "+4", "4.", "4e0"), [4.0] * 7),
        (("2,5", "3,0", "0,125"), [2.5, 3.0, 0.125]),
        (("2,5", "3.5"), [2.5, 3.5]),  # mixed by hand, yet each has one reading
        (("1,5e-01", "3"), [0.15, 3.0]),  # R's write.csv2
        (("\u22121,5", "-2"), [-1.5, -2.0]),
        (("1.000,5", "1.000"), [1000.5, 1000.0]),
        (("1,000.5", "1,000"), [1000.5, 1000.0]),
        (("1,000,000", "1,000"), [1e6, 1000.0]),
        (("950.5", "1,000"), [950.5, 1000.0]),  # the point is the decimal sign, so the comma is not
        (("2,5", "1,000"), [2.5, 1.0]),  # the comma is
        (("2,5", "1.000"), [2.5, 1000.0]),  # so the point is not
        (("3.125", "2.000", "4"), [3.125, 2.0, 4.0]),
        (("1 000", "1\u202f000,5", "1'000"), [1000.0, 1000.5, 1000.0]),
        (("", "NA", "NaN", "nan", "NULL", "#N/A", "None", ".", None, float("nan"), "3"), [None] * 10 + [3.0]),
        ((3, 2.5, "4"), [3.0, 2.5, 4.0]),
    ],
)
def test_numbers_are_read_as_the_column_writes_them(cells: tuple[Any, ...], numbers: list[float | None]) -> None:
    assert read(*cells) == numbers


def test_on_a_scale_that_reaches_a_thousand_a_point_may_group_too() -> None:
    assert read("1.333", "2", scale=(1, 5)) == [1.333, 2.0]
    assert read("1.250", "12.5", scale=(0, 2000)) == [1.25, 12.5]
    with pytest.raises(NumberError, match=r"it can mean 1250 or 1\.25,"):
        read("1.250", "950", scale=(0, 2000))


def test_yes_and_no_are_numbers_only_on_a_scale_from_0_to_1() -> None:
    assert read("TRUE", "FALSE", *(True, False), "", scale=(0, 1)) == [1.0, 0.0, 1.0, 0.0, None]
    for cells, scale in ((("TRUE",), (1, 5)), (("TRUE", "1"), (0, 1)), ((True,), None)):
        with pytest.raises(NumberError, match="such as 1 for TRUE and 0 for FALSE"):
            read(*cells, scale=scale)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("950", "1,000", "1,250"), "it can mean 1000 or 1, and the other rows leave it open"),
        (("2,5", "3.5", "1,000"), "it can mean 1000 or 1,"),
        (("4 - Agree",), "write a number without its label, such as 4"),
        (("4 - Maybe",), "write a number without its label, such as 4"),
        (("3 (neutral)",), "write a number without its label, such as 3"),
        (("1_0",), "write a number, such as 4"),
        (("5/7",), "write a number, such as 4"),
        (("0x10",), "write a number, such as 4"),
        (("80%",), "write it without the percent sign, such as 80, and give the scale in percent"),
        (("inf",), "write a number, such as 4"),
        (("1e999",), "write a number, such as 4"),
        ((10**400,), "write a number, such as 4"),
        (("\u0664",), "in the digits 0 to 9, such as 4"),
        (("\u2464",), "in the digits 0 to 9, such as 5"),
        (("3-May",), "it is a date"),
        (("May-03",), "it is a date"),
        ((datetime.datetime(2026, 5, 3, tzinfo=datetime.UTC),), "it is a date"),
        (({"a": 1},), "write a number, such as 4"),
    ],
)
def test_what_is_no_certain_number_is_named_for_what_it_is(cells: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(NumberError, match=sentence.replace("(", r"\(")):
        read(*cells)
