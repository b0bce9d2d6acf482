"""Comparing pairs in a real browser: from start to end, by key, tap and swipe, and over a cut network."""

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, PHONE, NewVisitor, Visitor
from ratings.choices import Design, ParticipationState
from ratings.models import Choice, Image, Pair, Participation, Rater, Study
from ratings.tests.factories import make_image, make_pair, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = ({"width": 320, "height": 568}, {"width": 844, "height": 390}, {"width": 3840, "height": 2160})


def make_comparison(*, pairs: int, **fields: Any) -> Study:
    """Make an open pairwise study whose pictures exist as files, each of another colour."""
    defaults = {"quota": pairs, "break_every": 0, "ties_allowed": True}
    study = make_study(design=Design.PAIRWISE, **{**defaults, **fields})
    for number in range(pairs):
        hues = number * 360 // pairs, number * 360 // pairs + 40
        make_pair(study=study, image_a=put_picture(hues[0]), image_b=put_picture(hues[1]))
    return study


def put_picture(hue: int) -> Image:
    """Store one picture with its file."""
    image = make_image(width=640, height=640, renditions=[])
    data = io.BytesIO()
    Pillow.new("RGB", (640, 640), f"hsl({hue}, 60%, 50%)").save(data, "WEBP")
    default_storage.save(image.path, ContentFile(data.getvalue()))
    return image


def await_pair(visitor: Visitor) -> None:
    """Wait until a pair can be answered."""
    expect(visitor.page.locator("#scale [aria-disabled]").first).to_have_attribute("aria-disabled", "false")


def press(visitor: Visitor, key: str) -> None:
    """Press a key once the pair can be answered."""
    await_pair(visitor)
    visitor.page.keyboard.press(key)


def started(new_visitor: NewVisitor, study: Study, **context: Any) -> Visitor:
    """Bring a visitor who takes part and looks at the first pair."""
    visitor = new_visitor(**context)
    visitor.join(study)
    visitor.open(f"/s/{study.slug}/rate/")
    await_pair(visitor)
    return visitor


def answers() -> list[str]:
    """Give the choices that stand, oldest first."""
    return list(Choice.objects.current().order_by("id").values_list("answer", flat=True))


@BOTH_SIZES
def test_the_journey_of_a_pairwise_study(new_visitor: NewVisitor, viewport: dict[str, int], scheme: str) -> None:
    study = make_comparison(pairs=5, break_every=3, completion_code="PM-2")
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    page = visitor.page
    visitor.open(f"/s/{study.slug}/")
    visitor.check_page()
    visitor.join(study)
    visitor.check_page()
    page.get_by_role("link", name="Start choosing").click()
    choose_through(visitor)
    visitor.check_page()
    assert Participation.objects.get().state == ParticipationState.COMPLETE
    visitor.open("/me/withdraw/")
    page.get_by_role("button", name="Delete my data").click()
    page.wait_for_url("**/withdrawn/")
    assert not Rater.objects.exists()
    assert set(Pair.objects.values_list("taken", flat=True)) == {0}


def choose_through(visitor: Visitor) -> None:
    """Choose by key, tap and button, call a tie, take a break, undo, think twice about a skip, and finish."""
    page = visitor.page
    await_pair(visitor)
    visitor.check_page()
    page.keyboard.press("2")
    await_pair(visitor)
    page.locator(".side").first.click()
    await_pair(visitor)
    page.get_by_role("button", name="Tie").click()
    expect(page.locator("#break-dialog")).to_be_visible()
    page.get_by_role("button", name="Keep going").click()
    press(visitor, "t")
    visitor.expect_progress("4 of 5")
    press(visitor, "u")
    visitor.expect_progress("3 of 5")
    press(visitor, "1")
    press(visitor, "s")
    visitor.check_page()
    page.get_by_role("button", name="Choose after all").click()
    press(visitor, "t")
    visitor.check_page()
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/done/")
    expect(page.get_by_text("You compared 5 pairs")).to_be_visible()
    assert answers() == ["right", "left", "tie", "left", "tie"]


def test_both_pictures_are_shown_at_one_size_from_a_small_phone_to_a_large_screen(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=2))
    for size in SIZES:
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        visitor.await_layout()
        boxes = [picture.bounding_box() for picture in visitor.page.locator(".side img").all()]
        assert all(box is not None for box in boxes)
        shown = [(box["x"], box["y"], box["width"], box["height"]) for box in boxes if box]
        assert shown[0][2:] == shown[1][2:]
        assert shown[0][2] >= 100
        assert (shown[0][0] == shown[1][0]) == (size["width"] < size["height"])  # stacked on the narrow phone only
        visitor.check_page()


def test_a_swipe_towards_a_picture_chooses_it(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=3), viewport=PHONE)
    visitor.slide((200, 500), (205, 300))
    visitor.expect_progress("1 of 3")
    await_pair(visitor)
    visitor.slide((200, 200), (195, 400))
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert answers() == ["left", "right"]


def test_a_network_cut_loses_no_choice(new_visitor: NewVisitor) -> None:
    study = make_comparison(pairs=6)
    visitor = started(new_visitor, study)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/choices/batch", lambda route: route.abort())
    for key in ("1", "2", "t", "1"):
        press(visitor, key)
    expect(visitor.page.locator("#unsent-count")).to_have_text("4")
    visitor.check_page()
    assert not Choice.objects.exists()
    visitor.page.unroute("**/choices/batch")
    visitor.open("/me/")  # another page of theirs sends what is left
    visitor.await_condition(lambda: len(answers()) == 4, "all four choices to be stored")
    visitor.open(f"/s/{study.slug}/rate/")
    visitor.expect_progress("4 of 6")
    assert answers() == ["left", "right", "tie", "left"]


def test_one_tab_at_a_time_compares(new_visitor: NewVisitor) -> None:
    study = make_comparison(pairs=3)
    visitor = started(new_visitor, study)
    other = visitor.page.context.new_page()
    other.goto(visitor.page.url)
    expect(other.get_by_role("heading", name="Open in another tab")).to_be_visible()
    other.get_by_role("button", name="Continue here").click()
    expect(visitor.page.get_by_role("heading", name="Open in another tab")).to_be_visible()
    expect(other.locator(".side img").first).to_be_visible()
