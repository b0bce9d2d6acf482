"""The client runs a study on a real server: created, filled, opened, looked at, dumped into a data frame."""

import numpy as np
import pytest
from pytest_django.live_server_helper import LiveServer

from ratings.models import Delivery, Dump, Study
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_participation, make_rating, make_staff
from scoring.client import Pamela, RefusedCallError, preferences

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


def test_a_mistyped_field_is_named(client: Pamela) -> None:
    with pytest.raises(RefusedCallError, match="A study has no 'quotta'") as refused:
        client.create_study("harbour", quotta=3)
    assert refused.value.fields == {"quotta": "unknown"}
    with pytest.raises(RefusedCallError, match="There is no study 'gone'"):
        client.versions("gone")
