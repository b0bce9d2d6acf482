"""Prompts that pictures carry in several languages are read in the rater's, and each answer says in which it was."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from playwright.sync_api import expect

from annotate.tests.browser import NewVisitor, joined, make_gallery
from ratings.choices import Design
from ratings.exceptions import TextsIncompleteError
from ratings.models import Pair, Rating, Study, StudyImage
from ratings.selectors.texts import missing_sentence
from ratings.services.ingest import import_images
from ratings.services.studies import open_study
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_pair, make_study, make_study_image
from ratings.tests.handing_in import DRAWN, written

LIST = "file,prompt,prompt_de,prompt_zh_Hant\na.png,a red owl,eine rote Eule,紅色貓頭鷹\nb.png,a blue owl,,藍色貓頭鷹\n"
SPOKEN: dict[str, Any] = {"languages": ["en", "de", "zh-hant"], "show_prompt": True, "practice_count": 0}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Take in two pictures, both with a prompt in traditional Chinese, one with one in German."""
    made = make_study(**SPOKEN)
    files = {"a.png": DRAWN["red"], "b.png": DRAWN["blue"], "metadata.csv": LIST.encode()}
    import_images(path=written(tmp_path / "in", files), study=made)
    return made


def leased(study: Study, language: str, *, calls: str = "leases") -> list[dict[str, Any]]:
    """Take part, and lease in a language."""
    client, headers = Client(), {"Accept-Language": language}
    part = {"consent_version": "1", "profile": {}}
    base = f"/api/v1/studies/{study.slug}"
    assert client.post(f"{base}/participations", part, "application/json", headers=headers).status_code == 201
    items: list[dict[str, Any]] = client.post(
        f"{base}/{calls}", {"count": 2}, "application/json", headers=headers
    ).json()["items"]
    return items


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "prompts"),
    [
        ("en", {("a red owl", "en"), ("a blue owl", "en")}),
        ("de", {("eine rote Eule", "de"), ("a blue owl", "en")}),
        ("zh-hant", {("紅色貓頭鷹", "zh-hant"), ("藍色貓頭鷹", "zh-hant")}),
    ],
)
def test_a_lease_has_the_prompt_in_the_raters_language_or_as_it_was_written(
    study: Study, language: str, prompts: set[tuple[str, str]]
) -> None:
    images = [item["image"] for item in leased(study, language)]
    assert {(image["prompt"], image["prompt_language"]) for image in images} == prompts


@pytest.mark.django_db
def test_a_study_says_in_which_language_its_prompts_are_written(study: Study) -> None:
    Study.objects.update(languages=["de", "en"], prompt_language="en")
    assert {item["image"]["prompt_language"] for item in leased(study, "en")} == {"en"}
    assert {item["image"]["prompt"] for item in leased(study, "de")} == {"eine rote Eule", "a blue owl"}
    study.refresh_from_db()
    assert missing_sentence(study).endswith("shown to raters in English: 1 in Deutsch (column prompt_de).")


@pytest.mark.django_db
def test_prompts_that_are_missing_are_counted_where_prompts_are_shown(study: Study) -> None:
    sentence = "Prompts not translated yet, and shown to raters in English: 1 in Deutsch (column prompt_de)."
    assert missing_sentence(study).endswith(sentence)
    with pytest.raises(TextsIncompleteError, match="1 in Deutsch"):
        open_study(study=study, actor=None)
    Study.objects.update(show_prompt=False)
    study.refresh_from_db()
    assert "Prompts" not in missing_sentence(study)


@pytest.mark.django_db
def test_what_is_compared_has_the_prompt_of_its_pictures() -> None:
    made = make_study(**SPOKEN, design=Design.PAIRWISE)
    entry = make_study_image(study=made, prompt="an owl", metadata={"prompt_de": "eine Eule"})
    make_pair(study=made, image_a=entry.image, prompt="an owl")
    make_pair(study=made, prompt="a fox")
    items = leased(made, "de", calls="pairs/leases")
    assert {(item["prompt"], item["prompt_language"]) for item in items} == {("eine Eule", "de"), ("a fox", "en")}
    StudyImage.objects.filter(study=made).exclude(pk=entry.pk).update(prompt="a fox")
    assert Pair.objects.count() == 2
    assert "Prompts not translated yet, and shown to raters in English: 3 in Deutsch" in missing_sentence(made)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_marks_the_prompt_and_the_answer_and_the_dump_say_its_language(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=1, **{**SPOKEN, "languages": ["en", "ar"]})
    entry = study.study_images.get()
    entry.prompt, entry.metadata = "an owl", {"prompt_ar": "بومة"}
    entry.save()
    visitor = joined(new_visitor, study)
    visitor.open(f"/s/{study.slug}/rate/?lang=ar")
    prompt = visitor.page.locator("#prompt-text")
    expect(prompt).to_have_text("بومة")
    assert prompt.evaluate("node => [node.lang, getComputedStyle(node).direction]") == ["ar", "rtl"]
    visitor.press("3")
    visitor.expect_all_sent()
    assert Rating.objects.get().client["prompt_language"] == "ar"
    folder = folder_of(dumped(study))
    assert list(pd.read_parquet(folder / "ratings.parquet")["prompt_language"]) == ["ar"]
    images = pd.read_parquet(folder / "images.parquet")
    assert json.loads(images["metadata"][0]) == {"prompt_ar": "بومة"}
