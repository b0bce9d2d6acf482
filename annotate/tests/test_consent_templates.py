"""A consent may start from a ready text in each language, whose gaps are filled before the study opens."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ratings.choices import ConsentKind, StudyState
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.files.consent_templates import consent_template
from ratings.models import Study
from ratings.services.studies import change_study, create_study, open_study
from ratings.tests.factories import make_images, make_study
from ratings.values.consent_facts import CONSENT_TEXTS, PLACES, open_gaps
from ratings.values.languages import LANGUAGES

KINDS = list(ConsentKind)
FACTS: dict[str, Any] = {
    "responsible": "University of Harbour",
    "contact_name": "Ada Mole",
    "contact_mail": "ada@harbour.example",
    "ethics_body": "Review Board",
    "ethics_number": "2026-17",
    "pay_amount": 0,
    "duration_minutes": 10,
}
PLACES_OF = {
    ConsentKind.GDPR: set(PLACES) - {"ethics_body", "ethics_number"},
    ConsentKind.IRB: set(PLACES),
}
# Data protection officer, recipients, transfers, authority, purpose; purpose, number of people, contact of the board.
GAPS_OF = {ConsentKind.GDPR: 5, ConsentKind.IRB: 3}
# What Article 13 GDPR asks for by its articles: 6 basis, 7 withdrawal, 15-18 and 20 rights, 77 complaint.
ARTICLES = {"6", "7", "15", "16", "17", "18", "20", "77"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_has_the_same_parts_places_and_gaps_in_every_language(kind: ConsentKind, language: str) -> None:
    texts = consent_template(kind=kind, language=language)
    assert tuple(texts) == CONSENT_TEXTS
    words = texts["consent_text"]
    assert set(re.findall(r"\{(\w+)\}", words)) == PLACES_OF[kind]
    assert len(open_gaps(words)) == GAPS_OF[kind]
    assert [len(open_gaps(texts[name])) for name in CONSENT_TEXTS[1:]] == [0, 0, 1]
    english = consent_template(kind=kind, language="en")["consent_text"]
    for mark in ("\n## ", "\n- **", "\n\n"):
        assert words.count(mark) == english.count(mark)
    if kind == ConsentKind.GDPR:
        assert set(re.findall(r"\d+", words)) >= ARTICLES


def filled_in(study: Study) -> dict[str, Any]:
    """Fill each gap of a study's consent with words."""
    gap = re.compile(r"\[\[[^\]]+\]\]")
    changes: dict[str, Any] = {name: gap.sub("filled", getattr(study, name)) for name in CONSENT_TEXTS}
    texts = {
        code: {name: gap.sub("filled", words) for name, words in said.items()}
        for code, said in study.translations.items()
    }
    return {**changes, "texts": texts}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["gdpr", "irb"])
def test_a_described_study_takes_the_template_in_its_languages_and_opens_once_its_gaps_are_filled(kind: str) -> None:
    description = {"slug": "harbour", "title": "Harbours", "languages": ["de", "ar"], "practice_count": 0}
    study = create_study(description={**description, **FACTS, "consent_template": kind})
    make_images(study=study, count=3)
    assert study.consent_text == consent_template(kind=ConsentKind(kind), language="de")["consent_text"]
    assert study.translations["ar"] == consent_template(kind=ConsentKind(kind), language="ar")
    with pytest.raises(
        ConflictError, match=r"consent_text: Fill the gaps: \[\[Zweck .+\]\] \(Deutsch\).+\(العربية\)\."
    ):
        open_study(study=study, actor=None, may_lack_translations=True)
    change_study(study=study, changes=filled_in(study), actor=None)
    assert open_study(study=study, actor=None, may_lack_translations=True).state == StudyState.OPEN
    page = Client().get("/s/harbour/join/?lang=ar").content.decode()
    assert '<div class="prose" lang="ar">' in page
    assert "Ada Mole, " in page
    assert not re.search(r"\[\[\w", page)


@pytest.mark.django_db
def test_a_template_leaves_what_is_written_and_does_not_translate_it() -> None:
    words = {"consent_text": "Our own words.", "texts": {"de": {"consent_text": "Unsere Worte."}}}
    description = {"slug": "own", "title": "Own", "languages": ["en", "de", "fr"], **words}
    study = create_study(description={**description, "consent_template": "irb"})
    assert (study.consent_text, study.translations["de"]["consent_text"]) == ("Our own words.", "Unsere Worte.")
    assert "consent_text" not in study.translations["fr"]
    assert study.translations["fr"]["data_kept"].startswith("[[durée")


@pytest.mark.django_db
def test_an_unknown_template_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="consent_template: there is no 'hipaa'; the templates are gdpr, irb"):
        create_study(description={"slug": "x", "title": "X", "consent_template": "hipaa"})
    assert not Study.objects.exists()


@pytest.mark.django_db
def test_the_command_starts_from_a_template_and_names_what_is_left(tmp_path: Path) -> None:
    out = StringIO()
    file = tmp_path / "study.toml"
    file.write_text('title = "Harbours"\nresponsible = "University"\n', encoding="utf-8")
    call_command("create_study", "harbour", "--from", str(file), "--consent-template", "gdpr", stdout=out)
    assert (
        "consent_text: It has {duration}, {pay}, {contact_name}, {contact_mail}, which nothing fills" in out.getvalue()
    )
    described = create_study(description={"slug": "filled", "title": "F", "consent_template": "gdpr", **FACTS})
    assert described.data_kept.startswith("[[period")


@pytest.mark.django_db
def test_the_admin_fills_empty_texts_and_asks_before_it_replaces_any(admin_client: Client) -> None:
    study = make_study(languages=["en", "he"], consent_text="Our own words.", state=StudyState.DRAFT)
    url = reverse("admin:ratings_study_consent_template", args=[study.pk])
    form = admin_client.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    assert f'href="{url}"' in form
    assert "Replace what is written" in admin_client.get(url).content.decode()
    sent = {"kind": "irb", "languages": ["en"]}
    admin_client.post(url, sent)
    study.refresh_from_db()
    assert study.consent_text == "Our own words."
    assert study.data_kept.startswith("[[period")
    again = admin_client.post(url, sent)
    assert "Nothing is empty in these languages" in again.content.decode()
    page = admin_client.post(url, {**sent, "languages": ["en", "he"], "replaces": "on"}, follow=True).content.decode()
    study.refresh_from_db()
    assert study.consent_text.startswith("You are invited")
    assert study.translations["he"]["consent_text"].startswith("אתם מוזמנים")
    assert "which nothing fills" in page


@pytest.mark.django_db
def test_a_translation_of_nothing_is_not_taken_from_a_template(admin_client: Client) -> None:
    study = make_study(languages=["en", "he"], consent_text="", state=StudyState.DRAFT)
    url = reverse("admin:ratings_study_consent_template", args=[study.pk])
    page = admin_client.post(url, {"kind": "irb", "languages": ["he"]}, follow=True).content.decode()
    assert "consent_text: there is no text in English yet" in page
    study.refresh_from_db()
    assert study.translations == {}
