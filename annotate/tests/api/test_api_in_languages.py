"""What the API refuses to raters is said in the language of the request, whole, in every design."""

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from annotate.tests.designs import CALLS, WORLDS, World
from annotate.tests.spoken_pages import write_marked_catalogue
from ratings.choices import Design
from ratings.models import Participation, Study
from ratings.registry import design_of
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_participation

pytestmark = pytest.mark.django_db

NONCE = "11111111-1111-4111-8111-111111111111"
# What was sent, in quotes, and names of the API, of Python's types and of formats, in whatever sentence they stand.
NAMES = re.compile(
    r'"[^"]*"|“[^”]*”|\b(left|right|tie|scales|beauty|value|choice|count|nonce|assignment|consent_version|conut|pretty'
    r"|response_ms|reason|JSON|UUID|CSRF|device|screen_width|external_id|external_session|texts_version|client|profile"
    r"|language|api|docs|studies|list|dict|str|int)\b"
)


@pytest.fixture
def marked(settings: LazySettings, tmp_path: Path) -> None:
    """Let German be English with a mark on every letter."""
    write_marked_catalogue(folder=tmp_path / "locale", language="de")
    settings.LOCALE_PATHS = [tmp_path / "locale"]


class Speaker:
    """A rater's script that asks for German, and keeps what it is refused."""

    def __init__(self, participation: Participation) -> None:
        """Hold the token of a participation."""
        token = participation_token(participation=participation)
        self.client = Client(headers={"authorization": f"Bearer {token}", "Accept-Language": "de"})
        self.refused: list[Mapping[str, Any]] = []

    def ask(self, path: str, body: Any = None, *, method: str = "post", kind: str = "application/json") -> Any:
        """Send a call; note what it was refused with."""
        answer = getattr(self.client, method)(f"/api/v1/{path}", data=body, content_type=kind)
        said = answer.json() if answer.content else {}
        self.refused += [said] if answer.status_code >= 400 else []
        self.refused += [one["error"] for one in said.get("results", []) if "error" in one]
        return said


def english_words(refusal: Mapping[str, Any]) -> Iterator[str]:
    """Give the sentences of a refusal that have plain words besides names."""
    for sentence in (refusal["message"], *refusal["fields"].values()):
        if re.search("[A-Za-z]{2}", NAMES.sub("", sentence)):
            yield sentence


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("design", Design)
def test_no_refusal_of_a_design_has_a_word_of_another_language(design: Design) -> None:
    world = WORLDS[design]()
    Study.objects.filter(pk=world.study.pk).update(languages=["de"])
    speaker = Speaker(make_participation(study=world.study, language="de"))
    ask_in_vain(speaker, world)
    assert len(speaker.refused) > 40
    assert [sentence for one in speaker.refused for sentence in english_words(one)] == []


def ask_in_vain(speaker: Speaker, world: World) -> None:
    """Send what the calls of a rater refuse, one thing wrong at a time."""
    slug, calls = world.study.slug, CALLS[design_of(world.study).name]
    for other in {one.leases for one in CALLS.values()}:
        for count in (0, 99, "x", None, 1.5, [1]):
            speaker.ask(f"studies/{slug}/{other}", {"count": count})
        speaker.ask(f"studies/{slug}/{other}", {"conut": 1})
        speaker.ask(f"studies/{slug}/{other}", {"count": 1})
    (item,) = speaker.ask(f"studies/{slug}/{calls.leases}", {"count": 1})["items"]
    good = {"nonce": str(uuid.uuid4()), "assignment": item["assignment"], "response_ms": 900, **calls.answer}
    for wrong in wrong_answers(good):
        speaker.ask(calls.answers, wrong)
        speaker.ask(f"{calls.answers}/batch", [wrong])
    outboxes: tuple[Any, ...] = ({}, [{}] * 201, "x")
    for body in outboxes:
        speaker.ask(f"{calls.answers}/batch", body)
    for broken in ("{", "[" * 100_000, '{"a": NaN}', b"\xff", "9" * 5000):
        speaker.ask(calls.answers, broken)
    speaker.ask(calls.answers, "x", kind="text/plain")
    speaker.ask(calls.answers, method="delete")
    speaker.ask("nowhere")
    speaker.ask("studies/none", method="get")
    speaker.ask(f"{calls.answers}/{NONCE}", method="delete")
    speaker.ask("assignments/99999999/skip", {"reason": "broken"})
    speaker.ask(f"studies/{slug}/participations", {"consent_version": "1", "device": {"screen_width": "x"}})
    for body in (
        {},
        {"consent_version": "7"},
        {"consent_version": "1", "profile": {"pretty": "x"}, "texts_version": 0},
    ):
        speaker.ask(f"studies/{slug}/participations", body)


def wrong_answers(good: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give answers with one thing wrong in each."""
    values: Mapping[str, tuple[Any, ...]] = {
        "nonce": (None, "", "x", 7),
        "assignment": (None, "x", -1, 2**70, 999_999, True),
        "response_ms": (-1, "x"),
        "client": ([], {"screen_width": "x"}),
        "value": (None, "x", 77, 1.5, 10**400),
        "choice": (None, "", "top", "5>5", "1>5", "left", "tie", "1>2"),
        "scales": (None, [], {}, {"pretty": 1}, {"beauty": 77}, {"beauty": "x"}),
        "conut": (1,),
    }
    for name, bad in values.items():
        yield from ({**good, name: value} for value in bad)
        yield {key: value for key, value in good.items() if key != name}


@pytest.mark.usefixtures("marked")
def test_who_shows_no_token_or_a_wrong_one_reads_so_in_their_language() -> None:
    world = WORLDS[Design.RATING]()
    speaker = Speaker(world.participation)
    for token in ("", "Bearer x"):
        speaker.client = Client(headers={"Accept-Language": "de", **({"authorization": token} if token else {})})
        speaker.ask("me", method="get")
        speaker.ask(f"studies/{world.study.slug}/leases", {"count": 1})
    assert [one["code"] for one in speaker.refused] == ["not_authenticated"] * 2 + ["authentication_failed"] * 2
    assert [sentence for one in speaker.refused for sentence in english_words(one)] == []


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("path", ["ratings", "ratings/batch", "studies/rating/leases"])
def test_the_sentence_about_a_limit_is_in_the_language_of_each_request(path: str) -> None:
    world = WORLDS[Design.RATING]()
    Study.objects.filter(pk=world.study.pk).update(languages=["en", "de"])
    speaker = Speaker(make_participation(study=world.study, language="de"))
    body: Any = {"nonce": NONCE, "assignment": 0, "value": 3} if path.startswith("ratings") else {"count": 0}
    said = {}
    for language in ("en", "de"):
        speaker.refused.clear()
        speaker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        speaker.ask(path, [body] if path.endswith("batch") else body)
        said[language] = [sentence for one in speaker.refused for sentence in english_words(one)]
    assert [bool(said[language]) for language in ("en", "de")] == [True, False]
