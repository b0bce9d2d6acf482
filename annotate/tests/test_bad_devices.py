"""A browser that keeps nothing, a clock that is wrong, a network that neither answers nor fails: rating goes on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Dialog, Route, expect
from playwright.sync_api import Error as BrowserError

from annotate.tests.browser import NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_offline import API, UNSENT, await_shelf, rate_offline, reload
from ratings.models import Participation, Rating

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FULL = "() => { throw new DOMException('The quota has been exceeded.', 'QuotaExceededError'); }"
REFUSED = "() => { throw new DOMException('The operation is insecure.', 'SecurityError'); }"
BROKEN = {
    "notes are full": f"Storage.prototype.setItem = {FULL};",
    "no storage": f"""
        Object.defineProperty(window, "localStorage", {{ get: {REFUSED} }});
        Object.defineProperty(window, "sessionStorage", {{ get: {REFUSED} }});
        CacheStorage.prototype.open = CacheStorage.prototype.keys = async {REFUSED};
        CacheStorage.prototype.match = async {REFUSED};
        IDBFactory.prototype.open = {REFUSED};
        ServiceWorkerContainer.prototype.register = async {REFUSED};""",
    "a database that never opens": "IDBFactory.prototype.open = () => new EventTarget();",
    "a database that cannot be read": f"IDBIndex.prototype.getAll = IDBObjectStore.prototype.getAll = {REFUSED};",
    "a database that cannot be written": f"IDBObjectStore.prototype.put = IDBObjectStore.prototype.delete = {FULL};",
    "a full cache": f"Cache.prototype.put = async {FULL};",
    "no locks": "Object.defineProperty(navigator, 'locks', { value: undefined });",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_a_browser_that_keeps_nothing_rates_undoes_skips_and_finishes(new_visitor: NewVisitor, fault: str) -> None:
    visitor = new_visitor()
    study = make_gallery(count=4)
    visitor.join(study)
    visitor.page.add_init_script(BROKEN[fault])
    errors: list[str] = []
    visitor.page.on("pageerror", lambda error: errors.append(str(error)))
    visitor.start_rating(study)
    visitor.press("1")
    visitor.expect_progress("1 of 4")
    visitor.await_picture()
    visitor.page.get_by_role("button", name="Undo").click()
    visitor.expect_progress("0 of 4")
    for number, key in enumerate("2345", 1):
        visitor.press(key)
        visitor.expect_progress(f"{number} of 4")
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [2, 3, 4, 5]
    assert errors == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["no storage", "a full cache", "a database that cannot be read"])
def test_a_browser_that_keeps_nothing_says_that_it_is_offline(new_visitor: NewVisitor, fault: str) -> None:
    visitor = new_visitor()
    study = make_gallery(count=4)
    visitor.join(study)
    visitor.page.add_init_script(BROKEN[fault])
    visitor.page.route(API, lambda route: route.abort())
    visitor.open(f"/s/{study.slug}/rate/")
    expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
    visitor.page.unroute(API)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.press("3")
    visitor.expect_all_sent()
    assert standing_values() == [3]


@contextmanager
def silence(visitor: Visitor, place: str) -> Iterator[list[Route]]:
    """Let requests get no answer for as long as this lasts, as at the edge of a network."""
    held: list[Route] = []
    visitor.page.context.route(place, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks handlers
    yield held
    visitor.page.context.unroute(place)
    for route in held:
        with suppress(BrowserError):  # its page has gone
            route.abort()


PROMPT_MS = 10_000  # less than any limit a browser or the page has for an answer


@pytest.mark.slow
def test_a_network_that_does_not_answer_keeps_nobody_waiting_where_pictures_are_kept(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=6))
    await_shelf(visitor, items=6)
    reload(visitor)
    visitor.await_picture()
    with silence(visitor, "**/s/**"), silence(visitor, API):
        visitor.press("1")
        visitor.expect_progress("1 of 6")
        visitor.page.reload(timeout=PROMPT_MS)
        expect(visitor.page.locator("#scale [aria-disabled]").first).to_have_attribute(
            "aria-disabled", "false", timeout=PROMPT_MS
        )
        visitor.expect_progress("1 of 6")
        rate_offline(visitor, keys="23")
        visitor.expect_progress("3 of 6")
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.expect_all_sent()
    visitor.expect_progress("3 of 6")
    assert standing_values() == [1, 2, 3]
    rate_offline(visitor, keys="451")
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [1, 2, 3, 4, 5, 1]


@pytest.mark.slow
@pytest.mark.parametrize("status", [502, 503, 504])
def test_while_the_server_is_away_the_kept_page_stands_in(new_visitor: NewVisitor, status: int) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    await_shelf(visitor, items=4)
    away = {"status": status, "body": "<h1>Bad gateway</h1>", "content_type": "text/html"}
    visitor.page.context.route("**/s/**", lambda route: route.fulfill(**away))
    visitor.page.context.route(API, lambda route: route.fulfill(**away))
    reload(visitor)
    rate_offline(visitor, keys="12")
    visitor.page.context.unroute("**/s/**")
    visitor.page.context.unroute(API)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2]


JUMP = "(ms) => { const { now } = Date; Date.now = () => now.call(Date) + ms; }"


@pytest.mark.slow
@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_jumps_changes_no_time_and_loses_no_picture(new_visitor: NewVisitor, hours: int) -> None:
    visitor = joined(new_visitor, make_gallery(count=6))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.evaluate(JUMP, hours * 3_600_000)
    visitor.page.route(API, lambda _route: None)
    for number, key in enumerate("1234", 1):
        visitor.press(key)
        visitor.expect_progress(f"{number} of 6")
    visitor.page.unroute(API)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    reload(visitor)
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3, 4]
    assert all(0 <= (row.response_ms or 0) < 60_000 for row in Rating.objects.all())


@pytest.mark.slow
def test_an_undo_without_a_network_after_a_reload_does_not_stop_the_rater(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=5))
    visitor.press("1")
    visitor.press("2")
    visitor.expect_progress("2 of 5")
    visitor.expect_all_sent()
    await_shelf(visitor, items=3, done=2)
    with visitor.offline():
        reload(visitor)
        visitor.await_picture()
        visitor.page.keyboard.press("Backspace")
        visitor.expect_progress("1 of 5")
        rate_offline(visitor, keys="345")
        visitor.expect_progress("4 of 5")
    visitor.expect_all_sent()
    rate_offline(visitor, keys="2")
    visitor.expect_progress("5 of 5")
    visitor.expect_all_sent()
    assert sorted(standing_values())[:2] == [1, 2]


@pytest.mark.slow
def test_the_next_person_s_answers_and_those_that_still_wait_go_each_to_their_own(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=4)
    visitor = joined(new_visitor, study)
    first = Participation.objects.get()
    visitor.open("/me/")
    link = visitor.page.get_by_label("Link to go on from any device").input_value()
    visitor.start_rating(study)
    context = visitor.page.context
    with visitor.offline():
        visitor.press("1")
        visitor.expect_progress("1 of 4")
        visitor.page.close()
    visitor = Visitor(context.new_page(), base_url=visitor.base_url)
    context.route(API, lambda route: route.abort())
    visitor.open(f"/s/{study.slug}/other/")
    expect(visitor.page.locator("[data-unsent-note]")).to_be_visible()
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Start as someone else").click()
    context.unroute(API)
    visitor.join(study)
    visitor.start_rating(study)
    visitor.press("5")
    visitor.expect_all_sent()
    # The first page may have sent its answer while it was closed: then the server has it, under the first person.
    assert list(Rating.objects.exclude(participation=first).values_list("value", flat=True)) == [5]
    assert visitor.page.evaluate(UNSENT) == 1
    visitor.page.goto(link)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Continue").click()
    visitor.await_condition(lambda: Rating.objects.count() == 2, "what waited to be sent")
    assert Rating.objects.get(value=1).participation == first
    visitor.await_condition(lambda: visitor.page.evaluate(UNSENT) == 0, "nothing to wait")


def test_a_page_that_comes_back_from_the_browser_s_memory_is_up_to_date(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    visitor.press("1")
    visitor.expect_progress("1 of 4")
    visitor.expect_all_sent()
    visitor.open("/")
    visitor.page.go_back()
    visitor.press("2")
    visitor.expect_progress("2 of 4")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2]


AT_RISK = "Your answers are not sent yet, and this browser cannot keep them. Leave this page open"


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["no storage", "a database that cannot be written"])
def test_a_browser_that_keeps_nothing_promises_nothing(new_visitor: NewVisitor, fault: str) -> None:
    visitor = new_visitor()
    study = make_gallery(count=2)
    visitor.join(study)
    visitor.page.add_init_script(BROKEN[fault])
    visitor.start_rating(study)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/ratings/batch", lambda route: route.abort())
    visitor.press("3")
    expect(visitor.page.locator("#notice")).to_contain_text(AT_RISK)
    visitor.complaints.clear()  # the page warns of what it could not write
    visitor.check_page()
    visitor.press("4")
    visitor.page.get_by_role("button", name="Finish").click()
    expect(visitor.page.get_by_role("heading", name="Sending the last answers")).to_be_visible()
    expect(visitor.page.locator("#screen")).to_contain_text(AT_RISK)
    expect(visitor.page.locator("#screen")).not_to_contain_text("safe on this device")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    visitor.page.on("dialog", stay)
    visitor.page.close(run_before_unload=True)
    visitor.await_condition(lambda: asked == ["beforeunload"], "the browser to ask before it closes the page")
    visitor.page.unroute("**/ratings/batch")
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [3, 4]
