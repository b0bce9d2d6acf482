"""A researcher goes through a closed study on a phone as a participant does, with the real pages and scripts."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from annotate.tests.browser import BOTH_SIZES, QUESTIONS, NewVisitor, Visitor, make_gallery
from annotate.tests.test_previews import every_table
from ratings.choices import StudyState
from ratings.models import Study
from ratings.tests.factories import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@BOTH_SIZES
def test_a_closed_study_is_walked_through_from_its_consent_to_its_end_and_nothing_is_stored(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_gallery(
        count=3,
        practice=1,
        state=StudyState.CLOSED,
        profile_questions=QUESTIONS,
        end_questions=[{"key": "said", "label": "Anything to add?"}],
        completion_code="THANKS",
    )
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base_url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    before = every_table()
    begin(visitor, study)
    finish(visitor)
    assert every_table() == before


def begin(visitor: Visitor, study: Study) -> None:
    """Go from the study's page over its consent and questions to the first picture."""
    page = visitor.page
    visitor.open(f"/preview/s/{study.slug}/")
    expect(page.get_by_text("Preview: nothing is stored")).to_be_visible()
    visitor.check_page()
    with page.expect_navigation():
        page.get_by_role("link", name="Take part").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and continue").click()
    page.get_by_role("radio", name="18 to 29").check()
    visitor.check_page()
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/preview/**/instructions/")
    with page.expect_navigation():
        page.get_by_role("link", name="Start rating").click()


def finish(visitor: Visitor) -> None:
    """Rate what there is, answer the question at the end, and read the code."""
    page = visitor.page
    page.get_by_role("button", name="Start practice").click()
    visitor.press("4")
    page.get_by_role("button", name="Start").click()
    for key in "352":
        visitor.press(key)
    with page.expect_navigation():
        page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/preview/**/questions/")
    page.get_by_label("Anything to add?").fill("Fine.")
    with page.expect_navigation():
        page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("THANKS")).to_be_visible()
    visitor.check_page()
