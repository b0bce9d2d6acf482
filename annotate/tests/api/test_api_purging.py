"""Scripts of admins purge pictures: counted first, confirmed by digits, refused from then on."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotate.tests.api.test_api_staff import script_of
from ratings.choices import AssignmentState
from ratings.models import AuditEntry, Image, Participation, PurgedPicture, Rating, StudyImage
from ratings.selectors.participations import participation_token
from ratings.services.ingest import import_images
from ratings.tasks import finish_begun_purge, run_job
from ratings.tests.factories import (
    make_assignment,
    make_participation,
    make_picture,
    make_rating,
    make_study,
    picture_bytes,
)

pytestmark = pytest.mark.django_db(transaction=True)
PURGE = "/api/v1/images/purge"


def post(client: Client, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Ask to purge; give status and answer."""
    answer = client.post(PURGE, json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Import a picture with a thumbnail into a study, where one rater gave it a 4 and another has it on screen."""
    study = make_study(slug="harbour")
    report = import_images(path=make_picture(tmp_path / "in" / "bad.png", width=600, height=500), study=study)
    entry = StudyImage.objects.get(image=report.images["bad.png"])
    make_rating(study_image=entry, value=4)
    holder = make_participation(study=study, external_id="holder")
    make_assignment(participation=holder, study_image=entry, state=AssignmentState.LEASED)
    return entry.image


def confirmed(image: Image, **changes: str) -> dict[str, str]:
    """Give the body that purges a picture and keeps its ratings."""
    return {"image": str(image.pk), "ratings": "keep", "confirm": image.sha256[:12], **changes}


def test_the_plan_counts_and_only_an_admin_with_the_right_digits_goes_on(image: Image) -> None:
    admin = script_of(group="admin")
    plan = admin.get(PURGE, {"image": image.sha256[:12]}).json()
    assert (plan["sha256"], plan["places"]["ratings"], plan["places"]["times handed out"]) == (image.sha256, 1, 2)
    status, answer = post(admin, confirmed(image, confirm="0" * 12))
    assert (status, "Nothing was changed" in answer["fields"]["confirm"]) == (400, True)
    assert post(script_of(group="researcher"), confirmed(image))[0] == 403
    assert post(admin, confirmed(image, reason="?"))[0] == 400
    assert not PurgedPicture.objects.exists()


def test_a_purged_picture_is_shown_and_handed_out_no_more_and_its_ratings_stay(image: Image) -> None:
    files = [image.path, *(one["path"] for one in image.renditions)]
    assert all(default_storage.exists(path) for path in files)
    assert post(script_of(group="admin"), confirmed(image))[0] == 200
    finish_begun_purge(image.sha256)  # as a worker does once the call is over
    assert not any(default_storage.exists(path) for path in files)
    assert (Rating.objects.get().value, AuditEntry.objects.filter(action="purge-image").count()) == (4, 1)
    holder = Participation.objects.get(external_id="holder")
    assert holder.assignments.get().state == AssignmentState.RELEASED
    rater = Client(headers={"authorization": f"Bearer {participation_token(participation=holder)}"})
    assert rater.post("/api/v1/studies/harbour/leases", {}, content_type="application/json").json()["items"] == []
    (listed,) = script_of(group="researcher").get("/api/v1/studies/harbour/images").json()["results"]
    assert (listed["is_active"], listed["off_reason"]) == (False, "illegal")


def test_uploading_the_same_bytes_again_is_refused_with_a_sentence(image: Image, tmp_path: Path) -> None:
    post(script_of(group="admin"), confirmed(image))
    researcher = script_of(group="researcher")
    same = SimpleUploadedFile("once-more.png", (tmp_path / "in" / "bad.png").read_bytes())
    files = {"pictures": [same, SimpleUploadedFile("good.png", picture_bytes(color="navy"))]}
    number = researcher.post("/api/v1/studies/harbour/images", files).json()["id"]
    run_job("ratings.delivery", number)
    report = researcher.get(f"/api/v1/studies/harbour/imports/{number}").json()["report"]
    assert list(StudyImage.objects.filter(off_at=None).values_list("name", flat=True)) == ["good.png"]
    assert report["summary"] == "1 added, 1 rejected"
    assert "'once-more.png', 'it was purged from this installation on " in str(report)


def test_a_digest_that_never_was_here_can_be_refused_beforehand() -> None:
    admin = script_of(group="admin")
    digest = "ab" * 32
    assert post(admin, {"image": digest, "ratings": "delete", "confirm": digest})[0] == 200
    assert PurgedPicture.objects.get().sha256 == digest
    status, answer = post(admin, {"image": "none", "ratings": "delete", "confirm": "none"})
    assert (status, answer["fields"]) == (404, {"images": "none"})
