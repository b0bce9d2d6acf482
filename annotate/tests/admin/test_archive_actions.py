"""Lists hide what is archived, and show it where the filter asks."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api_staff import script_of, send
from ratings.choices import DeliveryKind, StudyState
from ratings.models import Delivery, Dump, Image, Study, StudyMember
from ratings.services.studies import close_study
from ratings.tests.factories import (
    make_image,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
)

pytestmark = pytest.mark.django_db
STUDIES, IMAGES = "/admin/ratings/study/", "/admin/ratings/image/"


@pytest.fixture
def admin() -> Client:
    """Give a researcher's browser."""
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    return client


def test_a_study_is_archived_and_restored_on_its_page(admin: Client) -> None:
    study = make_study(title="Harbour of old")
    page = f"{STUDIES}{study.pk}/"
    admin.post(f"{page}archive/", {"_form_submitted": "on"})
    assert Study.objects.get().archived_at is not None
    shown = {query: "Harbour of old" in admin.get(STUDIES + query).content.decode() for query in SHOWN}
    assert shown == SHOWN
    offered = admin.get(f"{page}change/").content.decode()
    assert ("/restore" in offered, "/archive" in offered, "/open" in offered) == (True, False, False)
    admin.post(f"{page}restore/", {"_form_submitted": "on"})
    assert Study.objects.get().archived_at is None


SHOWN = {"": False, "?archived=yes": True, "?archived=all": True}


def test_images_are_archived_and_restored_from_the_list(admin: Client) -> None:
    image = make_image()
    chosen = {"_selected_action": str(image.pk)}
    admin.post(IMAGES, {**chosen, "action": "archive"})
    assert Image.objects.get().archived_at is not None
    shown = {query: str(image.pk) in admin.get(IMAGES + query).content.decode() for query in SHOWN}
    assert shown == SHOWN
    admin.post(f"{IMAGES}?archived=yes", {**chosen, "action": "restore"})
    assert Image.objects.get().archived_at is None


def test_a_script_archives_a_study_and_its_list_hides_it() -> None:
    script = script_of(group="researcher")
    make_study(slug="harbour")
    assert send(script, "/harbour/archive", {"archived": True})[1]["state"] == "closed"
    listed = {query: len(script.get(f"/api/v1/studies{query}").json()) for query in ("", "?archived=true")}
    assert listed == {"": 0, "?archived=true": 1}
    assert send(script, "/harbour/archive", {"archived": False})[1]["archived_at"] is None


def test_a_picture_of_another_study_too_is_not_archived_by_who_works_in_one_alone() -> None:
    mine, other = make_study(slug="mine"), make_study(slug="other", state=StudyState.CLOSED)
    own, shared = make_image(study=mine), make_image(study=mine)
    make_study_image(study=other, image=shared)
    make_staff("somebody", group="researcher")  # so that the groups of the roles exist
    ann = make_staff("ann")
    StudyMember.objects.create(user=ann, study=mine, role="researcher")
    close_study(study=mine, actor=ann)
    client = Client()
    client.force_login(ann)
    said = client.post(
        IMAGES, {"_selected_action": [str(own.pk), str(shared.pk)], "action": "archive"}, follow=True
    ).content.decode()
    assert "Nothing was changed: 1 of these 2 pictures also belong to studies" in said
    assert not Image.objects.filter(archived_at__isnull=False).exists()
    client.post(IMAGES, {"_selected_action": str(own.pk), "action": "archive"})
    assert Image.objects.get(archived_at__isnull=False) == own


def test_a_draft_with_all_that_it_may_hold_is_deleted_and_the_question_counts_what_goes_along() -> None:
    head = Client()
    head.force_login(make_staff("head", group="admin"))
    draft = make_study(slug="plan", state=StudyState.DRAFT)
    make_study_image(study=draft)
    Delivery.objects.create(kind=DeliveryKind.PICTURES, study=draft, folder="none")
    StudyMember.objects.create(user=make_staff("bob"), study=draft, role="researcher")
    question = head.get(f"{STUDIES}{draft.pk}/delete/").content.decode()
    assert "have permission to delete" not in question
    for words in ("Uploads: 1", "Study images: 1", "Study members: 1"):
        assert words in question
    head.post(f"{STUDIES}{draft.pk}/delete/", {"post": "yes"})
    assert not Study.objects.exists()


def test_who_deletes_a_study_with_answers_by_its_address_reads_that_it_is_archived_instead() -> None:
    study = make_study(slug="harbour", title="Harbour")
    make_rating(participation=make_participation(study=study))
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    address = reverse("admin:ratings_study_delete", args=[study.pk])
    for answer in (client.get(address), client.post(address, {"post": "yes"})):
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "Harbour holds 1 answer of raters, so it is not deleted. Archive it on its page" in page
        assert "roles do not open" not in page
        assert "Ask an admin" not in page
    assert Study.objects.filter(pk=study.pk).exists()


def test_the_question_before_deleting_a_draft_says_what_keeps_it() -> None:
    head = Client()
    head.force_login(make_staff("head", group="admin"))
    draft = make_study(slug="plan", state=StudyState.DRAFT)
    Dump.objects.create(study=draft, version=1, format="csv")
    question = head.get(f"{STUDIES}{draft.pk}/delete/").content.decode()
    assert ("1 dump" in question, "1 dumps" in question) == (True, False)
    head.post(f"{STUDIES}{draft.pk}/delete/", {"post": "yes"})
    assert Study.objects.get() == draft
