"""What goes wrong between a press and its answer: a slow server, an ended session, a page that is hidden or closed."""

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from annotate.tests.browser import NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_offline import API, UNSENT, await_shelf, rate_offline, reload
from ratings.choices import AssignmentState, StudyState
from ratings.models import Assignment, Rating, Study

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
BATCH = "**/ratings/batch"
HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
ONLINE = "dispatchEvent(new Event('online'))"


def hold(visitor: Visitor, place: str = BATCH) -> list[tuple[Route, Any]]:
    """Let requests arrive at the server, and keep what it answers."""
    held: list[tuple[Route, Any]] = []
    visitor.page.route(place, lambda route: held.append((route, route.fetch())))
    return held


def let_go(visitor: Visitor, held: list[tuple[Route, Any]], place: str = BATCH) -> None:
    """Give the answers that were kept."""
    for route, response in held:
        route.fulfill(response=response)
    visitor.page.unroute(place)


def test_an_undo_before_the_slow_answer_to_the_rating_takes_it_back(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    held = hold(visitor)
    visitor.press("2")
    visitor.await_condition(lambda: held, "the rating to arrive")
    visitor.press("Backspace")
    visitor.expect_progress("0 of 3")
    visitor.press("5")
    visitor.expect_progress("1 of 3")
    let_go(visitor, held)
    visitor.expect_all_sent()
    assert standing_values() == [5]
    visitor.expect_progress("1 of 3")


def test_a_page_that_is_hidden_while_it_sends_stores_each_answer_once(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    held = hold(visitor)
    visitor.press("2")
    visitor.await_condition(lambda: held, "the rating to arrive")
    visitor.press("3")
    visitor.page.evaluate(HIDE, "hidden")
    visitor.await_condition(lambda: len(held) > 1, "the hidden page to send what waits")
    visitor.page.evaluate(HIDE, "visible")
    let_go(visitor, held)
    visitor.expect_all_sent()
    assert standing_values() == [2, 3]
    assert Rating.objects.count() == 2


def test_time_in_which_the_page_was_hidden_is_no_view_time(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=2))
    visitor.await_picture()
    before = visitor.page.evaluate("performance.now()")
    visitor.page.evaluate(HIDE, "hidden")
    visitor.page.wait_for_function("(until) => performance.now() > until", arg=before + 3_000)
    hidden = visitor.page.evaluate("performance.now()") - before
    visitor.page.evaluate(HIDE, "visible")
    shown = visitor.page.evaluate("performance.now()")
    visitor.press("4")
    visitor.expect_all_sent()
    stored = Rating.objects.get().response_ms
    assert stored is not None
    assert stored < shown - hidden


def test_what_was_said_before_the_session_ended_waits_for_its_author(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=4)
    visitor = joined(new_visitor, study)
    cookies = visitor.page.context.cookies()
    visitor.page.context.clear_cookies()
    visitor.press("2")
    expect(visitor.page.get_by_role("heading", name="You are no longer signed in")).to_be_visible()
    assert not Rating.objects.exists()
    assert visitor.page.evaluate(UNSENT) == 1
    visitor.page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what the browser gave
    visitor.open(f"/s/{study.slug}/rate/")
    visitor.expect_progress("1 of 4")
    visitor.expect_all_sent()
    assert standing_values() == [2]


@pytest.mark.parametrize(
    ("status", "headers"),
    [(500, {}), (502, {}), (503, {"Retry-After": "1"}), (503, {"Retry-After": "99999999"})],
)
def test_a_server_in_trouble_is_asked_again_and_not_in_haste(
    new_visitor: NewVisitor, status: int, headers: dict[str, str]
) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, headers=headers, body="")

    visitor.page.route(BATCH, refuse)
    visitor.press("2")
    visitor.press("3")
    visitor.expect_progress("2 of 3")
    expect(visitor.page.locator("#unsent-count")).to_have_text("2")
    expect(visitor.page.locator("#unsent")).to_be_visible()
    assert 1 <= len(asked) <= 6
    visitor.page.unroute(BATCH)
    reload(visitor)
    visitor.expect_all_sent()
    assert standing_values() == [2, 3]


def test_a_skip_and_an_undo_without_a_network_arrive_in_their_order(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=5))
    await_shelf(visitor, items=5)
    with visitor.offline():
        rate_offline(visitor, keys="1")
        visitor.await_picture()
        visitor.page.get_by_role("button", name="Skip").click()
        visitor.page.locator("dialog[open] form:not([inert]) button[value]").first.click()
        rate_offline(visitor, keys="2")
        visitor.page.keyboard.press("Backspace")
        visitor.expect_progress("1 of 5")
        rate_offline(visitor, keys="3")
        visitor.page.close()
    later = Visitor(visitor.page.context.new_page(), base_url=visitor.base_url)
    later.open(f"/s/{Study.objects.get().slug}/rate/")
    later.expect_progress("2 of 5")
    later.expect_all_sent()
    assert standing_values() == [1, 3]
    assert Assignment.objects.filter(state=AssignmentState.SKIPPED).count() == 1


def test_without_a_network_from_the_start_the_page_says_so_and_begins_when_it_comes(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2)
    visitor = new_visitor()
    visitor.join(study)
    visitor.page.route(API, lambda route: route.abort())
    visitor.open(f"/s/{study.slug}/rate/")
    expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
    visitor.page.unroute(API)
    visitor.page.evaluate(ONLINE)
    visitor.press("2")
    visitor.expect_all_sent()
    assert standing_values() == [2]


def test_two_studies_in_two_tabs_keep_their_answers_apart(new_visitor: NewVisitor) -> None:
    one, other = make_gallery(count=3), make_gallery(count=3)
    visitor = joined(new_visitor, one)
    second = Visitor(visitor.page.context.new_page(), base_url=visitor.base_url)
    second.join(other)
    second.start_rating(other)
    with visitor.offline():
        for tab, key in ((visitor, "1"), (second, "5"), (visitor, "2"), (second, "4")):
            tab.press(key)
        visitor.expect_progress("2 of 3")
        second.expect_progress("2 of 3")
    visitor.expect_all_sent()
    second.expect_all_sent()
    of_study = {
        study.pk: set(Rating.objects.filter(participation__study=study).values_list("value", flat=True))
        for study in (one, other)
    }
    assert of_study == {one.pk: {1, 2}, other.pk: {4, 5}}


def test_an_undo_that_the_server_refuses_is_said(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    visitor.press("2")
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    Study.objects.filter(pk=study.pk).update(state=StudyState.CLOSED)
    visitor.press("Backspace")
    expect(visitor.page.locator("#toast")).to_contain_text("closed")
    assert standing_values() == [2]


def test_an_undo_in_one_tab_reaches_what_another_page_has_sent_meanwhile(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    throttled = {"status": 429, "headers": {"Retry-After": "3600"}, "json": {"code": "throttled", "message": "Wait."}}
    visitor.page.route(BATCH, lambda route: route.fulfill(**throttled))
    visitor.press("1")
    visitor.expect_progress("1 of 4")
    visitor.press("2")  # waits, as the server wants to hear nothing
    visitor.expect_progress("2 of 4")
    visitor.await_condition(lambda: visitor.page.evaluate(UNSENT) == 2, "both to be on the device")
    other = Visitor(visitor.page.context.new_page(), base_url=visitor.base_url)
    other.open("/me/")
    visitor.await_condition(lambda: len(standing_values()) == 2, "the other page to send them")
    visitor.press("Backspace")
    visitor.expect_progress("1 of 4")
    visitor.page.unroute(BATCH)
    visitor.page.reload()
    visitor.expect_all_sent()
    visitor.await_condition(lambda: standing_values() == [1], "the undo to arrive")
