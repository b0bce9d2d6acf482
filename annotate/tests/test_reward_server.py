"""The reward server of an installation: real HTTP, a process of its own, and the database that raters write to."""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings, settings
from django.contrib.auth.models import User
from django.test import Client

from annotate import env
from annotate.stores import disk
from annotate.tests.databases import address_of_test_database
from ratings.choices import TokenScope
from ratings.models import Image, Participation, Study
from ratings.selectors.participations import participation_token
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_api_key, make_images, make_participation, make_rating, make_study
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.live import live_model
from scoring.tests.server.http_calls import Reply, Server, free_port, running, wait_for
from scoring.tests.server.served_study import add_images, go_live, save_taste_of
from scoring.tests.server.taste_world import picture

pytestmark = pytest.mark.django_db(transaction=True)

FRESH = (0.93, 0.07)  # a red picture and a blue one


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data folder of the server."""
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def server(django_db_setup: None, data: Path) -> Iterator[Server]:
    """Serve as `make run` does, but on a port."""
    port = free_port()
    command = [str(env.BASE_DIR / "manage.py"), "serve_reward", "--port", str(port)]
    environment = {
        "DATABASE_URL": address_of_test_database(),
        "DATA_DIR": str(data),
        "SECRET_KEY": settings.SECRET_KEY,
        "LOG_LEVEL": "WARNING",
    }
    with running(command, port=port, folder=data, **environment) as found:
        yield found


@pytest.fixture(autouse=True)
def shared_models(settings: LazySettings, data: Path, own_folders: None) -> None:
    """Keep models where the server reads them."""
    settings.STORAGES = {**settings.STORAGES, "models": disk("models", folder=data / "models")}


@dataclass(kw_only=True)
class Served:
    """A study with a live model, two raters of opposite tastes, and the key of a token."""

    study: Study
    red: Participation
    blue: Participation
    key: str
    images: list[Image]

    @property
    def bearer(self) -> dict[str, str]:
        """Show the study's token."""
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture
def served() -> Served:
    """Make a study whose images are the pictures that the model was fitted to, from blue to red."""
    study = make_study()
    images = add_images(study)
    version = go_live(study, images)
    people = {name: make_participation(study=study) for name in ("red", "blue")}
    for name, participation in people.items():
        save_taste_of(name, version=version, participation=participation)
    trainer = User.objects.create_superuser("trainer")
    key = make_api_key(user=trainer, scope=TokenScope.SCORE, study=study)
    return Served(study=study, key=key, images=images, **people)


def fresh() -> list[tuple[str, bytes | str]]:
    """Draw pictures that nobody has seen before."""
    seed = uuid.uuid4().int % 2**32
    return [("images", picture(shade, seed=seed)) for shade in FRESH]


def means(reply: Reply) -> list[float]:
    """Read the expected ratings."""
    assert reply.status == 200, reply.body
    return [item["mean"] for item in reply.json["items"]]


def embedded(server: Server) -> float:
    """Read how many pictures went through the network."""
    lines = server.call("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if 'pictures_total{how="embedded"}' in line)


def test_two_raters_of_opposite_tastes_get_opposite_orders_of_fresh_pictures(server: Server, served: Served) -> None:
    raters = [("rater", str(one.rater_id)) for one in (served.red, served.blue)]
    red_of_red, blue_of_red, red_of_blue, blue_of_blue = means(server.score_form(*fresh(), *raters, **served.bearer))
    assert red_of_red > blue_of_red + 1
    assert blue_of_blue > red_of_blue + 1
    for_all = server.score_form(*fresh(), **served.bearer).json
    assert [(one["rater"], one["ratings"]) for one in for_all["raters"]] == [("everybody", 0)]
    assert (for_all["study"], for_all["model_version"]) == (served.study.slug, "v1")


def test_a_picture_that_is_here_costs_no_embedding_by_id_by_digest_or_sent_again(
    server: Server, served: Served
) -> None:
    red, blue = served.images[-1], served.images[0]
    content = picture(0.5, seed=5)
    Image.objects.filter(pk=red.pk).update(sha256=sha256(content).hexdigest())
    named = {"rater": str(served.red.rater_id), "images": [str(red.pk), {"sha256": blue.sha256}, str(red.pk)]}
    before = embedded(server)
    by_name = server.score(named, **served.bearer)
    first, second, third = means(by_name)
    assert first == third > second + 1
    assert [item["image"] for item in by_name.json["items"]] == [str(red.pk), blue.sha256, str(red.pk)]
    sent = {"rater": named["rater"], "images": [{"data": base64.b64encode(content).decode()}]}
    assert means(server.score(sent, **served.bearer)) == [first]
    described = {"rater": named["rater"], "images": [{"id": str(red.pk), "prompt": "a red field"}]}
    assert means(server.score(described, **served.bearer)) == pytest.approx([first], abs=0.5)
    assert embedded(server) == before
    stands = [item["percentile"] for item in by_name.json["items"]]
    assert stands[0] > 75
    assert stands[1] < 25


def test_a_token_opens_its_study_alone_until_it_is_revoked(server: Server, served: Served) -> None:
    other = make_study()
    other_image = make_images(study=other, count=1)[0].image
    refused = server.score({"study": other.slug, "images": [str(other_image.pk)]}, **served.bearer)
    assert (refused.status, refused.json["code"]) == (403, "permission_denied")
    unknown = server.score({"images": [str(other_image.pk)]}, **served.bearer)
    assert (unknown.status, unknown.json["code"]) == (400, "unknown_image")
    served.study.api_tokens.get().delete()
    wait_for(lambda: server.score({"images": []}, **served.bearer).status == 401, what="a revoked token to be refused")


def test_a_rater_scores_for_themself_alone(server: Server, served: Served) -> None:
    own = {"Authorization": f"Bearer {participation_token(participation=served.red)}"}
    for_self = server.score_form(*fresh(), **own)
    assert [one["rater"] for one in for_self.json["raters"]] == [str(served.red.rater_id)]
    assert np.diff(means(for_self))[0] < -1
    for other in (str(served.blue.rater_id), "everybody"):
        refused = server.score_form(*fresh(), ("rater", other), **own)
        assert (refused.status, refused.json["code"]) == (403, "permission_denied")
    elsewhere = server.score({"study": make_study().slug, "images": [str(served.images[0].pk)]}, **own)
    assert elsewhere.status == 403


def test_staff_need_the_right_to_see_models_and_strangers_get_nothing(server: Server, served: Served) -> None:
    root = make_api_key(user=User.objects.create_superuser("root"))
    clerk = make_api_key(user=User.objects.create_user("clerk", is_staff=True))
    guest = make_api_key(user=User.objects.create_user("guest"))
    body = {"study": served.study.slug, "images": [str(served.images[0].pk)]}
    statuses = [
        server.score(body, Authorization=f"Bearer {key}").status for key in (root, clerk, guest, "pamela_x", "x", "")
    ]
    assert statuses == [200, 403, 401, 401, 401, 401]


def test_a_rating_and_a_promotion_are_followed_within_a_second(server: Server, served: Served) -> None:
    newcomer = make_participation(study=served.study)
    body = {"rater": str(newcomer.rater_id), "images": [str(served.images[-1].pk)]}
    (at_first,) = means(server.score(body, **served.bearer))
    entries = list(served.study.study_images.order_by("ordinal"))
    for entry in [*entries[:4], *entries[-4:]]:
        value = 5 if entry in entries[-4:] else 1
        make_rating(participation=newcomer, study_image=entry, value=value)
    serving = live_model(served.study)
    assert serving is not None
    learn.update_taste(serving, newcomer)
    assert means(server.score(body, **served.bearer))[0] > at_first + 0.5  # the very next request
    go_live(served.study, served.images)
    assert server.score(body, **served.bearer).json["model_version"] == "v2"


def test_a_rater_who_withdraws_is_forgotten_at_once(server: Server, served: Served) -> None:
    body = {"rater": str(served.red.rater_id), "images": [str(served.images[-1].pk)]}
    assert server.score(body, **served.bearer).json["raters"][0]["ratings"] > 0
    withdraw_rater(rater=served.red.rater, actor=None)
    assert server.score(body, **served.bearer).json["raters"][0]["ratings"] == 0


def test_the_site_passes_pictures_on_and_scores_those_that_are_here_by_itself(
    server: Server, served: Served, settings: LazySettings
) -> None:
    site = Client(headers={"authorization": f"Bearer {served.key}"})
    settings.REWARD_URL = f"http://127.0.0.1:{server.port}"
    image = {"data": base64.b64encode(picture(0.4, seed=44)).decode()}
    body: dict[str, Any] = {"images": [image], "rater": str(served.red.rater_id)}
    passed = site.post("/api/v1/score", body, content_type="application/json")
    assert passed.json() == server.score(body, **served.bearer).json
    broken = site.post("/api/v1/score", {"images": [{"data": "aGk="}]}, content_type="application/json")
    assert (broken.status_code, broken.json()["code"]) == (400, "unreadable_image")
    settings.REWARD_URL = f"http://127.0.0.1:{free_port()}"  # where nobody listens
    away = site.post("/api/v1/score", body, content_type="application/json")
    assert (away.status_code, away.json()["code"]) == (503, "reward_unavailable")
    assert away.headers["Retry-After"] == "5"
    named = {"images": [str(served.images[0].pk)]}
    here = site.post("/api/v1/score", named, content_type="application/json")
    assert here.json() == server.score(named, **served.bearer).json


def test_no_model_and_an_unknown_study_are_said_in_words(server: Server) -> None:
    key = make_api_key(user=User.objects.create_superuser("root"))
    study = make_study()
    for body in ({"study": study.slug, "images": ["ab" * 32]}, {"images": ["ab" * 32]}):
        refused = server.score(body, Authorization=f"Bearer {key}")
        assert (refused.status, refused.json["code"]) == (409, "no_model")
