"""Every page of every design takes its words from the catalogue: what the journeys of one design never show."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from annotate.tests.designs import WORLDS
from annotate.tests.spoken_pages import write_marked_catalogue
from ratings.choices import Design
from ratings.models import Participation, Study
from ratings.selectors.resuming import resume_token

pytestmark = pytest.mark.django_db

APART = {"script", "style", "title", "kbd", "bdo"}
SPOKEN = {"aria-label", "alt", "title", "placeholder"}
PAGES = ("/", "/s/{slug}/", "/s/{slug}/instructions/", "/s/{slug}/rate/", "/s/{slug}/other/", "/me/", "/me/withdraw/")


class SpokenWords(HTMLParser):
    """The texts of a page, and those that stand for pictures and symbols."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says in its attributes, and whether what follows is text of the page."""
        self.found += [value or "" for name, value in attrs if name in SPOKEN]
        if tag in APART:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Go on after what is apart."""
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if not self.open:
            self.found.append(data)


def plain_words(text: str) -> Iterator[str]:
    """Give the texts of a page that have plain letters, names apart."""
    parser = SpokenWords()
    parser.feed(text)
    for said in parser.found:
        if re.search("[A-Za-z]{2}", re.sub(r"Pamela|Deutsch|rater-\w+|\d+\. \w+ \d{4}|Uhr", "", said)):
            yield said.strip()


@pytest.mark.parametrize("design", Design)
def test_no_page_of_a_design_has_words_of_its_own(design: Design, settings: LazySettings, tmp_path: Path) -> None:
    write_marked_catalogue(folder=tmp_path / "locale", language="de")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    world = WORLDS[design]()
    scales = [{**scale, "label": "5", "labels": {}} for scale in world.study.scales]
    blank = {"title": "1", "summary": "2", "instructions": "3", "consent_text": "4", "languages": ["de"]}
    Study.objects.filter(pk=world.study.pk).update(**blank, scales=scales, scale_labels={}, profile_questions=[])
    Participation.objects.update(language="de")
    client = Client(headers={"Accept-Language": "de"})
    client.post(f"/r/{resume_token(participation=world.participation)}/")
    found = {}
    for page in PAGES:
        answer = client.get(page.format(slug=world.study.slug))
        assert answer.status_code == 200
        found[page] = list(plain_words(answer.content.decode()))
    assert {page: words for page, words in found.items() if words} == {}
