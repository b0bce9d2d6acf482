"""Rating on several scales in a real browser: by key, tap and slide, and over a cut network."""

from typing import Any

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, NewVisitor, Visitor, joined, make_gallery
from ratings.choices import Design, ParticipationState
from ratings.models import Participation, Rating, Study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCALES = [
    {"key": "liking", "label": "Do you like it?", "labels": {"1": "not at all", "5": "very much"}},
    {"key": "beauty", "label": "Is it beautiful?", "labels": {"1": "ugly", "5": "beautiful"}},
    {"key": "match", "label": "Does it show what it should?", "labels": {"1": "nothing of it", "5": "all of it"}},
]
SIZES = ({"width": 320, "height": 568}, {"width": 844, "height": 390}, {"width": 1920, "height": 1080})


def make_scales_study(**fields: Any) -> Study:
    """Make a study whose pictures are rated on three scales."""
    return make_gallery(**{"count": 3, "design": Design.SCALES, "scales": SCALES, **fields})


def values() -> list[tuple[float | None, Any]]:
    """Give what stands, oldest first: the main scale, and the others by key."""
    return list(Rating.objects.current().order_by("id").values_list("value", "scales"))


def rate(visitor: Visitor, *keys: str) -> None:
    """Press keys once the picture can be rated."""
    visitor.await_picture()
    for key in keys:
        visitor.page.keyboard.press(key)


@BOTH_SIZES
def test_the_journey_of_a_study_of_several_scales(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_scales_study(practice=0)
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    page = visitor.page
    visitor.join(study)
    expect(page.get_by_text("Is it beautiful?")).to_be_visible()
    visitor.check_page()
    page.get_by_role("link", name="Start rating").click()
    visitor.await_picture()
    visitor.check_page()
    rate(visitor, "4", "2", "5")
    visitor.expect_progress("1 of 3")
    rate_by_touch(visitor)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/done/")
    assert values() == [
        (4, {"beauty": 2, "match": 5}),
        (1, {"beauty": 3, "match": 2}),
        (5, {"beauty": 5, "match": 5}),
    ]
    assert Participation.objects.get().state == ParticipationState.COMPLETE


def rate_by_touch(visitor: Visitor) -> None:
    """Tap the rows in another order, change one before the last is given, then undo and answer again."""
    page = visitor.page
    visitor.await_picture()
    row = page.locator(".scale-row")
    row.nth(2).get_by_role("button", name="2").click()
    row.nth(0).get_by_role("button", name="5 very much").click()
    row.nth(0).get_by_role("button", name="1 not at all").click()
    expect(row.nth(0).locator(".key.is-chosen b")).to_have_text("1")
    visitor.check_page()
    visitor.expect_progress("1 of 3")
    row.nth(1).get_by_role("button", name="3").click()
    visitor.expect_progress("2 of 3")
    rate(visitor, "1", "1", "1")
    visitor.expect_progress("3 of 3")
    page.get_by_role("button", name="Undo the last answer").click()
    rate(visitor, "5", "5", "5")


def test_rows_fit_from_a_small_phone_to_a_desk(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_scales_study())
    for size in SIZES:
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        visitor.await_layout()
        visitor.check_page()
        box = visitor.page.locator("#frame img").bounding_box()
        assert box is not None
        assert box["width"] >= 150


def test_sliders_send_when_the_last_one_is_let_go(new_visitor: NewVisitor) -> None:
    study = make_scales_study(scale_kind="slider", scale_min=0, scale_max=100, scale_step=1)
    visitor = joined(new_visitor, study)
    for number in range(3):
        box = visitor.page.locator(".slider").nth(number).bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        visitor.slide((box["x"] + 5, middle), (box["x"] + box["width"] / 2, middle))
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    visitor.await_condition(Rating.objects.exists, "the rating to be stored")
    ((main, others),) = values()
    assert [round(float(value or 0), -1) for value in (main, *others.values())] == [50, 50, 50]


def test_a_network_cut_loses_no_answer(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_scales_study())
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/ratings/batch", lambda route: route.abort())
    rate(visitor, "1", "2", "3")
    rate(visitor, "3", "2", "1")
    expect(visitor.page.locator("#unsent-count")).to_have_text("2")
    assert not Rating.objects.exists()
    visitor.page.unroute("**/ratings/batch")
    visitor.open("/me/")  # another page of theirs sends what is left
    visitor.await_condition(lambda: Rating.objects.count() == 2, "both ratings to be stored")
    assert values() == [(1, {"beauty": 2, "match": 3}), (3, {"beauty": 2, "match": 1})]
