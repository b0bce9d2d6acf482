"""A consent names its facts in fields of their own: raters read them as a list, and texts have places for them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ratings.choices import ParticipationState, StudyState
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.models import Participation, Study
from ratings.selectors.durations import measured_duration
from ratings.services.studies import change_study, create_study, open_study
from ratings.tests.factories import make_images, make_participation, make_rater, make_staff, make_study
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db

FACTS: dict[str, Any] = {
    "responsible": "University of Harbour",
    "contact_name": "Ada Mole",
    "contact_mail": "ada@harbour.example",
    "ethics_body": "Review Board",
    "ethics_number": "2026-17",
    "pay_amount": 12.5,
    "pay_currency": "EUR",
    "pay_basis": "hour",
    "duration_minutes": 10,
    "data_stored": "Your ratings.",
    "data_kept": "Ten years.",
}
DESCRIPTION: dict[str, Any] = {
    "slug": "harbour",
    "title": "Harbours",
    "consent_text": "Ask {contact_name}. You get {pay} for {duration}.",
    "languages": ["en", "de"],
    "practice_count": 0,
    **FACTS,
    "texts": {"de": {"consent_text": "Fragen Sie {contact_name}.", "data_stored": "Ihre Bewertungen."}},
}


def opened(**fields: Any) -> Study:
    """Describe a study with pictures, and open it."""
    study = create_study(description={**DESCRIPTION, **fields})
    make_images(study=study, count=3)
    return open_study(study=study, actor=None, may_lack_translations=True)


def test_raters_read_the_facts_as_a_list_and_in_the_places_of_the_text() -> None:
    opened()
    page = Client().get("/s/harbour/join/").content.decode()
    assert "Ask Ada Mole. You get 12.50 EUR per hour for 10 minutes." in page
    for words in (
        "University of Harbour",
        '<a href="mailto:ada@harbour.example">',
        "Review Board, 2026-17",
        ">12.50 EUR per hour<",
        '<span lang="en" dir="auto">Ten years.</span>',
    ):
        assert words in page
    german = Client().get("/s/harbour/join/?lang=de").content.decode()
    assert "Fragen Sie Ada Mole." in german
    assert '<span lang="de" dir="auto">Ihre Bewertungen.</span>' in german


def test_places_are_filled_in_the_language_of_the_text_and_the_list_in_that_of_the_page() -> None:
    opened(texts={})
    german = Client().get("/s/harbour/join/?lang=de").content.decode()
    assert "You get 12.50 EUR per hour for 10 minutes." in german
    assert ">12,50 EUR pro Stunde<" in german


def test_a_study_without_facts_shows_no_list_and_keeps_its_braces() -> None:
    study = make_study(consent_text="Braces {like this} and {these} stay.")
    page = Client().get(f"/s/{study.slug}/join/").content.decode()
    assert "Braces {like this} and {these} stay." in page
    assert "consent-facts" not in page


def test_facts_are_a_part_of_the_version_that_raters_agreed_to() -> None:
    study = opened()
    client = Client()
    client.post("/s/harbour/join/", {"consent": "yes", "consent_version": "1", "texts_version": "1"})
    first = study.text_versions.get()
    assert first.content["facts"]["pay_amount"] == "12.50"
    assert (
        first.text_in(language="en", name="consent_text") == "Ask Ada Mole. You get 12.50 EUR per hour for 10 minutes."
    )
    change_study(study=study, changes={"pay_amount": 9}, actor=None)
    second = study.text_versions.get(number=2)
    assert second.digest != first.digest
    assert "9 EUR per hour" in second.text_in(language="en", name="consent_text")
    mine = client.get("/me/").content.decode()
    assert ">12.50 EUR per hour<" in mine
    assert "9 EUR" not in mine


def test_the_facts_are_given_and_read_through_the_api_and_pay_without_a_currency_is_refused() -> None:
    study = create_study(description=DESCRIPTION)
    assert study.pay_basis == "hour"
    with pytest.raises(InvalidInputError, match="Give the currency of the pay"):
        change_study(study=study, changes={"pay_currency": ""}, actor=None)
    change_study(study=study, changes={"pay_amount": 0, "pay_currency": ""}, actor=None)
    study.refresh_from_db()
    assert "You get no payment" in study.text_in(language="en", name="consent_text").words


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"contact_name": "", "pay_amount": None}, r"\{contact_name\}, \{pay\}, which nothing fills: give the study "),
        ({"consent_text": "Ask {contact_name}, {contact_fax}."}, r"There is no place \{contact_fax\}: the places are"),
        ({"consent_text": "Ask.", "contact_name": ""}, r"\{contact_name\}, which nothing fills"),  # in German
    ],
)
def test_a_study_with_open_places_in_its_consent_is_not_opened(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConflictError, match=sentence):
        opened(**fields)
    assert Study.objects.get().state == StudyState.DRAFT


def test_the_form_shows_the_measured_duration_beside_the_stated_one_once_five_have_finished() -> None:
    study, now = make_study(), timezone.now()
    for minutes in (4, 6, 9, 20):
        part = make_participation(study=study, state=ParticipationState.COMPLETE, completed_at=now)
        Participation.objects.filter(pk=part.pk).update(created_at=now - timedelta(minutes=minutes))
    part = make_participation(
        study=study, rater=make_rater(is_simulated=True), state=ParticipationState.COMPLETE, completed_at=now
    )
    assert measured_duration(study=study) is None
    part = make_participation(study=study, state=ParticipationState.COMPLETE, completed_at=now)
    Participation.objects.filter(pk=part.pk).update(created_at=now - timedelta(minutes=600))
    client = Client()
    client.force_login(make_staff("rea", group="researcher"))
    page = client.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    assert "Measured: 9 minutes, the median of 5 who have finished." in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_study_from_before_keeps_its_texts_and_has_no_facts() -> None:
    with former_database(("ratings", "0037_prolific_submissions")) as database:
        apps = database.migrate(("ratings", "0037_prolific_submissions"))
        studies = apps.get_model("ratings", "Study").objects.using(database.alias)
        studies.create(slug="old", title="Old", state="open", consent_text="Stored.\nThank you.")
        database.migrate(("ratings", "0038_consent_facts"))
        assert database.rows(
            "SELECT consent_text, responsible, contact_mail, pay_amount, pay_basis, duration_minutes, data_kept"
            " FROM ratings_study"
        ) == [("Stored.\nThank you.", "", "", None, "flat", None, "")]
