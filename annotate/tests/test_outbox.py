"""A browser that loses nothing: slow, lossy and absent networks, reloads, closed tabs and second ones."""

import time
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from annotate.tests.browser import NewVisitor, Visitor, joined, make_gallery, standing_values
from ratings.choices import AssignmentState
from ratings.models import Assignment, Rating, Study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HALF_LOADED = "[...document.querySelectorAll('#frame img')].filter((image) => !image.complete).length"
ELSEWHERE = "Open in another tab"


def test_a_rating_never_waits_for_the_network(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=6))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/api/v1/**", lambda _route: None)
    seen = [visitor.picture]
    for _ in range(5):
        visitor.press("3")
        seen.append(visitor.picture)
    assert len(set(seen)) == 6
    visitor.expect_progress("5 of 6")


def test_on_a_slow_network_a_picture_is_rated_only_once_it_is_there(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2)
    visitor = new_visitor()
    visitor.join(study)
    held: list[Any] = []
    visitor.page.route("**/media/**", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks handlers
    visitor.open(f"/s/{study.slug}/rate/")
    expect(visitor.page.locator("#frame .placeholder")).to_be_attached()
    visitor.page.keyboard.press("3")
    visitor.expect_progress("0 of 2")
    visitor.await_condition(lambda: held, "the page to ask for its picture")
    for route in held:
        route.continue_()
    visitor.press("4")
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    assert standing_values() == [4]


def test_what_is_rated_offline_is_kept_over_a_reload_and_sent_once(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=6)
    visitor = joined(new_visitor, study)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/ratings/batch", lambda route: route.abort())
    for key in "1234":
        visitor.press(key)
    expect(visitor.page.locator("#unsent-count")).to_have_text("4")
    expect(visitor.page.locator("#notice")).to_contain_text("Your answers are kept")
    visitor.check_page()
    assert not Rating.objects.exists()
    visitor.page.unroute("**/ratings/batch")
    visitor.start_rating(study)
    visitor.expect_progress("4 of 6")
    visitor.expect_all_sent()
    assert standing_values() == [1, 2, 3, 4]


def test_a_closed_tab_leaves_its_ratings_to_the_next_page(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    visitor = joined(new_visitor, study)
    visitor.page.context.route("**/ratings/batch", lambda route: route.abort())
    visitor.press("2")
    visitor.expect_progress("1 of 3")
    visitor.page.close()
    visitor.page.context.unroute("**/ratings/batch")
    later = Visitor(visitor.page.context.new_page(), base_url=visitor.base_url)
    with later.page.expect_response("**/ratings/batch"):
        later.open("/me/")
    assert standing_values() == [2]


def test_a_lossy_network_loses_and_doubles_nothing(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=8))
    calls = iter(range(1000))

    def lose(route: Any) -> None:
        """Lose a request, the answer to one that arrived, and the rest of an answer that had begun."""
        match next(calls) % 4:
            case 0:
                route.abort()
            case 1:
                route.fetch()
                route.abort()
            case 2:
                route.fulfill(body=route.fetch().text()[:20])
            case _:
                route.continue_()

    visitor.page.route("**/ratings/batch", lose)
    values = [1, 5, 2, 4, 3, 1, 2, 5]
    for value in values:
        visitor.press(str(value))
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == values
    assert Rating.objects.count() == len(values)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_page_of_a_captive_portal_takes_nothing_that_waits_to_be_sent(new_visitor: NewVisitor, status: int) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    visitor.press("2")
    visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    visitor.page.route(
        "**/ratings/*", lambda route: route.fulfill(status=status, body="<h1>Log in</h1>", content_type="text/html")
    )
    with visitor.page.expect_event("requestfinished", lambda request: request.method == "DELETE"):
        visitor.press("Backspace")
    visitor.expect_progress("0 of 3")
    assert standing_values() == [2]
    visitor.page.unroute("**/ratings/*")
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.await_condition(lambda: not standing_values(), "the undo to arrive")


def test_nothing_is_sent_before_the_time_that_the_server_names(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    sent_at: list[float] = []

    def answer(route: Route) -> None:
        sent_at.append(time.monotonic())
        if len(sent_at) > 1:
            return route.continue_()
        return route.fulfill(status=429, headers={"Retry-After": "2"}, json={"code": "throttled", "detail": "Wait."})

    visitor.page.route("**/ratings/batch", answer)
    visitor.press("2")
    visitor.expect_progress("1 of 3")
    visitor.press("3")
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert sent_at[1] - sent_at[0] >= 2
    assert standing_values() == [2, 3]


def test_an_answer_that_comes_late_brings_no_picture_back(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    late: list[tuple[Any, Any]] = []
    visitor.page.route("**/leases", lambda route: late.append((route, route.fetch())))
    visitor.press("1")
    visitor.press("2")
    visitor.await_condition(lambda: late, "the page to ask for more pictures")
    visitor.expect_all_sent()
    with visitor.page.expect_event("requestfinished", lambda request: request.url.endswith("/leases")):
        for route, response in late:  # it lists the second picture, which was rated in the meantime
            route.fulfill(response=response)
    visitor.page.unroute("**/leases")
    visitor.await_layout()
    visitor.press("3")
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [1, 2, 3]


@pytest.mark.slow
def test_on_slow_3g_every_picture_is_whole_when_shown_and_every_click_arrives_once(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=12)
    visitor = new_visitor()
    visitor.join(study)
    visitor.slow_down()
    visitor.start_rating(study)
    values = [1, 5, 2, 4, 3, 1, 2, 5, 4, 4, 2, 1]
    for value in values:
        visitor.press(str(value))
        assert visitor.page.evaluate(HALF_LOADED) == 0
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == values
    assert Rating.objects.count() == len(values)


def test_the_page_goes_on_offline_as_long_as_pictures_last(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=20))
    visitor.page.wait_for_load_state("networkidle")
    with visitor.offline():
        visitor.press_until_screen("4")
        expect(visitor.page.get_by_role("heading", name="You are offline")).to_be_visible()
        visitor.check_page()
    visitor.await_picture()
    visitor.expect_all_sent()
    assert len(standing_values()) >= 5


def test_a_second_tab_waits_and_may_take_over(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=4)
    first = joined(new_visitor, study)
    first.press("1")
    first.expect_progress("1 of 4")
    second = Visitor(first.page.context.new_page(), base_url=first.base_url)
    second.open(f"/s/{study.slug}/rate/")
    expect(second.page.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    second.check_page()
    second.page.get_by_role("button", name="Continue here").click()
    expect(first.page.get_by_role("heading", name=ELSEWHERE)).to_be_visible()
    second.press("2")
    second.expect_progress("2 of 4")
    second.expect_all_sent()
    assert standing_values() == [1, 2]


@pytest.mark.slow
def test_a_tab_that_takes_the_session_back_shows_nothing_that_the_other_one_rated(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=12)
    first = joined(new_visitor, study)
    first.press("1")
    first.expect_all_sent()
    second = Visitor(first.page.context.new_page(), base_url=first.base_url)
    second.open(f"/s/{study.slug}/rate/")
    second.page.get_by_role("button", name="Continue here").click()
    for number, key in enumerate("2345", 2):
        second.press(key)
        second.expect_progress(f"{number} of 12")
    second.expect_all_sent()
    first.page.get_by_role("button", name="Continue here").click()
    first.press("3")
    first.expect_progress("6 of 12")
    first.expect_all_sent()
    assert standing_values() == [1, 2, 3, 4, 5, 3]
    assert Rating.objects.count() == 6


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_pausing_or_closing_a_study_stops_its_raters_at_once(new_visitor: NewVisitor, state: str) -> None:
    study = make_gallery(count=8)
    visitor = joined(new_visitor, study)
    Study.objects.filter(pk=study.pk).update(state=state)
    visitor.press_until_screen("3")
    expect(visitor.page.get_by_role("heading", name=f"The study is {state}")).to_be_visible()
    visitor.check_page()


@pytest.mark.slow
def test_a_paused_page_goes_on_by_itself_once_the_study_does_and_no_answer_is_lost(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    visitor = joined(new_visitor, study)
    paused = visitor.page.get_by_role("heading", name="The study is paused")
    Study.objects.filter(pk=study.pk).update(state="paused")
    visitor.press_until_screen("3")
    expect(paused).to_be_visible()
    answered = Rating.objects.count()
    with visitor.page.expect_event("requestfinished", lambda request: request.url.endswith("/leases")):
        visitor.page.get_by_role("button", name="Check again").click()
    visitor.page.keyboard.press("3")
    visitor.await_layout()
    expect(paused).to_be_visible()  # though pictures wait here
    visitor.page.route("**/leases", lambda route: route.abort())
    with visitor.page.expect_event("requestfailed", lambda request: request.url.endswith("/leases")):
        visitor.page.get_by_role("button", name="Check again").click()
    visitor.page.unroute("**/leases")
    Study.objects.filter(pk=study.pk).update(state="open")
    visitor.await_picture()  # nobody presses anything
    for _ in range(8 - answered):
        visitor.press("4")
    visitor.page.get_by_role("button", name="Finish").click()
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [3] * answered + [4] * (8 - answered)


def test_who_has_pressed_stop_sees_no_further_picture_when_the_network_comes_back(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=12))
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.route("**/ratings/batch", lambda route: route.abort())
    visitor.press("3")
    visitor.page.get_by_role("button", name="Stop for now").click()
    expect(visitor.page.get_by_role("heading", name="See you soon")).to_be_visible()
    with visitor.page.expect_request("**/ratings/batch"):
        visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.page.wait_for_load_state("networkidle")
    visitor.await_layout()
    expect(visitor.page.get_by_role("heading", name="See you soon")).to_be_visible()
    visitor.page.unroute("**/ratings/batch")
    visitor.page.wait_for_url("**/me/")
    assert standing_values() == [3]


def test_stopping_for_now_gives_back_what_was_not_rated(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=6))
    visitor.press("3")
    visitor.page.get_by_role("button", name="Stop for now").click()
    visitor.page.wait_for_url("**/me/")
    assert standing_values() == [3]
    assert not Assignment.objects.filter(state=AssignmentState.LEASED).exists()
