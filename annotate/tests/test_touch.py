"""Fingers on glass: a palm, a pinch, a phone that is turned, a press beside the picture or while it changes."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import CDPSession, ViewportSize, expect

from annotate.tests.browser import NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_pair_journey import answers, await_pair, make_comparison, started

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

Point = tuple[float, float]
UPRIGHT: ViewportSize = {"width": 390, "height": 844}
SIDEWAYS: ViewportSize = {"width": 844, "height": 390}


class Hand:
    """Fingers, each of which comes down, moves and leaves by itself."""

    def __init__(self, visitor: Visitor) -> None:
        """Reach for the tab's screen."""
        self.touch: CDPSession = visitor.page.context.new_cdp_session(visitor.page)

    def put(self, kind: str, points: Sequence[Point]) -> None:
        """Let the fingers that are on the glass be at these points; one that is no longer named has left."""
        named = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": named})


def middle(visitor: Visitor, selector: str) -> Point:
    """Give the middle of an element."""
    box = visitor.page.locator(selector).first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def expect_nothing_said(visitor: Visitor, *, done: str) -> None:
    """See that the page counts no more, and that the next press still does."""
    visitor.await_layout()
    visitor.expect_progress(done)


def test_a_palm_and_a_pinch_rate_nothing(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    hand, (x, y) = Hand(visitor), middle(visitor, "#frame img")
    hand.put("touchStart", [(x, y)])
    hand.put("touchStart", [(x, y), (x + 40, y + 60), (x - 50, y + 70)])
    hand.put("touchMove", [(x + 90, y), (x + 130, y + 60), (x + 40, y + 70)])
    hand.put("touchEnd", [])
    expect_nothing_said(visitor, done="0 of 3")
    visitor.page.keyboard.press("Escape")
    hand.put("touchStart", [(x - 20, y)])
    hand.put("touchStart", [(x - 20, y), (x + 20, y)])
    for step in range(1, 5):
        hand.put("touchMove", [(x - 20 - 20 * step, y), (x + 20 + 20 * step, y)])
    hand.put("touchEnd", [])
    expect_nothing_said(visitor, done="0 of 3")
    expect(visitor.page.locator("#zoom")).to_have_attribute("aria-pressed", "true")
    visitor.slide((x, y), (x + 120, y))  # in an enlarged picture a finger moves it
    expect_nothing_said(visitor, done="0 of 3")
    visitor.press("4")
    visitor.expect_progress("1 of 3")
    expect(visitor.page.locator("#zoom")).to_have_attribute("aria-pressed", "false")
    visitor.expect_all_sent()
    assert standing_values() == [4]


def test_a_second_finger_takes_a_slide_along_the_scale_back(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    hand, (x, y) = Hand(visitor), middle(visitor, "#scale .key:nth-child(2)")
    visitor.await_picture()
    hand.put("touchStart", [(x, y)])
    hand.put("touchMove", [(x + 60, y)])
    expect(visitor.page.locator("#scale .is-aimed")).to_have_count(1)
    hand.put("touchStart", [(x + 60, y), (x + 150, y)])
    expect(visitor.page.locator("#scale .is-aimed")).to_have_count(0)
    hand.put("touchEnd", [])
    expect_nothing_said(visitor, done="0 of 3")
    visitor.press("2")
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [2]


def test_turning_the_phone_in_a_slide_rates_nothing_by_itself_and_the_next_press_counts(
    new_visitor: NewVisitor,
) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    hand, (x, y) = Hand(visitor), middle(visitor, "#scale .key:nth-child(2)")
    visitor.await_picture()
    hand.put("touchStart", [(x, y)])
    hand.put("touchMove", [(x + 60, y)])
    visitor.page.set_viewport_size(SIDEWAYS)
    hand.put("touchCancel", [])
    expect_nothing_said(visitor, done="0 of 3")
    expect(visitor.page.locator("#scale .is-aimed")).to_have_count(0)
    visitor.page.locator("#scale").get_by_role("button", name="5").tap()
    visitor.expect_progress("1 of 3")
    visitor.page.set_viewport_size(UPRIGHT)
    visitor.await_picture()
    visitor.page.locator("#scale").get_by_role("button", name="1").tap()
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [5, 1]


def test_a_tap_beside_a_picture_says_nothing_and_two_taps_on_one_choose_once(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=3, minimum_view_ms=1_500))
    await_pair(visitor)
    frame, picture = (visitor.page.locator(place).first.bounding_box() for place in ("#frame", "#frame .side img"))
    assert frame
    assert picture
    assert picture["x"] > frame["x"] + 30, "there is room beside the picture"
    visitor.page.touchscreen.tap(frame["x"] + 2, picture["y"] + picture["height"] / 2)
    expect_nothing_said(visitor, done="0 of 3")
    left = middle(visitor, "#frame .side img")
    for _ in range(3):
        visitor.page.touchscreen.tap(*left)
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert answers() == ["left"]
