"""Two people edit one form: what only one changed is kept, what both changed is shown, and all of it is on record."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ratings.models import AuditEntry, Dataset
from ratings.tests.factories import make_study

pytestmark = pytest.mark.django_db


def signed_in(name: str) -> Client:
    """Sign a superuser in."""
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


def opened(client: Client, url: str) -> dict[str, Any]:
    """Open a form, and give its values as a browser would send them."""
    page = client.get(url)
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value is not None and value is not False}
    for rows in page.context["inline_admin_formsets"]:
        sent |= {f"{rows.formset.prefix}-{key}": number for key, number in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))}
    versions = re.search(r'name="row_versions" value="([^"]*)"', page.content.decode())
    assert versions
    return {**sent, "row_versions": html.unescape(versions[1])}


def study_form() -> str:
    """Make a study, and give the address of its form."""
    study = make_study(slug="harbour", summary="Ships", completion_code="")
    return reverse("admin:ratings_study_change", args=[study.pk])


def stored() -> Any:
    """Read the study."""
    from ratings.models import Study

    return Study.objects.get(slug="harbour")


def test_what_two_people_change_in_different_fields_is_all_kept() -> None:
    url, ada, rob = study_form(), signed_in("ada"), signed_in("rob")
    by_ada, by_rob = opened(ada, url), opened(rob, url)
    assert ada.post(url, {**by_ada, "completion_code": "C-17"}).status_code == 302
    assert rob.post(url, {**by_rob, "summary": "Boats"}).status_code == 302
    assert (stored().completion_code, stored().summary) == ("C-17", "Boats")


def test_what_two_people_change_in_one_field_is_shown_to_the_second_and_saved_on_purpose_only() -> None:
    url, ada, rob = study_form(), signed_in("ada"), signed_in("rob")
    by_ada, by_rob = opened(ada, url), opened(rob, url)
    assert ada.post(url, {**by_ada, "summary": "Sails", "completion_code": "C-17"}).status_code == 302
    answer = rob.post(url, {**by_rob, "summary": "Boats"})
    assert answer.status_code == 200
    assert "ada changed this meanwhile to \u201cSails\u201d" in html.unescape(answer.content.decode())
    assert stored().summary == "Sails"
    again = re.search(r'name="row_versions" value="([^"]*)"', answer.content.decode())
    assert again
    by_rob = {**by_rob, "summary": "Boats", "row_versions": html.unescape(again[1])}
    assert rob.post(url, by_rob).status_code == 302
    assert (stored().completion_code, stored().summary) == ("C-17", "Boats")


def test_an_edit_is_on_record_with_old_and_new_value() -> None:
    url, ada = study_form(), signed_in("ada")
    assert ada.post(url, {**opened(ada, url), "summary": "Boats", "consent_text": "I agree."}).status_code == 302
    entry = AuditEntry.objects.get(action="change")
    assert entry.target == "harbour"
    former = "Your answers are stored under a random name."
    assert entry.detail == {"fields": {"summary": ["Ships", "Boats"], "consent_text": [former, "I agree."]}}
    listed = ada.get(reverse("admin:ratings_auditentry_changelist"), {"study": "harbour"}).content.decode()
    assert "summary: Ships \u2192 Boats" in html.unescape(listed)
    make_study(slug="quay")
    other = ada.get(reverse("admin:ratings_auditentry_changelist"), {"study": "quay"}).content.decode()
    assert "Boats" not in other


def test_the_weight_of_a_set_is_on_record() -> None:
    ada = signed_in("ada")
    dataset = Dataset.objects.create(name="old", scale_min=1, scale_max=5)
    url = reverse("admin:ratings_dataset_change", args=[dataset.pk])
    values = opened(ada, url)
    assert ada.post(url, {**values, "sampling_weight": "0.5"}).status_code == 302
    entry = AuditEntry.objects.get(action="change")
    assert (entry.target, entry.detail["fields"]["sampling_weight"]) == ("dataset old", ["1.0", "0.5"])


def test_what_changes_late_in_a_long_text_is_on_record_too() -> None:
    url, ada = study_form(), signed_in("ada")
    before, after = f"{'Look closely. ' * 40}Then rate.", f"{'Look closely. ' * 40}Then choose."
    assert ada.post(url, {**opened(ada, url), "instructions": before}).status_code == 302
    assert ada.post(url, {**opened(ada, url), "instructions": after}).status_code == 302
    old, new = AuditEntry.objects.filter(action="change").latest("pk").detail["fields"]["instructions"]
    assert (old[-10:], new[-12:]) == ("Then rate.", "Then choose.")
