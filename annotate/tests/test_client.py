"""The client runs a study on a real server: created, filled, opened, looked at, dumped into a data frame."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django.live_server_helper import LiveServer

from ratings.models import DatasetRating, Delivery, Dump, Study
from ratings.tasks import run_job
from ratings.tests.factories import (
    make_api_key,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
)
from scoring.client import Pamela, PamelaError, RefusedCallError, preferences
from scoring.models import HubPush
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db(transaction=True)


def work_on(kind: type[Delivery | Dump]) -> None:
    """Do what a worker would do now."""
    for job in kind.objects.filter(state="queued"):
        run_job(kind._meta.label, job.pk)


@pytest.fixture
def client(live_server: LiveServer) -> Pamela:
    """Give a client with a researcher's token."""
    return Pamela(live_server.url, make_api_key(user=make_staff("notebook", group="researcher")))


def test_a_study_is_run_from_a_notebook(client: Pamela) -> None:
    client.create_study("harbour", title="Harbour", consent_text="You agree.", practice_count=0)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), np.uint8)
    report = client.add_images(
        "harbour",
        list(pixels),
        details=[{"prompt": "a boat"}, {"prompt": "a quay"}],
        progress=lambda _share, _state: work_on(Delivery),
    )
    assert (report.state, report.error) == ("ready", "")
    assert sorted(row["prompt"] for row in client.images("harbour")) == ["a boat", "a quay"]
    assert client.change_study("harbour", quota=2)["quota"] == client.settings("harbour")["quota"] == 2
    assert client.open_study("harbour").state == "open"
    assert [study.slug for study in client.studies()] == ["harbour"]
    make_rating(participation=make_participation(study=Study.objects.get()), value=4)
    dump = client.dump("harbour", format="csv", progress=lambda _share, _state: work_on(Dump))
    assert client.frame(dump)["rating"].tolist() == [4]
    assert len(client.raters("harbour")) == 1
    assert preferences(client.frame(dump)).pairs.empty  # one rating is no preference


def test_what_the_admin_does_is_done_from_a_notebook(client: Pamela, tmp_path: Path) -> None:
    study = make_study(slug="harbour")
    entry = make_study_image(study=study, name="red boat.png", is_active=False)
    assert client.change_image("harbour", "red boat.png", prompt="a boat", metadata={"seed": 1})["prompt"] == "a boat"
    assert client.archive_images("harbour", [str(entry.image_id)]) == 1
    file = tmp_path / "ratings.csv"
    file.write_text("rater,image,beauty_rating,prompt_rating\nann,red boat.png,1,5\n")
    terms: dict[str, Any] = {"scale_min": 1, "scale_max": 5}
    with pytest.raises(PamelaError, match="beauty_rating, prompt_rating; say 'column' in answers"):
        client.import_ratings(file, "birds", **terms)
    done = client.import_ratings(
        file, "birds", answers={"column": "beauty_rating"}, progress=lambda _share, _state: work_on(Delivery), **terms
    )
    assert (done.state, DatasetRating.objects.get().value) == ("ready", 1)
    (birds,) = client.datasets()
    assert client.change_dataset(birds["id"], sampling_weight=0.5)["sampling_weight"] == 0.5
    with pytest.raises(RefusedCallError, match=r"with the right ratings\.delete_dataset"):  # of admins only
        client.delete_dataset(birds["id"])
    file.write_text("rater,image,rating\nann,red boat.png,9\n")
    with pytest.raises(PamelaError, match="line 2, rating = '9'"):
        client.import_ratings(file, "birds", **terms)
    make_version(study=study)

    def push(_share: float, _state: str) -> None:
        HubPush.objects.update(state="succeeded", address="https://hub/commit")

    assert client.push_version("harbour", 1, "lab/harbour", progress=push).address == "https://hub/commit"
    with pytest.raises(RefusedCallError, match="This call needs the token of a member of staff with the right"):
        client.withdraw("harbour", "P1")


def test_a_mistyped_field_is_named(client: Pamela) -> None:
    with pytest.raises(RefusedCallError, match="A study has no 'quotta'") as refused:
        client.create_study("harbour", quotta=3)
    assert refused.value.fields == {"quotta": "unknown"}
    with pytest.raises(RefusedCallError, match="There is no study 'gone'"):
        client.versions("gone")
