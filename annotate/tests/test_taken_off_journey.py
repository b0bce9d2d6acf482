"""A rater's page goes on when a picture on it, or one that waits there, is taken off the study."""

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import NewVisitor, joined, make_gallery, standing_values
from ratings.models import Assignment, Participation
from ratings.services.taking_off import take_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_clicks_on_pictures_taken_off_are_not_counted_and_others_come_in_their_place(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=8, quota=3)
    visitor = joined(new_visitor, study)
    held = Assignment.objects.filter(position__isnull=False).order_by("position")
    visitor.await_condition(lambda: held.count() >= 2, "two pictures in hand")
    take_off(study=study, images=[one.image_id for one in held[:2]], reason="harmful")
    visitor.press("4")  # the one on screen
    expect(visitor.page.locator("body")).to_contain_text("no longer part of the study")
    visitor.press("4")  # one that was loaded before
    for _ in range(3):
        visitor.press("2")
    visitor.expect_progress("3 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [2, 2, 2]
    assert Participation.objects.get().done == 3
    assert visitor.complaints == []
