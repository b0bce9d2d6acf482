"""Made for you in a real browser: wish, see both pictures, rate them over a cut network, and learn which is which."""

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, DESKTOP, NewVisitor, Visitor
from ratings.choices import JobState, Policy
from ratings.models import Image, Participation, Rating
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_image, make_study
from scoring.models import SteeringRun
from scoring.tests.factories import make_wish_come_true, make_wisher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def put_picture(hue: int) -> Image:
    """Store one picture with its file."""
    image = make_image(width=640, height=640, renditions=[], is_drawn=True)
    data = io.BytesIO()
    Pillow.new("RGB", (640, 640), f"hsl({hue}, 60%, 50%)").save(data, "WEBP")
    default_storage.save(image.path, ContentFile(data.getvalue()))
    return image


def visited(new_visitor: NewVisitor, participation: Participation, **context: Any) -> Visitor:
    """Bring the rater to the page."""
    visitor = new_visitor(**context)
    visitor.open(f"/r/{resume_token(participation=participation)}/")
    with visitor.page.expect_navigation(url="**/rate/"):  # going elsewhere sooner would cancel the form, and its cookie
        visitor.page.get_by_role("button", name="Continue").click()
    visitor.open(f"/s/{participation.study.slug}/made/")
    return visitor


@BOTH_SIZES
def test_a_wish_is_made_followed_and_stopped(new_visitor: NewVisitor, viewport: dict[str, int], scheme: str) -> None:
    participation = make_wisher(study=make_study(slug="wishes"))
    visitor = visited(new_visitor, participation, viewport=viewport, color_scheme=scheme)
    page = visitor.page
    visitor.check_page()
    page.get_by_text("Mountains above a lake").click()
    page.get_by_role("button", name="Make it for me").click()
    expect(page.get_by_role("heading", name="Mountains above a lake")).to_be_visible()
    expect(page.get_by_text("Nothing is being drawn right now")).to_be_visible()
    visitor.check_page()
    SteeringRun.objects.update(state=JobState.RUNNING, stage="iteration 2 of 4", progress=0.4)
    expect(page.get_by_text("Drawing and choosing.")).to_be_visible()
    page.get_by_role("button", name="Stop this").click()
    expect(page.get_by_text("You stopped this one.")).to_be_visible()
    assert SteeringRun.objects.get().state == JobState.CANCELLED
    assert visitor.complaints == []


def test_both_pictures_are_rated_over_a_cut_network_and_then_distinguished(new_visitor: NewVisitor) -> None:
    participation = make_wisher(study=make_study(slug="wishes"))
    make_wish_come_true(participation=participation, images=(put_picture(20), put_picture(200)))
    visitor = visited(new_visitor, participation)
    page = visitor.page
    expect(page.locator(".made-picture")).to_have_count(2)
    first, second = page.locator(".made-picture").all()
    expect(first.locator(".key").first).to_have_attribute("aria-disabled", "false")
    page.context.set_offline(True)
    first.locator(".key").nth(4).click()
    expect(first.get_by_text("You said 5")).to_be_visible()
    expect(page.get_by_text("You are offline. What you did is kept")).to_be_visible()
    page.context.set_offline(False)
    second.locator(".key").nth(1).click()
    expect(page.get_by_text("The version everyone gets")).to_be_visible()
    expect(page.get_by_text("ember palette")).to_be_visible()
    visitor.check_page()
    said = Rating.objects.filter(assignment__policy=Policy.STEERING).values_list("value", flat=True)
    assert set(said) == {2.0, 5.0}
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("The version everyone gets")).to_be_hidden()
    expect(page.get_by_text("Rate both to see which one")).to_be_visible()


def test_a_line_to_slide_along_rates_as_well(new_visitor: NewVisitor) -> None:
    study = make_study(slug="wishes", scale_kind="slider", scale_min=0, scale_max=100, scale_step=1)
    participation = make_wisher(study=study)
    make_wish_come_true(participation=participation, images=(put_picture(20), put_picture(200)))
    page = visited(new_visitor, participation, viewport=DESKTOP).page
    line = page.get_by_role("slider").first
    expect(line).to_have_attribute("aria-disabled", "false")
    box = line.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("button", name="OK").first.click()
    expect(page.get_by_text("You said 50")).to_be_visible()
