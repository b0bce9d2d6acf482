"""In the list of images, pictures are taken off a study and put back, many at once."""

from typing import Any

import pytest
from django.test import Client

from ratings.models import StudyImage, StudyMember
from ratings.tests.factories import make_images, make_staff, make_study

pytestmark = pytest.mark.django_db
LIST = "/admin/ratings/image/"


@pytest.fixture
def admin() -> Client:
    """Give a researcher's browser."""
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    return client


def send(client: Client, query: str, rows: list[StudyImage], **fields: str) -> Any:
    """Send the list's form with some pictures chosen."""
    chosen = [str(row.image_id) for row in rows]
    return client.post(f"{LIST}?{query}", {"_selected_action": chosen, **fields}, follow=True)


def test_pictures_are_taken_off_with_a_reason_once_that_is_given(admin: Client) -> None:
    study = make_study(title="Harbour")
    rows = make_images(study=study, count=3)
    query = f"study_images__study__id__exact={study.pk}"
    page = send(admin, query, rows[:2], action="take_off_study").content.decode()
    assert "Nobody will be shown these 2 pictures in Harbour any more" in page
    assert StudyImage.objects.filter(off_at__isnull=True).count() == 3
    fields = {"action": "take_off_study", "confirmed": "1", "reason": "rights", "words": "asked by mail"}
    page = send(admin, query, rows[:2], **fields).content.decode()
    assert "Harbour: 2 images taken off, and 0 comparisons that show them; 0 leases ended." in page
    off = StudyImage.objects.filter(off_at__isnull=False)
    assert set(off.values_list("pk", "off_reason", "off_by__username")) == {
        (row.pk, "rights", "ann") for row in rows[:2]
    }
    only_off = admin.get(f"{LIST}?{query}&off=1").content.decode()
    assert [row.name in only_off for row in rows] == [True, True, False]
    assert "taken off: No right to show it" in only_off
    send(admin, query, rows, action="put_back_into_study", confirmed="1")
    assert StudyImage.objects.filter(is_active=True).count() == 3


def test_another_reason_needs_words_and_says_so(admin: Client) -> None:
    study = make_study()
    rows = make_images(study=study, count=1)
    query = f"study_images__study__id__exact={study.pk}"
    page = send(admin, query, rows, action="take_off_study", confirmed="1", reason="other").content.decode()
    assert "Say in words what the other reason is." in page
    assert StudyImage.objects.filter(is_active=True).exists()


def test_without_a_study_in_the_filters_the_page_asks_for_one(admin: Client) -> None:
    rows = make_images(study=make_study(), count=1)
    assert "Choose a study in the filters first" in send(admin, "", rows, action="take_off_study").content.decode()


def test_who_may_only_look_is_offered_nothing_to_choose() -> None:
    client = Client()
    client.force_login(make_staff("bob", group="rater manager"))
    rows = make_images(study=make_study(), count=1)
    assert "_selected_action" not in client.get(LIST).content.decode()
    send(client, f"study_images__study__id__exact={rows[0].study_id}", rows, action="take_off_study", confirmed="1")
    assert StudyImage.objects.filter(is_active=True).exists()


def test_who_works_in_another_study_takes_nothing_off_this_one() -> None:
    client, (row,) = Client(), make_images(study=make_study(), count=1)
    cat = make_staff("cat")
    StudyMember.objects.create(user=cat, study=make_study(), role="researcher")
    client.force_login(cat)
    query = f"study_images__study__id__exact={row.study_id}"
    send(client, query, [row], action="take_off_study", confirmed="1", reason="damaged")
    row.refresh_from_db()
    assert row.is_active
