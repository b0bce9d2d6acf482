"""Two people edit rows on one page, notes, and roles: the second sees what both changed, and nothing is lost."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotate.tests.admin.test_edit_tracking import signed_in
from ratings.models import AuditEntry, StudyImage
from ratings.services.people import assign_role
from ratings.services.permissions import RATER_MANAGER, RESEARCHER
from ratings.tests.factories import make_staff, make_study, make_study_image
from scoring.models import ModelVersion, SteeringOffer
from scoring.tests.factories import make_offer, make_version

pytestmark = pytest.mark.django_db


def as_sent(form: Any) -> dict[str, Any]:
    """Give what a browser sends of a form."""
    values = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def sent_by(page: Any) -> dict[str, Any]:
    """Give what a browser sends of a page: its form, the rows on it, and the versions of both."""
    sent = as_sent(page.context["adminform"].form)
    for rows in page.context["inline_admin_formsets"]:
        sent |= as_sent(rows.formset.management_form)
        for form in rows.formset.forms:
            sent |= as_sent(form)
    return {**sent, "row_versions": hidden(page, "row_versions")}


def hidden(page: Any, name: str) -> str:
    """Read a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found
    return html.unescape(found[1])


def words(page: Any) -> str:
    """Read a page."""
    return html.unescape(page.content.decode())


def test_details_of_a_picture_that_two_change_are_brought_together() -> None:
    entry = make_study_image(study=make_study(slug="harbour"), prompt="a boat", generator="flux", domain="sea")
    url = reverse("admin:ratings_image_change", args=[entry.image_id])
    ada, rob = signed_in("ada"), signed_in("rob")
    by_ada, by_rob = (sent_by(client.get(url)) for client in (ada, rob))
    row = "study_images-0-"
    assert ada.post(url, {**by_ada, f"{row}prompt": "a red boat", f"{row}domain": "art"}).status_code == 302
    answer = rob.post(url, {**by_rob, f"{row}prompt": "a blue boat", f"{row}generator": "sdxl"})
    assert answer.status_code == 200
    assert "ada changed this meanwhile to “a red boat”" in words(answer)
    assert "a blue boat" in words(answer)
    again = {**by_rob, f"{row}prompt": "a blue boat", f"{row}generator": "sdxl"}
    assert rob.post(url, {**again, "row_versions": hidden(answer, "row_versions")}).status_code == 302
    stored = StudyImage.objects.get()
    assert (stored.prompt, stored.generator, stored.domain) == ("a blue boat", "sdxl", "art")


def test_the_offer_of_a_study_that_two_change_is_brought_together_and_on_record() -> None:
    study = make_study(slug="harbour")
    make_offer(study=study, per_day=3, in_all=0)
    url = reverse("admin:ratings_study_change", args=[study.pk])
    ada, rob = signed_in("ada"), signed_in("rob")
    by_ada, by_rob = (sent_by(client.get(url)) for client in (ada, rob))
    assert ada.post(url, {**by_ada, "steering_offer-0-in_all": "50"}).status_code == 302
    assert rob.post(url, {**by_rob, "steering_offer-0-per_day": "7"}).status_code == 302
    assert SteeringOffer.objects.values_list("per_day", "in_all").get() == (7, 50)
    fields = [entry.detail["fields"] for entry in AuditEntry.objects.filter(action="change", target="harbour")]
    assert {"steering offer: per_day": ["3", "7"]} in fields
    assert {"steering offer: in_all": ["0", "50"]} in fields


def test_two_who_make_the_only_row_of_its_kind_make_it_together() -> None:
    study = make_study(slug="harbour")
    url = reverse("admin:ratings_study_change", args=[study.pk])
    ada, rob = signed_in("ada"), signed_in("rob")
    by_ada, by_rob = (sent_by(client.get(url)) for client in (ada, rob))
    for sent in (by_ada, by_rob):
        sent["steering_offer-TOTAL_FORMS"] = "1"
    blank = {"least_ratings": "25", "per_day": "3", "in_all": "0", "iterations": "4", "variants": "6", "prompts": ""}
    blank = {f"steering_offer-0-{name}": value for name, value in blank.items()}
    assert ada.post(url, {**by_ada, **blank, "steering_offer-0-in_all": "50"}).status_code == 302
    answer = rob.post(url, {**by_rob, **blank, "steering_offer-0-in_all": "60", "steering_offer-0-per_day": "7"})
    assert "ada changed this meanwhile to “50”" in words(answer)
    assert SteeringOffer.objects.values_list("per_day", "in_all").get() == (3, 50)
    again = {**by_rob, **blank, "steering_offer-0-in_all": "60", "steering_offer-0-per_day": "7"}
    assert rob.post(url, {**again, "row_versions": hidden(answer, "row_versions")}).status_code == 302
    assert SteeringOffer.objects.values_list("per_day", "in_all").get() == (7, 60)


def test_a_note_that_two_write_is_shown_to_the_second_and_replaced_on_purpose_only() -> None:
    version = make_version(study=make_study(slug="harbour"))
    url = reverse("admin:scoring_modelversion_note", args=[version.pk])
    ada, rob = signed_in("ada"), signed_in("rob")
    seen = [hidden(client.get(url), "seen") for client in (ada, rob)]
    ada.post(url, {"_form_submitted": "on", "seen": seen[0], "notes": "Too few pairs."})
    answer = rob.post(url, {"_form_submitted": "on", "seen": seen[1], "notes": "Looks fine."})
    assert "ada changed this meanwhile to “Too few pairs.”" in words(answer)
    assert "Looks fine." in words(answer)
    assert ModelVersion.objects.get().notes == "Too few pairs."
    both = "Too few pairs.\r\nLooks fine."
    rob.post(url, {"_form_submitted": "on", "seen": hidden(answer, "seen"), "notes": both})
    assert ModelVersion.objects.get().notes == "Too few pairs.\r\nLooks fine."


def test_the_role_that_somebody_else_gave_stays_where_only_the_address_is_changed() -> None:
    person = make_staff("eve", group=RATER_MANAGER)
    url = reverse("admin:auth_user_change", args=[person.pk])
    rob = signed_in("rob")
    by_rob = sent_by(rob.get(url))
    assign_role(person=person, role=RESEARCHER, actor=User.objects.get(username="rob"))
    assert rob.post(url, {**by_rob, "email": "eve@example.org"}).status_code == 302
    assert [group.name for group in person.groups.all()] == [RESEARCHER]
    assert User.objects.get(pk=person.pk).email == "eve@example.org"


def test_every_form_of_the_admin_sends_its_versions(client: Client) -> None:
    from django.contrib import admin

    from annotate.admin.parts.edit_tracking import EditTracking

    lacking = {model._meta.label for model, page in admin.site._registry.items() if not isinstance(page, EditTracking)}
    assert lacking == set()
