"""Many pictures chosen at once in the admin arrive in parts, in a real Chromium, whatever the network does."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Dialog, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from annotate.tests.browser import DESKTOP, NewVisitor, Visitor
from ratings.models import Delivery, Study, Upload
from ratings.services.uploads.imports import import_delivery
from ratings.tests.disks import deliveries_folder
from ratings.tests.factories import make_picture, make_staff, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNT = 250
PART_FILES = 100  # of upload-parts.js
PARTS = re.compile(r"/upload/files/[0-9a-f]+/$")  # where pieces are sent
DELIVERY = re.compile(r"/ratings/delivery/\d+/change/")


@pytest.fixture
def study() -> Study:
    return make_study(slug="birds", title="Birds")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write tiny pictures of different colours, and an empty file."""
    made = [
        make_picture(tmp_path / f"{number:03}.png", width=8, height=8, color=f"#{number:02x}8040")
        for number in range(COUNT)
    ]
    empty = tmp_path / "empty.png"
    empty.touch()
    return [*made, empty]


@pytest.fixture
def visitor(new_visitor: NewVisitor, live_server: LiveServer, study: Study) -> Visitor:
    return at_upload_page(new_visitor(viewport=DESKTOP, has_touch=False), study=study)


def at_upload_page(visitor: Visitor, *, study: Study) -> Visitor:
    """Sign a researcher in, and open the page."""
    client = Client()
    client.force_login(make_staff("mira", group="researcher"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base_url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    visitor.open(reverse("admin:ratings_study_upload", args=[study.pk]))
    return visitor


def choose(visitor: Visitor, files: list[Path]) -> None:
    """Choose files, and press the button."""
    visitor.page.set_input_files("[name=pictures]", files)
    visitor.page.get_by_role("button", name="Upload", exact=True).click()


def arrived() -> dict[str, bytes]:
    """Read the pictures of the one delivery."""
    folder = deliveries_folder() / Delivery.objects.get().folder / "pictures"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Wire:
    """Counts the parts that a page sends, from 1, and carries those that it should."""

    def __init__(self, page: Page, *, carries: Callable[[int], bool]) -> None:
        """Come between the page and the server."""
        self.carries = carries
        self.count = 0
        page.route(PARTS, self.carry)

    def carry(self, route: Route) -> None:
        """Carry a part, or lose it."""
        self.count += 1
        if self.carries(self.count):
            route.continue_()
        else:
            route.abort("connectionfailed")


class AnswerLosingWire(Wire):
    """Loses the answers to some parts, too: the server has them, and the browser does not know."""

    def carry(self, route: Route) -> None:
        """Carry a part, lose it, or lose the answer to it."""
        if self.count + 1 == 2:
            route.fetch()
        super().carry(route)


@pytest.mark.slow
def test_251_files_one_of_them_empty_arrive_though_the_network_breaks(
    visitor: Visitor, study: Study, files: list[Path]
) -> None:
    wire = AnswerLosingWire(visitor.page, carries=lambda number: number not in {2, 3})
    choose(visitor, files)
    expect(visitor.page.locator("[data-sending-text]")).to_contain_text("The connection broke; trying again in")
    visitor.page.wait_for_url(DELIVERY)
    assert wire.count == 5  # three parts, and two that were lost
    assert arrived() == {path.name: path.read_bytes() for path in files}
    import_delivery(delivery_id=Delivery.objects.get().pk)
    assert study.study_images.count() == COUNT
    visitor.page.reload()
    expect(visitor.page.get_by_role("status")).to_contain_text("250 added, 1 rejected")
    expect(visitor.page.get_by_text("empty.png")).to_be_visible()


def test_after_a_reload_only_what_has_not_arrived_is_sent(visitor: Visitor, files: list[Path]) -> None:
    page = visitor.page
    questions: list[str] = []

    def go_on(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", go_on)
    wire = Wire(page, carries=lambda number: number == 1)
    choose(visitor, files)
    # The empty file has arrived as soon as it is announced.
    so_far = f"{PART_FILES + 1} of {COUNT + 1} files have arrived"
    expect(page.locator("[data-sending-text]")).to_contain_text(re.compile(rf"The connection broke; .*{so_far}"))
    page.reload()
    assert questions == ["beforeunload"]
    expect(page.get_by_text("was cut off")).to_contain_text(so_far)
    wire.carries, before = (lambda _number: True), wire.count
    choose(visitor, files)
    page.wait_for_url(DELIVERY)
    assert wire.count - before == 2
    assert arrived() == {path.name: path.read_bytes() for path in files}
    assert questions == ["beforeunload"]


def test_an_archive_is_sent_in_slices_and_stopped_where_it_is(visitor: Visitor, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(bytes(range(256)) * 40_000)  # 10.2 MB: three slices
    page = visitor.page
    wire = Wire(page, carries=lambda number: number == 1)
    choose(visitor, [archive])
    said = page.locator("[data-sending-text]")
    expect(said).to_contain_text("The connection broke; trying again in")
    page.get_by_role("button", name="Stop").click()
    expect(said).to_contain_text("Stopped. What has arrived is kept for a day")
    assert Upload.objects.get().files.get().received == 4 * 1024 * 1024
    wire.carries, before = (lambda _number: True), wire.count
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(DELIVERY)
    assert wire.count - before == 2
    assert arrived() == {"all.zip": archive.read_bytes()}


def test_what_was_begun_can_be_discarded(visitor: Visitor, files: list[Path]) -> None:
    page = visitor.page
    Wire(page, carries=lambda _number: False)
    page.on("dialog", lambda dialog: dialog.accept())
    choose(visitor, files[:3])
    expect(page.locator("[data-sending-text]")).to_contain_text("The connection broke")
    page.reload()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_text("was cut off")).to_have_count(0)
    assert not Upload.objects.exists()


def test_a_refusal_is_said_and_what_was_chosen_stays(visitor: Visitor, study: Study, files: list[Path]) -> None:
    Study.objects.update(state="closed")
    choose(visitor, files[:3])
    expect(visitor.page.locator("[data-sending-text]")).to_contain_text("is closed; reopen it before adding images")
    expect(visitor.page.get_by_role("button", name="Upload", exact=True)).to_be_enabled()
    expect(visitor.page.locator("[data-chosen]")).to_contain_text("3 files")


def test_without_scripts_the_form_sends_everything_at_once_and_says_how_much_that_may_be(
    new_visitor: NewVisitor, live_server: LiveServer, study: Study, files: list[Path]
) -> None:
    visitor = at_upload_page(new_visitor(viewport=DESKTOP, java_script_enabled=False), study=study)
    expect(visitor.page.get_by_text("at most 2000 of them at once")).to_be_visible()
    choose(visitor, [*files[:3], files[-1]])
    visitor.page.wait_for_url(DELIVERY)
    assert set(arrived()) == {"000.png", "001.png", "002.png", "empty.png"}
