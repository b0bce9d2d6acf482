"""Every page of the admin in a catalogue of marked letters: whatever still has plain ones is a word left unmarked."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db.models import CharField, TextField
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from annotate.flows.plans import plan_now
from annotate.tests.rights_world import addresses, make_rows
from annotate.tests.spoken_pages import marked, write_marked_admin
from ratings.models import AuditEntry, Dataset, ProlificStudy, QualityFlag
from ratings.services.jobs.lifecycle import fail_job, start_job
from ratings.services.jobs.progress import no_progress
from ratings.services.quality.flags import raise_flags
from ratings.services.quality.raters import findings
from ratings.tests.factories import make_api_key, make_participation, make_study
from ratings.values.languages import LANGUAGES
from ratings.values.rater_figures import RaterFigures
from ratings.values.study_plans import PlanTerms
from scoring.models import StudyPlan, TrainingRun
from scoring.services.runs import request_training

pytestmark = pytest.mark.django_db
SHORT_FORMS = ("/<path:object_id>/", "(?P<url>.*)$")  # Django's own, which lead to another address or to none
OF_A_LIBRARY = "admin:django_celery_beat_"  # names of time zones and tasks, and what its templates do not mark
SILENT = {"script", "style", "code", "kbd", "pre", "svg"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SAID = ("aria-label", "alt", "title", "placeholder")
TABLES = ("data-words", "data-entries")  # what the page hands to its scripts
KEYS = {"key", "kind"}  # of such a table, which are no words
PLAIN = re.compile(r"[A-Za-z]{2,}")
PLACE = re.compile(r"\{\w+\}")
RELATION = re.compile(r"[\w-]+ relationships?:")  # which Django calls by the names of its tables
# The same in every language: names, and facts of the audit log.
NAMES = re.compile(
    r"Pamela|PARA|LAPIS|FLICKR-AES|EVA|SROCC|SHA-256|CSV|JSON|https?://\S*|example\.org|root|"
    r"openai|gemini|diffusers|chat|palette ember|null|[0-9a-f]{8,}[0-9a-f-]*(\.png)?|"
    r"scope api|role\s+, studies|" + "|".join(map(re.escape, LANGUAGES.values())),
    re.IGNORECASE,
)


class Words(HTMLParser):
    """What a page says: its texts, attributes that are read out or shown, and what its scripts are to say."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what its attributes say, and remember where the texts to come stand."""
        facts = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.inside.append("code" if "material-symbols-outlined" in facts.get("class", "") else tag)
        self.found += [facts[name] for name in SAID if name in facts]
        for name in TABLES:
            self.found += words_in(json.loads(facts.get(name, "null")))
        if facts.get("type") in {"submit", "button"}:
            self.found.append(facts.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in VOID and self.inside:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if not SILENT & set(self.inside):
            self.found.append(data)


def words_in(table: Any) -> Iterator[str]:
    """Give the words of a table for a script."""
    if isinstance(table, dict):
        for name, value in table.items():
            yield from () if name in KEYS else words_in(value)
    elif isinstance(table, list):
        for value in table:
            yield from words_in(value)
    elif isinstance(table, str):
        yield table


def stored_texts() -> re.Pattern[str]:
    """Find every text that stands in a row: data, which no catalogue translates."""
    found = set()
    for model in apps.get_models():
        fields = [one for one in model._meta.concrete_fields if isinstance(one, CharField | TextField)]
        names = [one.attname for one in fields if not one.choices]
        for row in model._base_manager.values_list(*names) if names else ():
            found |= {" ".join(text.split()) for text in row if text and PLAIN.search(text)}
    found |= {text.replace("-", " ") for text in found}
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first), re.IGNORECASE)


def plain_texts(page: str, *, data: re.Pattern[str]) -> set[str]:
    """Give the texts of a page in which something is neither marked nor data."""
    texts = {" ".join(text.split()) for text in Words(page).found if not RELATION.search(text)}
    return {text for text in texts if PLAIN.search(NAMES.sub(" ", data.sub(" ", PLACE.sub(" ", text))))}


@pytest.fixture
def marked_root(settings: LazySettings, tmp_path: Path) -> Client:
    """Give the browser of a superuser to whom every sentence is said with marks on its letters."""
    write_marked_admin(folder=tmp_path / "locale", language="de")
    settings.ADMIN_LOCALE_PATH = tmp_path / "locale"
    settings.LOCALE_PATHS = [tmp_path / "locale", *settings.LOCALE_PATHS]
    client = Client(headers={"Accept-Language": "de"})
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.slow
def test_every_page_of_the_admin_says_nothing_that_is_not_marked(marked_root: Client) -> None:
    rows = make_rows()
    data = stored_texts()
    unmarked: dict[str, str] = {}
    seen = 0
    # The log first, before downloads are entered there: their facts stand in English, and in no row of `data`.
    for address in sorted(addresses("admin/"), key=lambda one: "auditentry" not in one.name):
        if address.pattern.endswith(SHORT_FORMS) or address.name.startswith(OF_A_LIBRARY):
            continue
        answer = marked_root.get(address.filled(rows))
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            seen += 1
            unmarked |= dict.fromkeys(plain_texts(answer.getvalue().decode(), data=data), address.name)
    assert seen > 100
    assert unmarked == {}


def test_what_workers_stored_is_said_in_the_reader_s_language_and_stays_english_for_scripts(
    marked_root: Client,
) -> None:
    study = make_study(quota=50, repeat_share=0.0, practice_count=0)
    with override(None):  # as in a worker
        plan_now(study=study, terms=PlanTerms(half_width=0.5, rater_sd=1.0, items=100), on_progress=no_progress)
        failed = start_job(
            kind=TrainingRun, job_id=request_training(study=study, reason="by hand", requested_by=None).pk
        )
        assert failed is not None
        fail_job(job=failed, error=MemoryError())
        who = make_participation(study=study)
        seen = findings(RaterFigures(ratings=24, timed=24, hasty=24))
        raise_flags(study=study, found={who.pk: seen})
    flag, plan, run = QualityFlag.objects.get(), StudyPlan.objects.get(), TrainingRun.objects.get()
    for name, row, stored in (
        ("ratings_qualityflag_change", flag, [flag.finding]),
        ("ratings_study_planning", study, [plan.found.sentence, *plan.found.rests_on]),
        ("scoring_trainingrun_change", run, [run.error]),
    ):
        page = html.unescape(marked_root.get(reverse(f"admin:{name}", args=[row.pk])).content.decode())
        for sentence in stored:
            assert sentence not in page
            assert marked(sentence) in page
    key = make_api_key(user=User.objects.get(username="root"))
    api = Client(headers={"Authorization": f"Bearer {key}", "Accept-Language": "de"})
    assert api.get(f"/api/v1/studies/{study.slug}/flags").json()["results"][0]["finding"] == flag.finding
    assert flag.finding == "24 of 24 answers came within 0.5 seconds."
    assert run.error == "The worker ran out of memory: give it more, or ask for less at once."


def test_what_an_earlier_version_stored_is_shown_as_it_stands(marked_root: Client) -> None:
    flag = QualityFlag.objects.create(participation=make_participation(), reason="fast", finding="Too fast by 3.")
    page = marked_root.get(reverse("admin:ratings_qualityflag_change", args=[flag.pk])).content.decode()
    assert "Too fast by 3." in page


def test_a_word_that_is_not_marked_is_found() -> None:
    page = '<p title="Ŕàţèŕ">Ŵĥò <b>they</b> àŕè</p><code>x y</code><i data-words=\'{"no": "Not {so}"}\'></i>'
    assert plain_texts(page, data=re.compile("nobody")) == {"they", "Not {so}"}


def test_the_audit_log_names_rows_in_english_for_all_who_act(marked_root: Client) -> None:
    dataset = Dataset.objects.create(name="old", scale_min=1, scale_max=5)
    prolific = ProlificStudy.objects.create(study=make_study(slug="quay"), remote_id="64c1")
    marked_root.post(
        reverse("admin:ratings_dataset_change", args=[dataset.pk]), {"name": "1", "sampling_weight": "0.5"}
    )
    for kind, row in (("dataset", dataset), ("prolificstudy", prolific)):
        marked_root.post(reverse(f"admin:ratings_{kind}_delete", args=[row.pk]), {"post": "yes"})
    entries = AuditEntry.objects.exclude(action="sign-in").order_by("pk")
    assert list(entries.values_list("action", "target")) == [
        ("change", "dataset old"),
        ("delete", "dataset old"),
        ("delete", "prolific study Prolific study 64c1"),
    ]
