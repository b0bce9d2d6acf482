"""Which language a page speaks, and where the rater's choice is kept."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.translation import override

from annotate.languages import COOKIE
from ratings.models import Participation, Study
from ratings.tests.factories import make_participation, make_study
from ratings.tests.migrating import former_database
from ratings.tests.test_migrated_facts import Apps
from ratings.values.languages import LANGUAGES

pytestmark = pytest.mark.django_db

AGREED = {"consent": "yes", "consent_version": "1"}
WORLD = ["en", "de", "ar", "ja"]


def spoken_by(client: Client, path: str, *, accepts: str = "") -> str:
    """Give the start of the page's first tag, which names language and direction."""
    text = client.get(path, headers={"Accept-Language": accepts}).content.decode()
    return " ".join(text[text.index("<html") :].split(">")[0].split())


def page(language: str, direction: str = "ltr") -> str:
    return f'<html lang="{language}" dir="{direction}"'


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "en"),
        ("de-CH,en;q=0.5", "de"),
        ("nl,ja;q=0.7", "ja"),
        ("zh-TW", "zh-hant"),
        ("zh-CN", "zh-hans"),
        ("nl", "en"),
    ],
)
def test_a_page_speaks_the_language_that_the_browser_likes_best(accepts: str, language: str) -> None:
    assert spoken_by(Client(), "/", accepts=accepts) == page(language)


def test_a_link_names_the_language_of_its_page_and_of_those_after_it() -> None:
    client = Client()
    assert spoken_by(client, "/?lang=ar", accepts="de") == page("ar", "rtl")
    assert spoken_by(client, "/me/", accepts="de") == page("ar", "rtl")


def test_a_study_speaks_only_the_languages_it_offers_and_first_its_own() -> None:
    study = make_study(languages=["ja", "he"])
    assert spoken_by(Client(), f"/s/{study.slug}/", accepts="de") == page("ja")
    assert spoken_by(Client(), f"/s/{study.slug}/", accepts="de,he;q=0.3") == page("he", "rtl")
    assert spoken_by(Client(), f"/s/{study.slug}/?lang=de") == page("ja")


def test_a_study_in_one_language_offers_no_other() -> None:
    assert "/language/" not in Client().get(f"/s/{make_study().slug}/").content.decode()
    assert "/language/" in Client().get(f"/s/{make_study(languages=WORLD).slug}/").content.decode()


def test_the_language_in_which_somebody_joins_is_recorded_and_goes_on() -> None:
    study = make_study(languages=WORLD)
    client = Client(headers={"Accept-Language": "de"})
    client.post(f"/s/{study.slug}/join/", AGREED)
    assert Participation.objects.get().language == "de"
    assert spoken_by(client, "/me/", accepts="fr") == page("de")


def test_a_choice_on_the_page_is_kept_with_the_rater_where_the_study_offers_it() -> None:
    study, other = make_study(languages=WORLD), make_study()
    client = Client()
    client.post(f"/s/{study.slug}/join/", AGREED)
    client.post(f"/s/{other.slug}/join/", AGREED)
    address = f"/s/{study.slug}/?lang=de&PROLIFIC_PID=p-1"
    assert 'value="ja"' in client.get("/language/", {"next": address, "study": study.slug}).content.decode()
    answer = client.post("/language/", {"language": "ja", "next": address})
    assert answer.headers["Location"] == f"/s/{study.slug}/?PROLIFIC_PID=p-1"
    assert client.cookies[COOKIE].value == "ja"
    assert dict(Participation.objects.values_list("study", "language")) == {study.pk: "ja", other.pk: "en"}


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_page_of_languages_leads_nowhere_else(address: str) -> None:
    answer = Client().post("/language/", {"language": "de", "next": address})
    assert answer.headers["Location"] == "/"


MOMENT = datetime(2026, 11, 28, 15, 41, tzinfo=UTC)


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {"en"}))
@pytest.mark.parametrize("form", ["DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT"])
def test_a_moment_is_not_written_in_the_english_order_in_another_language(language: str, form: str) -> None:
    with override("en"):
        english = get_format(form)
    with override(language):
        assert get_format(form) != english


def test_an_afternoon_and_a_morning_differ_wherever_a_time_is_written() -> None:
    for language in LANGUAGES:
        with override(language):
            written = {date_format(MOMENT.replace(hour=hour), "DATETIME_FORMAT") for hour in (3, 15)}
        assert len(written) == 2, language


def test_arabic_hindi_and_korean_write_a_moment_in_their_own_order() -> None:
    written = {}
    for language in ("ar", "hi", "ko"):
        with override(language):
            written[language] = date_format(MOMENT, "DATETIME_FORMAT")
    assert written["ar"] == "28 نوفمبر، 2026، 3:41 م"
    assert written["hi"].startswith("28 ")
    assert written["hi"].endswith(" 2026, 15:41")
    assert written["ko"] == "2026년 11월 28일 오후 3:41"


# As in CLDR's percent formats.
@pytest.mark.parametrize(
    ("language", "share"),
    [("en", "88%"), ("de", "88\N{NO-BREAK SPACE}%"), ("tr", "%88"), ("ja", "88%"), ("pt", "88%"), ("ar", "88%")],
)
def test_a_share_is_written_with_its_sign_where_the_language_has_it(language: str, share: str) -> None:
    known = {"is_known": True, "share": 88, "low": 48, "high": 98, "pictures": 12, "pairs": 32, "everybody": 41}
    with override(language):
        page = render_to_string(
            "pages/taste_report.html",
            {
                "participation": make_participation(),
                "report": {"ratings": 28, "traits": 2, "computed_at": MOMENT},
                "prediction": known,
            },
        )
    assert re.search(rf"<b>\s*{share}\s*</b>", page)


def test_an_unknown_language_changes_nothing() -> None:
    client = Client()
    client.post("/language/", {"language": "tlh", "next": "/"})
    assert COOKIE not in client.cookies


def test_errors_of_the_api_are_in_the_language_of_the_request() -> None:
    body = Client().get("/api/v1/studies/none", headers={"Accept-Language": "de"}).json()
    assert body["message"] == "Es gibt keine Studie namens „none“: Prüfen Sie den Link, den Sie bekommen haben."
    assert Client().get("/api/v1/studies/none").json()["message"].startswith("There is no study")


def test_a_script_enrols_in_the_language_it_asks_for() -> None:
    study = make_study(languages=WORLD)
    path = f"/api/v1/studies/{study.slug}/participations"
    body = {"consent_version": "1"}
    Client().post(path, body, content_type="application/json", headers={"Accept-Language": "ar"})
    assert Participation.objects.get().language == "ar"


def test_the_pages_of_staff_stay_in_english() -> None:
    assert 'lang="en"' in Client().get("/admin/login/", headers={"Accept-Language": "de"}).content.decode()


@pytest.mark.parametrize("languages", [[], ["tlh"], ["en", "tlh"]])
def test_a_study_speaks_some_known_language(languages: list[str]) -> None:
    with pytest.raises(IntegrityError, match="study_speaks_known_languages"), transaction.atomic():
        Study.objects.filter(pk=make_study().pk).update(languages=languages)


def test_a_rater_speaks_a_known_language() -> None:
    participation = make_participation(study=make_study())
    with pytest.raises(IntegrityError, match="participation_speaks_known_language"), transaction.atomic():
        Participation.objects.filter(pk=participation.pk).update(language="tlh")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_studies_and_raters_of_the_version_before_are_kept_and_speak_english() -> None:
    with former_database(("ratings", "0019_append_only_audit")) as database:
        apps: Apps = database.migrate(("ratings", "0019_append_only_audit"))
        study = apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        rater = apps.get_model("ratings", "Rater").objects.using(database.alias).create(pk=uuid.uuid4())
        apps.get_model("ratings", "Participation").objects.using(database.alias).create(
            study=study, rater=rater, consent_version="1", consented_at=timezone.now(), quota=3
        )
        database.migrate(("ratings", "0020_study_languages"))
        assert database.rows("SELECT slug, languages FROM ratings_study") == [("old", ["en"])]
        assert database.rows("SELECT quota, language FROM ratings_participation") == [(3, "en")]
