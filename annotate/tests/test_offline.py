"""The rating page comes back without a network, is never stale with one, and leaves nothing to the next person."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import NewVisitor, Visitor, joined, make_gallery, standing_values
from annotate.tests.test_pair_journey import answers, await_pair, make_comparison, started
from ratings.models import Study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NO_CONNECTION = "No connection. Your answers are kept."
KEEP = """async (sitting) => {
  for (const name of await caches.keys())
    if (!name.endsWith("pictures")) await (await caches.open(name)).put("/s/sitting", new Response(sitting));
}"""
API = "**/api/**"
KEPT_NAMES = "caches.keys()"  # promises are asked for by `evaluate`: `wait_for_function` takes one for an answer
PAGE_KEPT = "navigator.serviceWorker.ready.then(() => caches.match(location.pathname)).then((page) => Boolean(page))"
NOTES = "Object.keys(localStorage).filter((key) => key.startsWith('pamela '))"
KEPT = """async () => {
  const answer = await caches.match("/s/sitting");
  const { items, progress } = answer ? await answer.json() : { items: [], progress: {} };
  return [items.length, progress.done];
}"""


def await_shelf(visitor: Visitor, *, items: int, done: int = 0) -> None:
    """Wait until this device holds the page, so many pictures or pairs, and how many are done."""
    visitor.await_condition(lambda: visitor.page.evaluate(PAGE_KEPT), "the page to be kept on the device")
    expected = [items, done]
    visitor.await_condition(lambda: visitor.page.evaluate(KEPT) == expected, f"{expected} to be kept on the device")


def rate_offline(visitor: Visitor, *, keys: str) -> None:
    """Rate so many pictures without a network, seeing each, and seeing each answer counted."""
    progress = visitor.page.locator("#progress-text")
    for key in keys:
        visitor.await_picture()
        assert visitor.page.evaluate("document.querySelector('#frame img').naturalWidth") > 0
        before = progress.inner_text()
        visitor.page.keyboard.press(key)
        expect(progress).not_to_have_text(before)


def reload(visitor: Visitor) -> Visitor:
    """Load the page again in its tab."""
    visitor.page.reload()
    return visitor


def reopen(visitor: Visitor) -> Visitor:
    """Close the tab and open its address in a new one."""
    address, context = visitor.page.url, visitor.page.context
    visitor.page.close()
    later = Visitor(context.new_page(), base_url=visitor.base_url)
    later.page.goto(address)
    return later


@pytest.mark.parametrize("come_back", [reload, reopen])
def test_without_a_network_the_page_comes_back_and_rating_goes_on(
    new_visitor: NewVisitor, come_back: Callable[[Visitor], Visitor]
) -> None:
    visitor = joined(new_visitor, make_gallery(count=8))
    visitor.press("1")
    visitor.expect_all_sent()
    await_shelf(visitor, items=5, done=1)
    with visitor.offline():
        visitor.press("2")
        visitor.expect_progress("2 of 8")
        later = come_back(visitor)
        later.expect_progress("2 of 8")
        expect(later.page.locator("#notice")).to_contain_text(NO_CONNECTION)
        later.check_page()
        rate_offline(later, keys="345")
        later.expect_progress("5 of 8")
        expect(later.page.locator("#unsent-count")).to_have_text("4")
    later.expect_all_sent()
    expect(later.page.locator("#notice")).to_be_hidden()
    assert standing_values() == [1, 2, 3, 4, 5]
    rate_offline(later, keys="123")
    later.page.get_by_role("button", name="Finish").click()
    later.page.wait_for_url("**/done/")
    assert standing_values() == [1, 2, 3, 4, 5, 1, 2, 3]


def test_when_the_kept_pictures_are_through_the_page_says_so_and_waits(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=20))
    await_shelf(visitor, items=6)
    with visitor.offline():
        reload(visitor)
        rate_offline(visitor, keys="123451")
        expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
        visitor.check_page()
        reload(visitor)
        expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
        visitor.expect_progress("6 of 20")
    visitor.await_picture()
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3, 4, 5, 1]


@pytest.mark.slow
def test_what_is_kept_lasts_while_a_dying_network_takes_its_time(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    await_shelf(visitor, items=4)

    held: list[Any] = []
    has_died = threading.Event()
    visitor.page.route(API, lambda route: route.abort() if has_died.is_set() else held.append(route))
    reload(visitor)
    rate_offline(visitor, keys="1")
    visitor.expect_progress("1 of 4")
    visitor.await_condition(lambda: held, "the page to ask the server")
    has_died.set()
    for route in held:  # they fail long after the page has begun
        route.abort()
    rate_offline(visitor, keys="2")
    visitor.expect_progress("2 of 4")
    visitor.page.unroute(API)
    visitor.expect_all_sent()
    assert standing_values() == [1, 2]


def test_a_picture_that_was_rated_never_comes_back_from_what_was_kept_before(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    await_shelf(visitor, items=3)
    kept_before = visitor.page.evaluate("caches.match('/s/sitting').then((answer) => answer.text())")
    visitor.press("1")
    visitor.expect_all_sent()
    await_shelf(visitor, items=2, done=1)
    visitor.page.evaluate(KEEP, kept_before)  # as if the page had gone before it was written again
    with visitor.offline():
        reload(visitor)
        rate_offline(visitor, keys="23")
        expect(visitor.page.locator("#screen")).to_be_visible()
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3]


def test_a_pairwise_study_s_page_comes_back_as_well(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=5))
    await_shelf(visitor, items=5)
    with visitor.offline():
        reload(visitor)
        for key in ("1", "2", "t"):
            await_pair(visitor)
            visitor.page.keyboard.press(key)
        visitor.expect_progress("3 of 5")
        visitor.check_page()
    visitor.expect_all_sent()
    assert answers() == ["left", "right", "tie"]


def test_the_study_s_other_pages_lead_to_the_kept_one(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    await_shelf(visitor, items=3)
    with visitor.offline():
        visitor.open(f"/s/{study.slug}/")
        visitor.page.wait_for_url("**/rate/")
        visitor.await_picture()


def test_with_a_network_no_page_is_stale(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    await_shelf(visitor, items=3)
    Study.objects.filter(pk=study.pk).update(title="A new title")
    reload(visitor)
    expect(visitor.page).to_have_title("Rate · A new title · Pamela")
    assert visitor.page.evaluate("Boolean(navigator.serviceWorker.controller)")
    visitor.open("/")
    assert not visitor.page.evaluate("Boolean(navigator.serviceWorker.controller)")


def test_the_next_rater_in_the_same_browser_finds_nothing_of_the_last(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    await_shelf(visitor, items=3)
    [*before] = visitor.page.evaluate(KEPT_NAMES)
    visitor.page.context.clear_cookies()
    visitor.join(study)
    visitor.start_rating(study)
    await_shelf(visitor, items=3)
    after = visitor.page.evaluate(KEPT_NAMES)
    assert after
    assert not set(before) & set(after)


def test_who_signs_out_leaves_no_page_to_the_next_person_before_that_one_has_joined(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    await_shelf(visitor, items=3)
    visitor.open(f"/s/{study.slug}/other/")
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Start as someone else").click()
    visitor.await_condition(lambda: not visitor.page.evaluate(KEPT_NAMES), "all that was kept to be dropped")


def test_notes_on_what_was_answered_go_with_the_pages_of_a_rater(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    visitor.press("4")
    visitor.expect_all_sent()
    await_shelf(visitor, items=2, done=1)
    [*before] = visitor.page.evaluate(NOTES)
    assert before
    visitor.page.context.clear_cookies()
    visitor.open(f"/s/{study.slug}/")  # the service worker, which reaches no notes, drops the pages here
    visitor.join(study)
    visitor.start_rating(study)
    await_shelf(visitor, items=3)
    assert not set(before) & set(visitor.page.evaluate(NOTES))


def test_a_rater_who_withdraws_leaves_nothing_on_the_device(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    await_shelf(visitor, items=3)
    visitor.page.context.route("**/ratings/batch", lambda route: route.abort())
    visitor.press("4")
    visitor.expect_progress("1 of 3")
    visitor.open("/me/withdraw/")
    visitor.page.get_by_role("button", name="Delete my data").click()
    visitor.page.wait_for_url("**/withdrawn/")
    visitor.await_condition(lambda: not visitor.page.evaluate(KEPT_NAMES), "all that was kept to be dropped")
    assert visitor.page.evaluate(NOTES) == []
    visitor.await_condition(lambda: visitor.page.evaluate(UNSENT) == 0, "the answers not sent to be dropped")


def test_a_rater_who_has_finished_leaves_no_page_on_the_device(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=1))
    await_shelf(visitor, items=1)
    visitor.press("4")
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert visitor.page.evaluate(KEPT_NAMES) == []


UNSENT = """() => new Promise((resolve) => {
  indexedDB.open("pamela", 1).onsuccess = ({ target: { result } }) => {
    result.transaction("outbox").objectStore("outbox").count().onsuccess = ({ target }) => resolve(target.result);
  };
})"""
