"""Tokens of the API: shown once, stored as digests, good for what they were made for, until they expire."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ratings.models import ApiToken, AuditEntry
from ratings.services.permissions import ADMIN, RESEARCHER
from ratings.tests.factories import make_api_key, make_staff, make_study

pytestmark = pytest.mark.django_db

ADD = "admin:ratings_apitoken_add"
LIST = "admin:ratings_apitoken_changelist"


def signed_in(person: User) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(person)
    return client


def ask(key: str, url: str = "/api/v1/studies/harbour/dumps", method: str = "get") -> Any:
    """Call the API as a script does."""
    client = Client(headers={"authorization": f"Bearer {key}"})
    return getattr(client, method)(url, content_type="application/json")


def test_a_key_is_shown_once_and_stored_nowhere() -> None:
    make_study(slug="harbour")
    rob = make_staff("rob", group=RESEARCHER)
    client = signed_in(rob)
    page = client.post(reverse(ADD), {"user": rob.pk, "name": "notebook", "scope": "api"})
    found = re.search(r'value="(pamela_[\w-]+)"', page.content.decode())
    assert found
    key = found[1]
    assert ask(key).status_code == 200
    token = ApiToken.objects.get()
    assert key not in {str(value) for value in vars(token).values()}
    assert token.last_used_at is not None
    for address in (reverse(LIST), reverse("admin:ratings_apitoken_change", args=[token.pk])):
        assert key not in client.get(address).content.decode()
    entry = AuditEntry.objects.get(action="make-token")
    assert (entry.actor, entry.target) == (rob, "rob: notebook")
    assert key not in str(entry.detail)


def test_a_deleted_token_and_an_expired_one_open_nothing() -> None:
    make_study(slug="harbour")
    rob = make_staff("rob", group=RESEARCHER)
    expired = make_api_key(user=rob, expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(expired).status_code == 401
    deleted = make_api_key(user=rob, name="old")
    assert ask(deleted).status_code == 200
    url = reverse("admin:ratings_apitoken_delete", args=[ApiToken.objects.get(name="old").pk])
    assert signed_in(rob).post(url, {"post": "yes"}).status_code == 302
    assert ask(deleted).status_code == 401


def test_the_token_of_a_switched_off_account_opens_nothing() -> None:
    make_study(slug="harbour")
    rob = make_staff("rob", group=RESEARCHER)
    key = make_api_key(user=rob)
    User.objects.update(is_active=False)
    assert ask(key).status_code == 401


def test_a_token_for_scores_opens_nothing_else_and_no_other_study() -> None:
    study = make_study(slug="harbour")
    key = make_api_key(user=make_staff("rob", group=RESEARCHER), scope="score", study=study)
    assert ask(key).status_code == 403
    client = Client(headers={"authorization": f"Bearer {key}"})
    image = "00000000-0000-0000-0000-000000000001"
    answer = client.post("/api/v1/score", {"study": "quay", "images": [image]}, content_type="application/json")
    assert (answer.status_code, answer.json()["message"]) == (403, "This token is for the study 'harbour' only.")
    own = client.post("/api/v1/score", {"images": [image]}, content_type="application/json")
    assert own.status_code == 409, own.json()  # asked of its own study, which has no model yet


def test_researchers_make_tokens_in_their_own_name_only() -> None:
    rob, ada = make_staff("rob", group=RESEARCHER), make_staff("ada", group=RESEARCHER)
    make_api_key(user=ada, name="of ada")
    client = signed_in(rob)
    answer = client.post(reverse(ADD), {"user": ada.pk, "name": "mine", "scope": "api"})
    assert answer.status_code == 200
    assert "of ada" not in client.get(reverse(LIST)).content.decode()
    assert ApiToken.objects.count() == 1


def test_an_admin_makes_no_token_for_a_superuser_and_sees_none() -> None:
    root = User.objects.create_superuser("root")
    make_api_key(user=root, name="of root")
    client = signed_in(make_staff("ada", group=ADMIN))
    client.post(reverse(ADD), {"user": root.pk, "name": "stolen", "scope": "api"})
    assert [token.name for token in ApiToken.objects.all()] == ["of root"]
    assert "of root" not in client.get(reverse(LIST)).content.decode()


def test_a_token_for_everything_is_tied_to_no_study() -> None:
    rob = make_staff("rob", group=RESEARCHER)
    values = {"user": rob.pk, "name": "odd", "scope": "api", "study": make_study().pk}
    page = signed_in(rob).post(reverse(ADD), values)
    assert "Only a token for scores can be tied to a study" in page.content.decode()
    assert not ApiToken.objects.exists()
