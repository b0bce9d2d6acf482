"""Authors' texts in several languages: raters read their own, and researchers what is missing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.selectors.resuming import resume_token
from ratings.selectors.texts import missing_sentence, missing_texts
from ratings.services.studies import create_study
from ratings.services.texts import keep_texts
from ratings.tests.factories import make_api_key, make_images, make_participation, make_staff

pytestmark = pytest.mark.django_db

DESCRIPTION = """\
title = "Harbours"
instructions = "Look at the whole picture."
consent_text = "Your answers are stored."
languages = ["en", "de", "ar"]

[scale_labels]
1 = "bad"
5 = "good"

[[profile_questions]]
key = "age"
label = "How old are you?"
options = [{ value = "18-29", label = "18 to 29" }, { value = "30+", label = "30 or older" }]

[texts.de]
title = "Häfen"
consent_text = "Ihre Antworten werden gespeichert."

[texts.de.scale_labels]
1 = "schlecht"
5 = "gut"

[texts.de.profile_questions.age]
label = "Wie alt sind Sie?"

[texts.de.profile_questions.age.options]
"18-29" = "18 bis 29"
"30+" = "30 oder älter"

[texts.ar]
title = "الموانئ"
"""


CONFIRMED = {"_form_submitted": "True"}
YES_OR_NO = [{"value": "y", "label": "Yes"}, {"value": "n", "label": "No"}]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Describe a study in three languages, and let visitors see it."""
    (tmp_path / "harbour.toml").write_text(DESCRIPTION)
    call_command("create_study", "harbour", "--from", str(tmp_path / "harbour.toml"))
    Study.objects.update(state="open")
    study = Study.objects.get()
    keep_texts(study=study, actor=None)
    return study


def facts(language: str) -> Any:
    """Ask the API for the study in a language."""
    return Client(headers={"Accept-Language": language}).get("/api/v1/studies/harbour").json()


def test_the_api_answers_in_the_language_that_is_asked_for(study: Study) -> None:
    german = facts("de")
    assert (german["language"], german["title"]) == ("de", "Häfen")
    assert german["consent"] == {"version": "1", "text": "Ihre Antworten werden gespeichert."}
    assert german["scale"]["labels"] == {"1": "schlecht", "5": "gut"}
    (age,) = german["profile"]
    assert age["label"] == "Wie alt sind Sie?"
    assert age["options"] == [{"value": "18-29", "label": "18 bis 29"}, {"value": "30+", "label": "30 oder älter"}]
    assert german["instructions"] == "Look at the whole picture."  # not translated yet
    assert facts("en")["title"] == facts("fr")["title"] == "Harbours"


def test_a_page_marks_what_is_in_another_language_than_its_own(study: Study) -> None:
    page = Client().get("/s/harbour/join/?lang=de").content.decode()
    assert '<html lang="de"' in page
    assert '<div class="prose" lang="de"><p dir="auto">Ihre Antworten' in page
    assert '<legend lang="de" dir="auto">Wie alt sind Sie?</legend>' in page
    arabic = Client().get("/s/harbour/join/?lang=ar").content.decode()
    assert '<bdi lang="ar">الموانئ</bdi>' in arabic
    assert '<div class="prose" lang="en"><p dir="auto">Your answers' in arabic
    assert '<legend lang="en" dir="auto">How old are you?</legend>' in arabic


def test_a_version_keeps_the_words_of_every_language(study: Study) -> None:
    texts = study.text_versions.get().content["texts"]
    assert texts["de"]["consent_text"] == "Ihre Antworten werden gespeichert."
    assert texts["de"]["scale_labels"] == {"1": "schlecht", "5": "gut"}
    assert texts["ar"] == {"title": "الموانئ"}


def test_what_is_missing_is_named_by_language_in_one_sentence(study: Study) -> None:
    assert missing_texts(study)["de"] == ["instructions"]
    assert missing_sentence(study).startswith(
        "Not translated yet, and shown to raters in English: Deutsch (instructions); العربية (instructions,"
    )


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"fr": {"title": "Ports"}}, "texts: the study does not offer 'fr': add it to languages"),
        ({"en": {"title": "Ports"}}, "texts: en is the study's first language"),
        ({"de": {"titel": "Häfen"}}, "texts: de.titel: the study has no such text in English"),
        ({"de": {"title": 3}}, "texts: title: give texts by name"),
    ],
)
def test_a_translation_of_nothing_is_refused(tmp_path: Path, texts: dict[str, Any], sentence: str) -> None:
    description = {"title": "Harbours", "languages": ["en", "de"], "texts": texts}
    (tmp_path / "a.json").write_text(json.dumps(description))
    with pytest.raises(CommandError, match=sentence):
        call_command("create_study", "new", "--from", str(tmp_path / "a.json"))


def test_a_researcher_translates_beside_the_first_language(study: Study) -> None:
    client = Client()
    client.force_login(make_staff("rea", group="researcher"))
    url = reverse("admin:ratings_study_translations", args=[study.pk])
    page = client.get(f"{url}?language=ar").content.decode()
    assert "Look at the whole picture." in page
    assert 'dir="rtl"' in page
    saved = client.post(f"{url}?language=ar", {"text.title": "موانئ", "text.instructions": "انظر", "text.stray": "x"})
    assert saved.status_code == 302
    study.refresh_from_db()
    assert study.translations["ar"] == {"title": "موانئ", "instructions": "انظر"}
    assert study.text_versions.count() == 2


def test_of_two_who_translate_at_once_nobody_loses_a_text_and_the_second_sees_both(study: Study) -> None:
    url = f"{reverse('admin:ratings_study_translations', args=[study.pk])}?language=ar"
    ada, rob = Client(), Client()
    for client, name in ((ada, "ada"), (rob, "rob")):
        client.force_login(make_staff(name, group="researcher"))

    def shown(page: str) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="(seen\.[^"]+)" value="([^"]*)"', page))

    by_ada, by_rob = (shown(client.get(url).content.decode()) for client in (ada, rob))
    known = study.translations["ar"]
    untouched = {f"text.{name}": words for name, words in known.items()} | {"text.instructions": ""}
    ada.post(url, {**by_ada, **untouched, "text.instructions": "انظر"})
    assert rob.post(url, {**by_rob, **untouched, "text.consent_text": "أوافق"}).status_code == 302
    study.refresh_from_db()
    assert study.translations["ar"] == {**known, "instructions": "انظر", "consent_text": "أوافق"}
    answer = rob.post(url, {**by_rob, **untouched, "text.consent_text": "أوافق", "text.instructions": "شاهد"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Somebody changed this meanwhile to “انظر”" in page
    assert ">شاهد<" in page
    study.refresh_from_db()
    assert study.translations["ar"]["instructions"] == "انظر"
    rob.post(url, {**shown(page), **untouched, "text.consent_text": "أوافق", "text.instructions": "شاهد"})
    study.refresh_from_db()
    assert study.translations["ar"] == {**known, "instructions": "شاهد", "consent_text": "أوافق"}


def test_a_study_in_one_language_has_no_translations() -> None:
    study = create_study(description={"slug": "plain", "title": "Plain"})
    assert (study.translations, missing_sentence(study)) == ({}, "")


def test_texts_in_a_language_that_the_study_does_not_offer_are_refused(admin_client: Client) -> None:
    made = create_study(description={"slug": "one", "title": "One"})
    answer = admin_client.post(
        reverse("admin:ratings_study_translations", args=[made.pk]), {"text.title": "Eins"}, follow=True
    )
    assert "no further language" in answer.content.decode()
    assert Study.objects.get(slug="one").translations == {}
    with pytest.raises(InvalidInputError, match="texts: null is no value"):
        create_study(description={"slug": "two", "title": "Two", "texts": None})


def test_a_study_that_lacks_translations_opens_only_where_somebody_confirms_it(study: Study) -> None:
    Study.objects.update(state="draft")
    make_images(study=study, count=3)
    client = Client()
    client.force_login(make_staff("rea", group="researcher"))
    url = reverse("admin:ratings_study_open_for_raters", args=[study.pk])
    refused = client.post(url, CONFIRMED, follow=True)
    assert "Deutsch (instructions)" in refused.content.decode()
    assert "confirm that the study opens as it is" in refused.content.decode()
    assert Study.objects.get().state == "draft"
    client.post(url, {**CONFIRMED, "may_lack_translations": "on"})
    assert Study.objects.get().state == "open"


def test_the_api_opens_a_study_that_lacks_translations_on_request(study: Study) -> None:
    Study.objects.update(state="draft")
    make_images(study=study, count=3)
    key = {"Authorization": f"Bearer {make_api_key(user=make_staff('script', group='researcher'))}"}
    state: dict[str, Any] = {
        "path": f"/api/v1/studies/{study.slug}/state",
        "content_type": "application/json",
        "headers": key,
    }
    refused = Client().post(data={"state": "open"}, **state)
    assert (refused.status_code, refused.json()["code"]) == (409, "texts_incomplete")
    assert Client().post(data={"state": "open", "may_lack_translations": True}, **state).json()["state"] == "open"


END: list[dict[str, Any]] = [
    {"key": "hard", "label": "What was hard?"},
    {"key": "again", "label": "Again?", "options": YES_OR_NO},
]


def test_the_questions_at_the_end_are_asked_in_the_language_of_the_rater() -> None:
    translated = {"hard": {"label": "Was war schwierig?"}}
    study = create_study(
        description={
            "slug": "ended",
            "title": "Ended",
            "languages": ["en", "de"],
            "end_questions": END,
            "texts": {"de": {"end_questions": translated}},
        }
    )
    assert study.text_versions.get().content["texts"]["de"] == {
        "end_questions": [{**END[0], "label": "Was war schwierig?"}]
    }
    assert missing_texts(study)["de"][1:] == [
        "end_questions.again.label",
        "end_questions.again.options.y",
        "end_questions.again.options.n",
    ]
    Study.objects.filter(pk=study.pk).update(state="open")
    study.refresh_from_db()
    part = make_participation(
        study=study, state="complete", done=1, served=1, quota=1, completed_at=timezone.now(), language="de"
    )
    client = Client()
    client.post(f"/r/{resume_token(participation=part)}/")
    page = client.get("/s/ended/questions/?lang=de").content.decode()
    assert 'lang="de" dir="auto">Was war schwierig?</label>' in page
    assert '<legend lang="en" dir="auto">Again?</legend>' in page
