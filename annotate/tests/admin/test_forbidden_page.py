"""Who lacks the right for a page of the admin reads whom to ask, within the admin; a rater reads how to go on."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from ratings.tests.factories import make_staff

pytestmark = pytest.mark.django_db


def test_a_researcher_reads_whom_to_ask_where_a_page_is_for_admins() -> None:
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    answer = client.get(reverse("admin:auth_user_add"))
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Ask an admin for a role" in page
    assert reverse("admin:index") in page
    assert "resume link" not in page


def test_a_form_of_a_rater_without_its_token_reads_how_to_go_on() -> None:
    answer = Client(enforce_csrf_checks=True).post("/me/", {})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Ask an admin" not in answer.content.decode()
