"""Choosing the best and the worst in a real browser: by key, tap and button, and over a cut network."""

from typing import Any

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, NewVisitor, Visitor
from annotate.tests.test_pair_journey import answers, await_pair, put_picture, started
from ratings.choices import Design, ParticipationState
from ratings.models import Choice, Pair, Participation, Rater, Study
from ratings.tests.factories import make_pair, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = ({"width": 320, "height": 568}, {"width": 844, "height": 390}, {"width": 3840, "height": 2160})


def make_sets(*, count: int, size: int = 4, **fields: Any) -> Study:
    """Make an open best-worst study whose pictures exist as files, each of another colour."""
    study = make_study(design=Design.BEST_WORST, quota=count, break_every=0, set_size=size, **fields)
    for number in range(count):
        sides = "abcde"[:size]
        images = {f"image_{side}": put_picture((number * 40 + place * 70) % 360) for place, side in enumerate(sides)}
        make_pair(study=study, **images, **{f"condition_{side}": side for side in sides})
    return study


def choose(visitor: Visitor, *keys: str) -> None:
    """Press the numbers of the best and the worst once they can be chosen."""
    await_pair(visitor)
    for key in keys:
        visitor.page.keyboard.press(key)


@BOTH_SIZES
def test_the_journey_of_a_best_worst_study(new_visitor: NewVisitor, viewport: dict[str, int], scheme: str) -> None:
    study = make_sets(count=4)
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    page = visitor.page
    visitor.open(f"/s/{study.slug}/")
    visitor.check_page()
    visitor.join(study)
    visitor.check_page()
    page.get_by_role("link", name="Start choosing").click()
    await_pair(visitor)
    visitor.check_page()
    choose_through(visitor)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/done/")
    assert answers() == ["2>4", "1>3", "4>1", "3>2"]
    assert Participation.objects.get().state == ParticipationState.COMPLETE
    visitor.open("/me/withdraw/")
    page.get_by_role("button", name="Delete my data").click()
    page.wait_for_url("**/withdrawn/")
    assert not Rater.objects.exists()
    assert set(Pair.objects.values_list("taken", flat=True)) == {0}


def choose_through(visitor: Visitor) -> None:
    """Choose by keys, taps and buttons; take the best back, undo, and think twice about a skip."""
    page = visitor.page
    choose(visitor, "2", "4")
    visitor.expect_progress("1 of 4")
    await_pair(visitor)
    page.locator(".place").nth(0).click()
    expect(page.get_by_text("And which one least?")).to_be_visible()
    visitor.check_page()
    page.locator(".place").nth(2).click()
    visitor.expect_progress("2 of 4")
    choose(visitor, "1", "Escape")
    expect(page.get_by_text("Which one do you like best?")).to_be_visible()
    page.locator("#scale").get_by_role("button", name="Picture 4").click()
    page.locator("#scale").get_by_role("button", name="Picture 1").click()
    visitor.expect_progress("3 of 4")
    choose(visitor, "1", "2")
    visitor.expect_progress("4 of 4")
    page.get_by_role("button", name="Undo the last answer").click()
    visitor.expect_progress("3 of 4")
    choose(visitor, "s")
    page.get_by_role("button", name="Choose after all").click()
    choose(visitor, "3", "2")


def test_every_undo_takes_back_the_best_before_the_last_answer(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_sets(count=3))
    choose(visitor, "2", "4")
    visitor.expect_progress("1 of 3")
    for key in ("", "u", "Backspace"):
        choose(visitor, "1")
        expect(visitor.page.get_by_text("And which one least?")).to_be_visible()
        if key:
            visitor.press(key)
        else:
            visitor.page.get_by_role("button", name="Undo", exact=True).click()
        expect(visitor.page.get_by_text("Which one do you like best?")).to_be_visible()
        visitor.expect_progress("1 of 3")


def test_all_pictures_are_shown_at_one_size_from_a_small_phone_to_a_wall(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_sets(count=1, size=5))
    expect(visitor.page.locator(".place img")).to_have_count(5)
    for size in SIZES:
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        visitor.await_layout()
        boxes = [visitor.page.locator(".place img").nth(place).bounding_box() for place in range(5)]
        assert len({(box["width"], box["height"]) for box in boxes if box}) == 1
        assert all(box and box["width"] >= 80 for box in boxes)
        visitor.check_page()


def test_a_network_cut_loses_no_choice(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_sets(count=3, size=3))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/choices/batch", lambda route: route.abort())
    choose(visitor, "1", "2")
    choose(visitor, "3", "1")
    expect(visitor.page.locator("#unsent-count")).to_have_text("2")
    assert not Choice.objects.exists()
    visitor.page.unroute("**/choices/batch")
    visitor.open("/me/")  # another page of theirs sends what is left
    visitor.await_condition(lambda: len(answers()) == 2, "both choices to be stored")
    assert answers() == ["1>2", "3>1"]
    visitor.open("/me/")
    expect(visitor.page.get_by_text("2 of 3")).to_be_visible()
