"""Nobody who works here gains, gives or takes rights that they do not have; what is done to accounts is on record."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from ratings.models import AuditEntry
from ratings.services.permissions import ADMIN, RATER_MANAGER, RESEARCHER
from ratings.tests.factories import make_staff

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(person)
    return client


def edit(client: Client, person: User, **changes: Any) -> Any:
    """Send the form of an account with some values changed."""
    values = {"username": person.username, "is_active": "on", "role": "", **changes}
    return client.post(reverse("admin:auth_user_change", args=[person.pk]), values)


@pytest.fixture
def admin() -> User:
    """Give somebody of the role admin."""
    return make_staff("ada", group=ADMIN)


def test_an_admin_makes_nobody_superuser(admin: User) -> None:
    for person in (admin, make_staff("rob", group=RESEARCHER)):
        role = person.groups.get().name
        assert edit(signed_in(admin), person, role=role, is_superuser="on").status_code == 302
    assert not User.objects.filter(is_superuser=True).exists()


def test_an_admin_cannot_touch_a_superuser(admin: User) -> None:
    root = User.objects.create_superuser("root", password="before")
    client, before = signed_in(admin), root.password
    assert edit(client, root, username="mine").status_code == 403
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    answers = {"password1": "thief-4711-x", "password2": "thief-4711-x", "usable_password": "true"}
    assert client.post(password, answers).status_code == 403
    assert client.post(reverse("admin:auth_user_delete", args=[root.pk]), {"post": "yes"}).status_code == 403
    listed = {"action": "delete_selected", "_selected_action": root.pk, "post": "yes"}
    client.post(reverse("admin:auth_user_changelist"), listed)
    root.refresh_from_db()
    assert (root.username, root.password) == ("root", before)


def test_an_admin_changes_no_group(admin: User) -> None:
    group = Group.objects.get(name=RESEARCHER)
    url = reverse("admin:auth_group_change", args=[group.pk])
    assert signed_in(admin).post(url, {"name": "everything", "permissions": []}).status_code == 403
    assert group.permissions.exists()


def test_a_person_with_further_rights_is_not_an_admins_to_manage(admin: User) -> None:
    person = make_staff("eve", group=RESEARCHER)
    strange = Group.objects.create(name="database")
    strange.permissions.add(*permissions("add_permission"))
    person.groups.add(strange)
    assert edit(signed_in(admin), person).status_code == 403


def permissions(*codenames: str) -> Any:
    """Give permissions by their names."""
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=codenames)


@pytest.mark.parametrize("role", [RATER_MANAGER, RESEARCHER, ADMIN])
def test_a_role_opens_the_admin_and_is_on_record(admin: User, role: str) -> None:
    answers = {"username": "new", "email": "new@example.org", "role": role, "usable_password": "false"}
    assert signed_in(admin).post(reverse("admin:auth_user_add"), answers).status_code == 302
    person = User.objects.get(username="new")
    assert person.is_staff
    assert [group.name for group in person.groups.all()] == [role]
    entry = AuditEntry.objects.get(action="assign-role")
    assert (entry.actor, entry.target, entry.detail) == (admin, "new", {"role": ["", role]})


def test_taking_the_role_closes_the_admin(admin: User) -> None:
    person = make_staff("rob", group=RESEARCHER)
    assert edit(signed_in(admin), person, role="").status_code == 302
    person.refresh_from_db()
    assert not person.is_staff
    assert not person.groups.exists()


def test_a_researcher_manages_no_accounts() -> None:
    client = signed_in(make_staff("rob", group=RESEARCHER))
    assert client.get(reverse("admin:auth_user_changelist")).status_code == 403
    assert client.get(reverse("admin:auth_user_add")).status_code == 403


def test_a_password_that_is_set_is_on_record_without_it(admin: User) -> None:
    person = make_staff("rob", group=RESEARCHER)
    answers = {"password1": "harbour-4711-x", "password2": "harbour-4711-x", "usable_password": "true"}
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    assert signed_in(admin).post(url, answers).status_code == 302
    entry = AuditEntry.objects.get(action="set-password")
    assert (entry.actor, entry.target, entry.detail) == (admin, "rob", {})


def test_a_sign_in_is_on_record_and_a_refused_one_is_not() -> None:
    make_staff("rob", group=RESEARCHER).set_password("x")
    person = User.objects.get(username="rob")
    person.set_password("harbour-4711-x")
    person.save()
    url = reverse("login")
    Client().post(url, {"username": "rob", "password": "wrong"})
    assert not AuditEntry.objects.exists()
    Client().post(url, {"username": "rob", "password": "harbour-4711-x"})
    assert AuditEntry.objects.get().action == "sign-in"


def test_a_wrong_password_of_somebody_signed_in_is_no_sign_in() -> None:
    client = signed_in(make_staff("rob", group=RESEARCHER))
    client.post(reverse("login"), {"username": "rob", "password": "wrong"})
    assert not AuditEntry.objects.exists()


def test_an_admin_looks_at_a_superuser_without_seeing_more_than_a_mask_of_the_password(admin: User) -> None:
    root = User.objects.create_superuser("root", password="harbour-4711-x")
    page = signed_in(admin).get(reverse("admin:auth_user_change", args=[root.pk]))
    assert page.status_code == 200
    assert root.password not in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
