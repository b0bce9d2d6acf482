"""Your taste in a real browser: asked for by the page, followed, and shown once a worker has written it."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from playwright.sync_api import expect

from annotate.tests.browser import DESKTOP, PHONE, NewVisitor, Visitor
from ratings.selectors.resuming import resume_token
from ratings.tasks import run_job
from scoring.models import TasteProfile
from scoring.taste_file import read_taste
from scoring.tests.learning import Person
from scoring.tests.tastes import make_agreeing_rater, make_showing_study, rate_by_side

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def finished() -> Person:
    """Have somebody finish a study whose pictures have files."""
    world = make_showing_study(slug="mine", languages=["en", "ar"])
    for place, row in enumerate(world.rows):
        data = io.BytesIO()
        Pillow.new("RGB", (640, 480), f"hsl({place * 6}, 60%, 50%)").save(data, "WEBP")
        row.image.renditions = []
        row.image.save(update_fields=["renditions"])
        default_storage.save(row.image.path, ContentFile(data.getvalue()))
    person = make_agreeing_rater(world, quota=40)
    rate_by_side(person, count=40, held_out=12)
    return person


def visited(new_visitor: NewVisitor, person: Person, **context: object) -> Visitor:
    """Bring the rater to the page."""
    visitor = new_visitor(**context)
    visitor.open(f"/r/{resume_token(participation=person.participation)}/")
    with visitor.page.expect_navigation():
        visitor.page.locator("main form [type=submit]").click()
    visitor.open(f"/s/mine/taste/?lang={context.get('locale', 'en')}")  # whatever was spoken when they joined
    return visitor


@pytest.mark.parametrize(
    ("viewport", "scheme", "locale"),
    [(PHONE, "light", "en"), (DESKTOP, "dark", "ar")],
    ids=["phone", "desktop-rtl"],
)
def test_the_page_has_it_written_and_shows_it(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str, locale: str, tmp_path: Path
) -> None:
    person = finished()
    visitor = visited(new_visitor, person, viewport=viewport, color_scheme=scheme, locale=locale)
    page = visitor.page
    expect(page.locator("#taste-progress")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "ar" else "ltr")
    visitor.check_page()
    profile = TasteProfile.objects.get()
    run_job(profile._meta.label, profile.pk)
    page.locator(".taste-statements").first.wait_for()
    assert page.locator(".taste-pictures img").count() > 6
    visitor.check_page()
    with page.expect_download() as download:
        page.locator("a[download]").click()
    download.value.save_as(tmp_path / "taste.safetensors")
    assert read_taste((tmp_path / "taste.safetensors").read_bytes()).facts.study == "mine"
    assert visitor.complaints == []
