"""What a rater's fingers do by mistake stores nothing: double taps, held keys, half a number, a dialog."""

from typing import Any

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import DESKTOP, NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_pair_journey import answers, make_comparison, started
from ratings.choices import AssignmentState
from ratings.models import Assignment, Choice, Rating

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINIMUM_MS = 1_500  # long enough for two presses on a busy machine
STACKED = {"width": 680, "height": 900}


def notice(visitor: Visitor) -> Any:
    """Find where the page says what is up."""
    return visitor.page.locator("#notice")


def sent_values(visitor: Visitor, *, progress: str) -> list[float]:
    """Wait until so much is done and sent, and give what stands."""
    visitor.expect_progress(progress)
    visitor.expect_all_sent()
    return standing_values()


def test_a_double_tap_rates_one_picture_and_gets_a_sign(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3, minimum_view_ms=MINIMUM_MS))
    key = visitor.page.locator("#scale").get_by_role("button", name="4")
    box = key.bounding_box()
    assert box
    for _ in range(2):
        visitor.page.touchscreen.tap(box["x"] + 10, box["y"] + 10)
    expect(notice(visitor)).to_have_text("A moment to look first, then press.")
    assert sent_values(visitor, progress="1 of 3") == [4]


@pytest.mark.parametrize("minimum", [0, MINIMUM_MS])
def test_the_time_stored_is_that_from_the_paint_to_the_press(new_visitor: NewVisitor, minimum: int) -> None:
    visitor = joined(new_visitor, make_gallery(count=2, minimum_view_ms=minimum))
    visitor.page.keyboard.press("5")
    assert sent_values(visitor, progress="1 of 2") == [5]
    stored = Rating.objects.get().response_ms
    assert stored is not None
    assert minimum <= stored < minimum + 60_000


def test_a_held_key_answers_once(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=4, minimum_view_ms=0), viewport=DESKTOP)
    for _ in range(5):  # the first is a press, the others are what a held key repeats
        visitor.page.keyboard.down("ArrowRight")
        visitor.await_picture()
    visitor.page.keyboard.up("ArrowRight")
    visitor.expect_progress("1 of 4")
    visitor.expect_all_sent()
    assert answers() == ["right"]


def test_arrows_choose_the_picture_that_they_point_at(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=4), viewport=STACKED, has_touch=False)
    for key in ("ArrowLeft", "ArrowUp", "ArrowDown"):  # the first points at neither
        visitor.press(key)
    visitor.expect_progress("2 of 4")
    visitor.page.set_viewport_size({"width": 1440, "height": 900})
    expect(visitor.page.get_by_role("button", name="Tie").locator("kbd")).to_be_visible()
    for key in ("ArrowRight", "t"):
        visitor.press(key)
    visitor.expect_progress("4 of 4")
    visitor.expect_all_sent()
    assert answers() == ["left", "right", "right", "tie"]


@pytest.mark.parametrize(
    ("scale", "keys", "value"),
    [
        ({"scale_min": 0, "scale_max": 10}, ("1", "0"), 10),
        ({"scale_min": 0, "scale_max": 10}, ("1", "Enter"), 1),
        ({"scale_min": 0, "scale_max": 10}, ("1",), 1),  # after a pause
        ({"scale_min": 1, "scale_max": 10}, ("0",), 10),
        ({"scale_min": 1, "scale_max": 100, "scale_kind": "slider"}, ("7", "5"), 75),
        ({"scale_min": -2, "scale_max": 2}, ("-", "2"), -2),
    ],
)
def test_a_number_is_typed_and_stored_once(
    new_visitor: NewVisitor, scale: dict[str, Any], keys: tuple[str, ...], value: float
) -> None:
    visitor = joined(new_visitor, make_gallery(count=2, **scale))
    for key in keys:
        visitor.page.keyboard.press(key)
    assert sent_values(visitor, progress="1 of 2") == [value]


def test_a_dialog_that_opens_under_a_finger_does_nothing_by_itself(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3, break_every=1))
    dialog = visitor.page.locator("dialog[open]")
    for key in ("s", "Enter", "Enter"):
        visitor.page.keyboard.press(key)
    expect(dialog).to_be_focused()
    visitor.page.get_by_role("button", name="Rate it after all").click()
    visitor.press("4")
    expect(visitor.page.get_by_text("1 of 3 done. You are well on your way.")).to_be_visible()
    visitor.expect_progress("1 of 3")
    expect(visitor.page.locator("#frame img")).to_have_count(0)
    assert not Assignment.objects.filter(state=AssignmentState.SKIPPED).exists()


def test_an_earlier_answer_is_picked_and_changed_also_after_a_reload(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=5))
    first = visitor.picture
    for key in ("1", "2", "3"):
        visitor.press(key)
    visitor.expect_all_sent()
    visitor.await_picture()
    waiting = visitor.picture
    visitor.page.reload()
    visitor.await_picture()
    strip = visitor.page.locator(".past-answer:visible")
    expect(strip).to_have_count(3)
    visitor.page.get_by_role("button", name="Picture 1 of 5: 1. Change it").click()
    visitor.await_picture()
    assert visitor.picture == first
    expect(notice(visitor)).to_have_text("You said: 1. Choose again, or keep it.")
    visitor.press("5")
    visitor.await_picture()
    assert visitor.picture == waiting
    assert sorted(sent_values(visitor, progress="3 of 5")) == [2, 3, 5]
    assert Rating.objects.get(value=1).replaced_at is not None


def test_an_answer_is_taken_back_after_a_reload_and_one_picked_by_mistake_is_kept(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    for key in ("1", "2"):
        visitor.press(key)
    visitor.expect_progress("2 of 4")
    visitor.expect_all_sent()
    visitor.page.reload()
    visitor.await_picture()
    visitor.page.locator(".past-answer").first.click()
    visitor.await_picture()
    visitor.page.get_by_role("button", name="Keep my answer").click()
    visitor.await_picture()
    visitor.page.get_by_role("button", name="Undo").click()
    visitor.expect_progress("1 of 4")
    visitor.await_condition(lambda: standing_values() == [1], "the second answer to be taken back")


def test_an_earlier_choice_is_changed_before_it_was_sent(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=3))
    with visitor.offline():
        visitor.press("ArrowUp")
        visitor.expect_progress("1 of 3")
        visitor.await_picture()
        visitor.page.get_by_role("button", name="Pair 1 of 3: Upper. Change it").click()
        visitor.press("ArrowDown")
        visitor.press("t")
        visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert sorted(answers()) == ["right", "tie"]
    assert Choice.objects.count() == 3
