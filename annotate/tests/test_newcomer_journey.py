"""A newcomer's whole job in the browser: from an installation without a study to a dump on their own disk."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, NewVisitor, Visitor
from ratings.models import Delivery, Dump, Rating, Study
from ratings.services.dumps import write_dump
from ratings.services.uploads.imports import import_delivery
from ratings.tests.factories import make_picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PASSWORD = "harbour-4711-rain"
COLOURS = ("firebrick", "royalblue", "seagreen", "goldenrod")
PICTURES = len(COLOURS)


class Newcomer:
    """Somebody who has an account and has never been here; every page they see is photographed."""

    def __init__(self, visitor: Visitor, folder: Path) -> None:
        """Begin with an empty album."""
        self.visitor, self.page, self.folder = visitor, visitor.page, folder
        self.count = 0

    def look(self, name: str) -> None:
        """Photograph the page, and find nothing cut off sideways and no complaint of the browser."""
        self.count += 1
        self.page.screenshot(path=self.folder / f"{self.count:02}-{name}.png")
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{name} is {beyond} px too wide"
        assert self.visitor.complaints == []

    def sign_in(self) -> None:
        """Sign in at the door of the admin."""
        self.visitor.open("/admin/")
        self.page.locator("#id_username").fill("newcomer")
        self.page.locator("#id_password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("form [type=submit]").first.click()
        self.look("dashboard")

    def create_study(self) -> None:
        """Start from a template, ask for little, and write a consent text."""
        self.visitor.open("/admin/ratings/study/")
        self.look("no-studies")
        self.visitor.open("/admin/ratings/study/add/")
        self.look("new-study")
        with self.page.expect_navigation():
            self.page.get_by_role("link", name="PAMELA\N{RIGHT SINGLE QUOTATION MARK}s own study").click()
        self.page.locator("#id_slug").fill("first")
        self.look("template")
        self.tab("Raters")
        for name, value in (("target", "2"), ("quota", str(PICTURES)), ("practice_count", "0")):
            self.page.locator(f"#id_{name}").fill(value)
        self.look("raters-tab")
        self.tab("Selection")
        self.page.locator("#id_attention_every").fill("0")
        self.page.locator("#id_repeat_share").fill("0")
        self.tab("Consent")
        self.page.locator("#id_consent_text").fill("Your ratings are stored under a made-up name.")
        self.look("consent-tab")
        with self.page.expect_navigation():
            self.page.locator("[name=_continue]").click()
        self.look("draft")

    def tab(self, name: str) -> None:
        """Open a tab of the form."""
        self.page.locator("form").get_by_text(name, exact=True).first.click()

    def upload(self, files: list[Path]) -> None:
        """Hand pictures in, and see them taken in by a worker."""
        self.visitor.open(f"/admin/ratings/study/{Study.objects.get().pk}/upload/")
        self.look("upload")
        self.page.set_input_files("[name=pictures]", files)
        self.page.get_by_role("button", name="Upload", exact=True).click()
        self.page.wait_for_url("**/ratings/delivery/*/change/")
        import_delivery(delivery_id=Delivery.objects.get().pk)
        self.page.reload()
        expect(self.page.get_by_text(f"{PICTURES} added").first).to_be_visible()
        self.look("delivery")

    def open_study(self) -> None:
        """Open the study for raters."""
        self.visitor.open(f"/admin/ratings/study/{Study.objects.get().pk}/open_for_raters/")
        self.look("open-question")
        with self.page.expect_navigation():
            self.page.locator(".admin-question").get_by_role("button", name="Open", exact=True).click()
        self.look("open")

    def see_results(self) -> None:
        """Look at the participants, at the quality and at the ratings."""
        study = Study.objects.get()
        for name in ("participants", "quality", "selection"):
            self.visitor.open(f"/admin/ratings/study/{study.pk}/{name}/")
            self.look(name)
        self.visitor.open("/admin/ratings/rating/")
        self.look("ratings")

    def take_dump(self) -> Path:
        """Export, wait for the worker, and take the files home."""
        self.visitor.open(f"/admin/ratings/study/{Study.objects.get().pk}/export/")
        self.look("export-question")
        with self.page.expect_navigation():
            self.page.locator(".admin-question").get_by_role("button", name="Export", exact=True).click()
        self.look("dump-waits")
        write_dump(dump_id=Dump.objects.get().pk)
        expect(self.page.get_by_role("link", name="Zip").first).to_be_visible()  # the list follows the worker
        self.visitor.open(f"/admin/ratings/dump/{Dump.objects.get().pk}/change/")
        self.look("dump")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="All as zip").click()
        return Path(download.value.path())


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write pictures of different colours."""
    paths = ((tmp_path / "pictures" / f"{color}.png", color) for color in COLOURS)
    return [make_picture(path, width=320, height=240, color=color) for path, color in paths]


@BOTH_SIZES
def test_a_newcomer_comes_from_an_empty_installation_to_a_dump(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str, files: list[Path], tmp_path: Path
) -> None:
    User.objects.create_superuser("newcomer", password=PASSWORD)
    album = tmp_path / "album"
    album.mkdir()
    seen: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
    newcomer = Newcomer(new_visitor(**seen), album)
    newcomer.sign_in()
    newcomer.create_study()
    newcomer.upload(files)
    newcomer.open_study()
    rate_all(new_visitor(**seen), Study.objects.get())
    newcomer.see_results()
    with ZipFile(newcomer.take_dump()) as dump:
        names = {Path(name).name for name in dump.namelist()}
    assert {"manifest.json", "README.md"} <= names
    assert Rating.objects.count() == PICTURES


def rate_all(rater: Visitor, study: Study) -> None:
    """Take part as a rater, from the study's link to the end."""
    rater.open(f"/s/{study.slug}/")
    rater.join(study)
    rater.start_rating(study)
    rater.press_until_screen("4")
    with rater.page.expect_navigation():
        rater.page.get_by_role("button", name="Finish").click()
    rater.await_condition(lambda: Rating.objects.count() == PICTURES, "all ratings to be stored")
