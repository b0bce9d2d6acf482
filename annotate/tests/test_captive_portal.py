"""A login page of a hotel or a train answers in the place of the server: nothing is taken for an answer, or kept."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from annotate.tests.browser import NewVisitor, joined, make_gallery, standing_values
from annotate.tests.test_offline import await_shelf, rate_offline, reload
from ratings.choices import AssignmentState
from ratings.models import Assignment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOGIN: dict[str, Any] = {
    "status": 200,
    "body": "<!DOCTYPE html><h1>Log in to the train's network</h1>",
    "content_type": "text/html",
}
# The files kept under the name of a rater that are of another kind than their name says.
WRONG_KIND = """async () => {
  const wrong = [];
  const kinds = { js: "javascript", css: "css", webp: "image/", svg: "svg", woff2: "font" };
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const kind = kinds[new URL(request.url).pathname.split(".").at(-1)];
      const type = (await cache.match(request)).headers.get("Content-Type") ?? "";
      if (kind && !type.includes(kind)) wrong.push(request.url);
    }
  }
  return wrong;
}"""
# What a portal gives in the place of a file, put where an earlier release kept it.
POISON = """async (part) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    const portal = () => new Response("<h1>Log in</h1>", { headers: { "Content-Type": "text/html" } });
    for (const request of await cache.keys()) if (request.url.includes(part)) await cache.put(request, portal());
  }
}"""
SKIPPED = {"state": AssignmentState.SKIPPED}


def log_in_page(route: Route) -> None:
    """Answer as the portal does."""
    route.fulfill(**LOGIN)


def only(kind: str) -> Callable[[Route], None]:
    """Answer requests of that kind as the portal does, and let the others through."""
    return lambda route: log_in_page(route) if route.request.resource_type == kind else route.fallback()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["**/media/**", "**/static/**"])
def test_a_page_in_place_of_a_picture_or_a_script_is_not_kept(new_visitor: NewVisitor, place: str) -> None:
    study = make_gallery(count=4)
    visitor = new_visitor()
    visitor.join(study)
    visitor.page.route(place, only("fetch"))
    asked: list[str] = []
    visitor.page.on("requestfinished", lambda request: asked.append(request.resource_type))
    visitor.start_rating(study)
    visitor.await_condition(lambda: "fetch" in asked, "the page to be asked for once more")
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.evaluate(WRONG_KIND) == []
    visitor.page.unroute(place)
    reload(visitor)
    await_shelf(visitor, items=4)
    assert visitor.page.evaluate(WRONG_KIND) == []
    with visitor.offline():
        reload(visitor)
        rate_offline(visitor, keys="12")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["/media/", "/static/"])
def test_what_an_earlier_release_kept_of_a_portal_is_not_shown(new_visitor: NewVisitor, part: str) -> None:
    visitor = joined(new_visitor, make_gallery(count=4))
    await_shelf(visitor, items=4)
    visitor.page.evaluate(POISON, part)
    reload(visitor)
    rate_offline(visitor, keys="1")
    visitor.expect_all_sent()
    visitor.await_condition(lambda: visitor.page.evaluate(WRONG_KIND) == [], "the device to keep what it should")
    with visitor.offline():
        reload(visitor)
        rate_offline(visitor, keys="23")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3]
    assert not Assignment.objects.filter(**SKIPPED).exists()


@pytest.mark.slow
def test_pictures_that_a_portal_withholds_are_not_given_back(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    study = make_gallery(count=3)
    visitor.join(study)
    visitor.page.route("**/media/**", log_in_page)
    leased: list[Route] = []

    def lease_once(route: Route) -> None:
        leased.append(route)
        return route.continue_() if len(leased) == 1 else log_in_page(route)

    visitor.page.route("**/api/**", log_in_page)
    visitor.page.route("**/leases", lease_once)
    visitor.open(f"/s/{study.slug}/rate/")
    expect(visitor.page.locator("#frame .placeholder")).to_be_attached()
    expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
    for place in ("**/media/**", "**/api/**", "**/leases"):
        visitor.page.unroute(place)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    rate_offline(visitor, keys="123")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3]
    assert not Assignment.objects.filter(**SKIPPED).exists()


FOREIGN: list[dict[str, Any]] = [
    {"status": 200, "body": "OK", "content_type": "text/plain"},
    {"status": 200, "body": '{"login": "needed"}', "content_type": "application/json"},
    {"status": 204},
    {"status": 400, "body": "Bad request", "content_type": "text/plain"},
    {"status": 401, "body": ""},
    {"status": 403, "body": "Blocked by policy", "content_type": "text/plain"},
    {"status": 404, "body": "{}", "content_type": "application/json"},
    {"status": 409, "body": "[]", "content_type": "application/json"},
    {"status": 502, "body": "Bad gateway", "content_type": "text/plain"},
]


def answering(foreign: dict[str, Any]) -> Callable[[Route], None]:
    """Give such an answer to every request."""
    return lambda route: route.fulfill(**foreign)


@pytest.mark.slow
def test_what_is_no_answer_of_the_server_settles_nothing(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    for foreign in FOREIGN:
        visitor.press("2")
        visitor.expect_progress("1 of 3")
        visitor.expect_all_sent()
        visitor.page.route("**/ratings/*", answering(foreign))
        with visitor.page.expect_response("**/ratings/*"):
            visitor.press("Backspace")
        visitor.await_layout()
        assert standing_values() == [2], foreign
        expect(visitor.page.locator("#screen")).to_be_hidden()
        visitor.page.unroute("**/ratings/*")
        visitor.page.evaluate("dispatchEvent(new Event('online'))")
        visitor.await_condition(lambda: not standing_values(), f"the undo to arrive after {foreign}")
        visitor.expect_progress("0 of 3")
