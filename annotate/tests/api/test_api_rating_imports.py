"""A script imports ratings from elsewhere as the admin does: a look first, what is open is asked, then the import."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api_staff import script_of
from ratings.choices import JobState
from ratings.models import AuditEntry, Dataset, DatasetRating, Delivery, Image, Study, StudyMember
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_image, make_staff, make_study

pytestmark = pytest.mark.django_db
SETS = "/api/v1/datasets"
ROWS = b"rater,image,rating\nann,red.png,1\nbob,red.png,3\nann,lost.png,2\n"


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    return script_of(group="researcher")


def looked_at(client: Client, content: bytes = ROWS, **fields: Any) -> tuple[int, dict[str, Any]]:
    """Upload a file of ratings for a look; give status and answer."""
    files = {"ratings": SimpleUploadedFile("ratings.csv", content)}
    answer = client.post(f"{SETS}/looks", {"name": "birds", "scale_min": 1, "scale_max": 5, **fields, **files})
    return answer.status_code, answer.json()


def posted(client: Client, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Post JSON; give status and answer."""
    answer = client.post(f"{SETS}{path}", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_look_says_what_would_happen_and_its_ticket_imports_that_once(script: Client) -> None:
    make_image(study=make_study(), name="set/red.png")
    status, look = looked_at(script)
    assert (status, look["question"], look["refusal"], look["may_differ"]) == (200, None, "", False)
    assert look["what_happens"] == "All 3 rows were read: 2 raters of 2 images. A new dataset is made."
    assert look["teaching"].startswith("2 of the rows read can teach a model: 1 of 2 images have a picture")
    assert look["rows"][1] == {"rater": "bob", "image": "red.png", "value": 3.0}
    assert not Dataset.objects.exists()
    status, taken = posted(script, "/imports", {"ticket": look["ticket"]})
    assert (status, taken["state"]) == (202, JobState.QUEUED)
    assert posted(script, "/imports", {"ticket": look["ticket"]}) == (202, taken)
    run_job(Delivery._meta.label, taken["id"])
    done = script.get(f"{SETS}/imports/{taken['id']}").json()
    assert (done["state"], done["report"]["counts"]["Added"]) == (JobState.READY, 3)
    (row,) = script.get(SETS).json()
    assert (row["name"], row["scale_max"], DatasetRating.objects.count()) == ("birds", 5, 3)
    assert row["teaches"].startswith("2 of 3 ratings can teach a model")
    entry = AuditEntry.objects.get(action="import-ratings")
    assert (entry.actor and entry.actor.get_username(), entry.target) == ("script-researcher", "birds")


def test_what_a_file_leaves_open_is_asked_and_answered(script: Client) -> None:
    _, look = looked_at(script, b"rater,image,beauty_rating,prompt_rating\nann,red.png,5,1\n")
    question = look["question"]
    assert (question["asked_for"], question["choices"]) == ("column", ["beauty_rating", "prompt_rating"])
    answer = {"ticket": look["ticket"], "asked_for": "column", "choice": "prompt_rating"}
    status, look = posted(script, "/looks/answer", answer)
    assert (status, look["question"], look["rows"][0]["value"]) == (200, None, 1.0)


def test_wrong_rows_are_named_and_give_no_ticket(script: Client) -> None:
    _, look = looked_at(script, b"rater,image,rating\nann,red.png,9\n")
    assert (look["ticket"], len(look["problems"])) == ("", 1)
    assert "line 2, rating = '9'" in look["problems"][0]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"layuot": "tidy"}, "layuot"), ({"scale_min": 5, "scale_max": 1}, "scale_max"), ({"layout": "x"}, "layout")],
)
def test_what_the_form_of_the_admin_refuses_is_refused_by_name(
    script: Client, fields: dict[str, Any], wrong: str
) -> None:
    status, answer = looked_at(script, **fields)
    assert (status, list(answer["fields"])) == (400, [wrong]), answer
    assert not Delivery.objects.exists()


def test_a_ticket_that_the_server_did_not_sign_is_refused(script: Client) -> None:
    for path, more in (("/imports", {}), ("/looks/answer", {"asked_for": "sheet", "choice": "1"})):
        status, answer = posted(script, path, {"ticket": "forged", **more})
        assert (status, list(answer["fields"])) == (400, ["ticket"])
    assert posted(script, "/imports", {"ticket": "x", "tikcet": "y"})[0] == 400


def test_weight_source_and_licence_of_a_set_are_changed_and_written_down(script: Client) -> None:
    row = Dataset.objects.create(name="birds", scale_min=1, scale_max=5)
    path = f"{SETS}/{row.pk}"
    found = script.patch(path, {"sampling_weight": 0.5, "licence": "CC0"}, content_type="application/json").json()
    assert (found["sampling_weight"], found["licence"], found["source"]) == (0.5, "CC0", "")
    assert AuditEntry.objects.get(action="change").detail["fields"]["licence"] == ["", "CC0"]
    for wrong in ({"sampling_weight": -1}, {"weight": 1}, {"sampling_weight": "NaN"}):
        assert script.patch(path, wrong, content_type="application/json").status_code == 400, wrong


def test_a_role_in_one_study_opens_the_sets_that_teach_it_and_imports_nothing(script: Client) -> None:
    study = make_study(slug="harbour")
    own, _ = (Dataset.objects.create(name=name, scale_min=1, scale_max=5) for name in ("own", "foreign"))
    study.datasets.add(own)
    person = make_staff("mia")
    StudyMember.objects.create(user=person, study=study, role="researcher")
    mia = Client(headers={"authorization": f"Bearer {make_api_key(user=person)}"})
    assert [row["name"] for row in mia.get(SETS).json()] == ["own"]
    assert looked_at(mia)[0] == 403
    assert mia.patch(f"{SETS}/{own.pk}", {"sampling_weight": 0}, content_type="application/json").status_code == 403


def test_a_set_is_deleted_with_its_ratings_by_those_whom_the_admin_lets(script: Client) -> None:
    entry = make_image(study=make_study(slug="harbour"), name="set/red.png")
    posted(script, "/imports", {"ticket": looked_at(script)[1]["ticket"]})
    run_job(Delivery._meta.label, Delivery.objects.get().pk)
    row = Dataset.objects.get()
    Study.objects.get().datasets.add(row)
    refused = script.delete(f"{SETS}/{row.pk}")
    assert (refused.status_code, DatasetRating.objects.count()) == (403, 3)
    assert "ratings.delete_dataset" in refused.json()["message"]
    head = script_of(group="admin")
    assert head.delete(f"{SETS}/{row.pk}").status_code == 204
    assert (Dataset.objects.count(), DatasetRating.objects.count(), Study.objects.count()) == (0, 0, 1)
    assert Image.objects.filter(pk=entry.pk).exists()
    deleted = AuditEntry.objects.get(action="delete")
    assert (deleted.actor and deleted.actor.get_username(), deleted.target) == ("script-admin", "dataset birds")
    missing = head.delete(f"{SETS}/{row.pk}")
    assert (missing.status_code, missing.json()["message"]) == (404, f"There is no imported set {row.pk}.")


def test_the_admin_deletes_a_set_by_the_same_act_and_counts_what_goes_with_it(client: Client) -> None:
    row = Dataset.objects.create(name="birds", scale_min=1, scale_max=5)
    rater = row.raters.create(key="ann")
    for key in ("a", "b"):
        rater.ratings.create(dataset_image=row.images.create(key=key), value=3)
    client.force_login(make_staff("head", group="admin"))
    page = reverse("admin:ratings_dataset_delete", args=[row.pk])
    shown = client.get(page)
    counts = {str(name): count for name, count in shown.context["model_count"]}
    assert counts == {"datasets": 1, "dataset raters": 1, "dataset images": 2, "dataset ratings": 2}
    assert client.post(page, {"post": "yes"}).status_code == 302
    assert not DatasetRating.objects.exists()
    assert AuditEntry.objects.get(action="delete").target == "dataset birds"
