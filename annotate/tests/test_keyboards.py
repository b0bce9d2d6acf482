"""Keys as the world has them: other layouts and scripts, number pads, input methods, modifiers, slips of a finger."""

from typing import Any

import pytest

from annotate.tests.browser import DESKTOP, NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_pair_journey import answers, make_comparison, started
from annotate.tests.test_scales_journey import make_scales_study, rate, values
from annotate.tests.test_set_journey import choose, make_sets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What Chromium and Firefox say of a key, as https://www.w3.org/TR/uievents-code/ and /uievents-key/ name them.
PRESS = """(init) => {
  const { altGraph, ...rest } = init;
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, modifierAltGraph: altGraph, ...rest });
  (document.activeElement ?? document.body).dispatchEvent(event);
}"""
NOTHING: dict[str, dict[str, Any]] = {
    "a browser's tab": {"key": "1", "code": "Digit1", "ctrlKey": True},
    "a window": {"key": "2", "code": "Digit2", "metaKey": True},
    "a menu": {"key": "3", "code": "Digit3", "altKey": True},
    "an @ on a French keyboard": {"key": "@", "code": "Digit0", "altGraph": True},
    "a number pad that is off": {"key": "End", "code": "Numpad1"},
    "an input method at work": {"key": "Process", "code": "Digit2"},
    "a text being composed": {"key": "3", "code": "Digit3", "isComposing": True},
    "an accent": {"key": "Dead", "code": "Digit2"},
    "a shifted digit": {"key": "!", "code": "Digit1", "shiftKey": True},
    "a held key": {"key": "4", "code": "Digit4", "repeat": True},
}
FIVES: dict[str, dict[str, Any]] = {
    "French": {"key": "(", "code": "Digit5"},
    "French, shifted": {"key": "5", "code": "Digit5", "shiftKey": True},
    "Arabic": {"key": "\N{ARABIC-INDIC DIGIT FIVE}", "code": "Digit5"},
    "Persian on a screen": {"key": "\N{EXTENDED ARABIC-INDIC DIGIT FIVE}", "code": ""},
    "Hindi": {"key": "\N{DEVANAGARI DIGIT FIVE}", "code": "Digit5"},
    "full width": {"key": "\N{FULLWIDTH DIGIT FIVE}", "code": ""},
    "number pad": {"key": "5", "code": "Numpad5"},
}


def press(visitor: Visitor, init: dict[str, Any]) -> None:
    """Let the page have such a key, once a picture can be rated."""
    visitor.await_picture()
    visitor.page.evaluate(PRESS, init)


@pytest.mark.slow
def test_a_key_that_means_something_else_rates_nothing(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3, scale_min=0, scale_max=9), viewport=DESKTOP, has_touch=False)
    for kind, init in NOTHING.items():
        press(visitor, init)
        visitor.await_layout()
        assert visitor.page.locator("#progress-text").inner_text() == "0 of 3 done", kind
    visitor.press("7")
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [7]


@pytest.mark.slow
def test_a_digit_is_a_digit_on_every_layout_and_in_every_script(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=len(FIVES) + 1), viewport=DESKTOP, has_touch=False)
    for number, init in enumerate(FIVES.values(), 1):
        press(visitor, init)
        visitor.expect_progress(f"{number} of {len(FIVES) + 1}")
    visitor.expect_all_sent()
    assert standing_values() == [5] * len(FIVES)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["likert", "slider"])
def test_a_minus_begins_a_number_where_the_same_key_is_the_six(new_visitor: NewVisitor, kind: str) -> None:
    study = make_gallery(count=4, scale_min=-9, scale_max=9, scale_kind=kind)
    visitor = joined(new_visitor, study, viewport=DESKTOP, has_touch=False)
    six, five = {"key": "-", "code": "Digit6"}, {"key": "(", "code": "Digit5"}
    shifted: dict[str, Any] = {"key": "6", "code": "Digit6", "shiftKey": True}
    typed: list[list[dict[str, Any]]] = [[six, five], [six, six], [shifted], [{"key": "-", "code": "Minus"}, five]]
    for number, keys in enumerate(typed, 1):
        for key in keys:
            press(visitor, key)
        visitor.expect_progress(f"{number} of 4")
    visitor.expect_all_sent()
    assert standing_values() == [-5, -6, 6, -5]


@pytest.mark.slow
def test_letters_work_where_the_keyboard_is_of_another_script(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=3), viewport=DESKTOP, has_touch=False)
    press(visitor, {"key": "\N{ARABIC LETTER FEH}", "code": "KeyT"})
    visitor.expect_progress("1 of 3")
    press(visitor, {"key": "\N{CYRILLIC SMALL LETTER GHE}", "code": "KeyU"})
    visitor.expect_progress("0 of 3")
    press(
        visitor, {"key": "\N{LATIN SMALL LETTER E WITH ACUTE}", "code": "KeyT"}
    )  # Latin: the letter counts, and é is none
    visitor.await_layout()
    visitor.expect_progress("0 of 3")
    visitor.press("1")
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert answers() == ["left"]


def test_backspace_takes_a_half_typed_number_back_and_not_the_answer_before(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3, scale_min=0, scale_max=10), viewport=DESKTOP, has_touch=False)
    visitor.press("7")
    visitor.expect_progress("1 of 3")
    visitor.await_picture()
    for key in ("1", "Backspace", "1", "Escape", "9"):
        visitor.page.keyboard.press(key)
    visitor.expect_progress("2 of 3")
    visitor.press("Backspace")  # nothing is half typed: the answer before
    visitor.expect_progress("1 of 3")
    visitor.press("3")
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [7, 3]


@pytest.mark.slow
def test_two_keys_at_once_rate_one_picture(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3, minimum_view_ms=1_500), viewport=DESKTOP, has_touch=False)
    for key in ("2", "4"):
        visitor.page.keyboard.down(key)
    for key in ("2", "4"):
        visitor.page.keyboard.up(key)
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "typed", "value"),
    [
        ({"scale_min": 0, "scale_max": 10}, ["0"], 0),
        ({"scale_min": 1, "scale_max": 100, "scale_kind": "slider"}, ["1", "0", "0"], 100),
        ({"scale_min": 1, "scale_max": 100, "scale_kind": "slider"}, ["1", "0", "Enter"], 10),
        ({"scale_min": 1, "scale_max": 100, "scale_kind": "slider"}, ["9", "Backspace", "4", "2"], 42),
    ],
)
def test_typed_numbers_end_where_no_longer_one_begins_so(
    new_visitor: NewVisitor, scale: dict[str, Any], typed: list[str], value: int
) -> None:
    visitor = joined(new_visitor, make_gallery(count=2, **scale), viewport=DESKTOP, has_touch=False)
    visitor.await_picture()
    for key in typed:
        visitor.page.keyboard.press(key)
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    assert standing_values() == [value]


@pytest.mark.slow
def test_backspace_takes_the_best_of_several_back_before_the_worst_is_chosen(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_sets(count=3), viewport=DESKTOP, has_touch=False)
    choose(visitor, "1", "2")
    visitor.expect_progress("1 of 3")
    choose(visitor, "3", "Backspace", "4", "1")
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert answers() == ["1>2", "4>1"]


@pytest.mark.slow
def test_backspace_takes_the_last_of_several_values_back_before_all_are_given(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_scales_study(), viewport=DESKTOP, has_touch=False)
    rate(visitor, "1", "2", "3")
    visitor.expect_progress("1 of 3")
    rate(visitor, "4", "4", "Backspace", "5", "5")
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert values() == [(1, {"beauty": 2, "match": 3}), (4, {"beauty": 5, "match": 5})]
