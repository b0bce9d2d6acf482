"""Several people and one browser, one person and several browsers: who is rating, as Chromium shows and sends it."""

import re

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, NewVisitor, Visitor, make_gallery, standing_values
from annotate.tests.test_offline import KEPT_NAMES, UNSENT, await_shelf
from ratings.models import Participation, Rating, Study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A = "PROLIFIC_PID=5f00aaaa0000000000000001&STUDY_ID=x1&SESSION_ID=s-a"
B = "PROLIFIC_PID=5f00bbbb0000000000000002&STUDY_ID=x1&SESSION_ID=s-b"

# What a page sends as it goes is past where Playwright could stop it.
CUT_OFF = """const arriving = window.fetch;
window.fetch = (address, call) => localStorage.isCutOff && String(address).endsWith("/ratings/batch")
  ? Promise.reject(new TypeError("cut off")) : arriving(address, call);"""


def enter(visitor: Visitor, study: Study, query: str = "") -> None:
    """Come by a link, consent and look at the first picture."""
    visitor.open(f"/s/{study.slug}/?{query}" if query else f"/s/{study.slug}/")
    visitor.page.get_by_role("link", name="Take part", exact=True).click()
    visitor.page.get_by_role("checkbox").check()
    visitor.page.get_by_role("button", name="Agree and continue").click()
    visitor.page.get_by_role("link", name="Start rating").click()
    visitor.await_picture()


def second_tab(visitor: Visitor) -> Visitor:
    """Open another tab of the same browser."""
    return Visitor(visitor.page.context.new_page(), base_url=visitor.base_url)


def go_on(visitor: Visitor, study: Study, query: str) -> None:
    """Come by a link of somebody who takes part already, and say that it is oneself."""
    visitor.open(f"/s/{study.slug}/?{query}")
    visitor.page.get_by_role("button", name="Yes, continue").click()
    visitor.await_picture()


def values_of(person: str) -> list[float | None]:
    """Give the ratings that stand of the rater with an external id of that beginning."""
    rows = Rating.objects.filter(replaced_at=None, participation__external_id__startswith=person).order_by("id")
    return list(rows.values_list("value", flat=True))


@pytest.mark.slow
def test_two_people_in_two_tabs_write_each_into_their_own_record_and_nothing_is_lost(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    a = new_visitor()
    enter(a, study, A)
    a.press("1")
    a.expect_all_sent()
    a.page.route("**/ratings/batch", lambda route: route.abort())
    a.press("2")  # waits on the device
    a.expect_progress("2 of 8")
    b = second_tab(a)
    enter(b, study, B)
    b.expect_progress("0 of 8")
    b.press("5")
    b.expect_all_sent()
    a.page.unroute_all(behavior="wait")
    a.press("3")
    expect(a.page.get_by_role("heading", name="Someone else is using this browser now")).to_be_visible()
    a.check_page()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([1], [5])
    assert a.page.evaluate(f"({UNSENT})()") == 2
    go_on(a, study, A)
    a.expect_progress("3 of 8")
    a.expect_all_sent()
    b.press("4")  # now B's tab is the one that has to stop
    expect(b.page.get_by_role("heading", name="Someone else is using this browser now")).to_be_visible()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([1, 2, 3], [5])
    go_on(b, study, B)
    b.expect_progress("2 of 8")
    b.expect_all_sent()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([1, 2, 3], [5, 4])


def test_the_page_kept_of_a_is_not_shown_to_b_without_a_network(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    visitor = new_visitor()
    enter(visitor, study, A)
    visitor.press("1")
    visitor.expect_all_sent()
    await_shelf(visitor, items=5, done=1)
    with visitor.offline():
        for place in ("", "rate/"):
            with pytest.raises(BrowserError, match="ERR_"):
                visitor.open(f"/s/{study.slug}/{place}?{B}")
    visitor.open(f"/s/{study.slug}/?{B}")
    visitor.page.get_by_role("link", name="Take part", exact=True).click()
    visitor.page.get_by_role("checkbox").check()
    visitor.page.get_by_role("button", name="Agree and continue").click()
    visitor.page.wait_for_url("**/instructions/")
    assert visitor.page.evaluate(KEPT_NAMES) == []  # the first page made for B took A's pages away
    with visitor.offline(), pytest.raises(BrowserError, match="ERR_"):
        visitor.open(f"/s/{study.slug}/rate/")


def test_a_preview_leads_to_the_participation_only_after_the_task_is_accepted(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2)
    visitor = new_visitor()
    visitor.open(f"/s/{study.slug}/?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=123RVWYBAZW00EXAMPLE")
    expect(visitor.page.get_by_role("alert")).to_contain_text("This is a preview")
    expect(visitor.page.get_by_role("link", name="Take part")).to_have_count(0)
    visitor.check_page()
    enter(visitor, study, "assignmentId=3ABC&hitId=123RVWYBAZW00EXAMPLE&workerId=AZ3456EXAMPLE")
    assert Participation.objects.get().external_id == "AZ3456EXAMPLE"


def test_an_id_that_comes_while_rating_is_added_and_rating_goes_on_in_both_tabs(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    visitor = new_visitor()
    enter(visitor, study)
    visitor.press("1")
    visitor.expect_all_sent()
    later = second_tab(visitor)
    later.open(f"/s/{study.slug}/?{A}")
    later.check_page()
    later.page.get_by_role("button", name="Yes, continue").click()
    expect(later.page.get_by_role("heading", name="Open in another tab")).to_be_visible()
    visitor.press("2")
    visitor.expect_all_sent()
    assert values_of("5f00aaaa") == [1, 2]
    assert Participation.objects.count() == 1


@BOTH_SIZES
def test_on_a_shared_computer_the_next_person_begins_under_a_name_of_their_own(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_gallery(count=4)
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    enter(visitor, study)
    visitor.press("1")
    visitor.expect_all_sent()
    visitor.open(f"/s/{study.slug}/")
    visitor.check_page()
    visitor.page.get_by_role("link", name="Take part as someone else").click()
    visitor.check_page()
    visitor.page.get_by_role("button", name="Start as someone else").click()
    enter(visitor, study)
    visitor.expect_progress("0 of 4")
    assert Participation.objects.count() == 2


def test_who_takes_a_browser_over_lets_the_last_answers_of_who_was_here_go_first(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=4)
    visitor = new_visitor()
    enter(visitor, study)
    visitor.page.context.route("**/ratings/batch", lambda route: route.abort())
    visitor.press("2")
    visitor.expect_progress("1 of 4")
    visitor.page.context.unroute("**/ratings/batch")
    visitor.open(f"/s/{study.slug}/other/")
    visitor.page.get_by_role("button", name="Start as someone else").click()
    visitor.page.wait_for_url(f"**/s/{study.slug}/")
    assert standing_values() == [2]


def test_what_could_not_be_sent_before_somebody_else_takes_over_is_said_to_wait_and_is_sent_later(
    new_visitor: NewVisitor,
) -> None:
    study = make_gallery(count=4)
    visitor = new_visitor()
    visitor.page.add_init_script(CUT_OFF)
    enter(visitor, study, A)
    visitor.page.evaluate("localStorage.isCutOff = 'yes'")
    visitor.press("2")
    visitor.expect_progress("1 of 4")
    visitor.open(f"/s/{study.slug}/other/")
    waits = visitor.page.get_by_text("could not be sent yet. They stay in this browser")
    expect(waits).to_be_visible()
    visitor.check_page()
    visitor.page.get_by_role("button", name="Start as someone else").click()
    visitor.page.wait_for_url(f"**/s/{study.slug}/")
    enter(visitor, study, B)
    visitor.page.evaluate("localStorage.removeItem('isCutOff')")
    visitor.press("5")
    visitor.expect_all_sent()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([], [5])
    go_on(visitor, study, A)
    visitor.expect_all_sent()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([2], [5])


@BOTH_SIZES
def test_a_link_without_an_id_says_so_and_offers_nothing(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_gallery(count=2)
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    visitor.open(f"/s/{study.slug}/?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}&SESSION_ID={{{{%SESSION_ID%}}}}")
    expect(visitor.page.get_by_role("alert")).to_contain_text("This link does not say who you are")
    expect(visitor.page.get_by_role("link", name="Take part")).to_have_count(0)
    visitor.check_page()


@BOTH_SIZES
@pytest.mark.slow
def test_a_resume_link_asks_before_it_replaces_somebody(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_gallery(count=8)
    here = new_visitor(viewport=viewport, color_scheme=scheme)
    enter(here, study)
    here.press("3")
    here.expect_all_sent()
    here.open("/me/")
    here.check_page()
    link = re.sub(r"^https?://[^/]+", "", here.page.get_by_label("Link to go on from any device").input_value())
    there = new_visitor(viewport=viewport, color_scheme=scheme)
    enter(there, study)
    there.open(link)
    expect(there.page.get_by_text("who will be signed out")).to_be_visible()
    there.check_page()
    with there.page.expect_navigation():
        there.page.get_by_role("link", name="Stay signed in as rater-").click()
    there.open(f"/s/{study.slug}/rate/")
    there.expect_progress("0 of 8")
    there.open(link)
    there.page.get_by_role("button", name="Continue").click()
    there.await_picture()
    there.expect_progress("1 of 8")
    late = new_visitor(viewport=viewport, color_scheme=scheme)
    late.open(link)
    expect(late.page.get_by_text("This resume link was used or replaced")).to_be_visible()


@pytest.mark.slow
def test_with_cookies_cleared_and_in_a_second_browser_the_platform_s_link_leads_back(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    first = new_visitor()
    enter(first, study, A)
    first.press("1")
    first.expect_all_sent()
    first.page.context.clear_cookies()
    go_on(first, study, A)
    first.expect_progress("1 of 8")
    second = new_visitor()
    second.open(f"/s/{study.slug}/?{A}")
    second.check_page()
    go_on(second, study, A)
    second.expect_progress("1 of 8")
    assert Participation.objects.count() == 1


@pytest.mark.slow
def test_a_friend_to_whom_a_link_was_forwarded_is_asked_and_stays_who_they_are(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8)
    owner, friend = new_visitor(), new_visitor()
    enter(owner, study, A)
    enter(friend, study, B)
    friend.open(f"/s/{study.slug}/rate/?{A}")
    expect(friend.page.get_by_text("If someone else sent you the link, ask for your own.")).to_be_visible()
    friend.open(f"/s/{study.slug}/rate/")
    friend.press("4")
    friend.expect_all_sent()
    assert (values_of("5f00aaaa"), values_of("5f00bbbb")) == ([], [4])
