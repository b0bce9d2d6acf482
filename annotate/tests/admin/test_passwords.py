"""A forgotten password is set again by mail, once; where no mail is sent, the pages say whom to ask."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, override_settings

from ratings.models import AuditEntry
from ratings.tests.factories import make_staff

pytestmark = pytest.mark.django_db

NEW = "harbour-4711-rain"


@pytest.fixture
def nora() -> User:
    """Give somebody with an address and a password that is forgotten."""
    person = make_staff("nora")
    person.email = "nora@example.org"
    person.set_password("forgotten-4711")
    person.save()
    return person


def test_without_mail_no_link_is_shown_and_the_pages_say_whom_to_ask(client: Client, nora: User) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "/admin/password/forgotten/" not in page
    assert "Ask an admin of this installation" in page
    for answer in (
        client.get("/admin/password/forgotten/"),
        client.post("/admin/password/forgotten/", {"email": nora.email}),
    ):
        assert "Ask one of its admins" in answer.content.decode()
    assert mail.outbox == []


@override_settings(SENDS_MAIL=True)
def test_a_mailed_link_sets_a_new_password_once(client: Client, nora: User) -> None:
    assert "/admin/password/forgotten/" in client.get("/admin/login/").content.decode()
    assert client.post("/admin/password/forgotten/", {"email": nora.email}).status_code == 302
    (message,) = mail.outbox
    found = re.search(r"http://testserver(/admin/password/new/\S+)", str(message.body))
    assert found is not None
    form = client.get(found[1])["Location"]
    assert client.post(form, {"new_password1": "12345678", "new_password2": "12345678"}).status_code == 200
    assert client.post(form, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert client.login(username="nora", password=NEW)
    assert AuditEntry.objects.get(action="reset-password").target == "nora"
    assert "was used already" in Client().get(found[1]).content.decode()


@override_settings(SENDS_MAIL=True)
def test_whether_somebody_has_an_account_is_not_said(client: Client, nora: User) -> None:
    known = client.post("/admin/password/forgotten/", {"email": nora.email}, follow=True).content
    unknown = Client().post("/admin/password/forgotten/", {"email": "olga@example.org"}, follow=True).content
    assert [message.to for message in mail.outbox] == [[nora.email]]
    assert len(known) == len(unknown)
