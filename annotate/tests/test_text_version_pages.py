"""Researchers look back on the versions of a study's texts, and raters read what changed as words, not as Markdown."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotate.prose import prose_words
from ratings.models import Study
from ratings.services.studies import change_study, create_study, open_study
from ratings.tests.factories import make_images, make_staff

MARKED = "# Data\n\nYour *words* and\nnames, [more](https://a.example/), c@d.org\n\n- kept\n- **safe**\n\n2. b\n3. c"
READ = "Data\n\nYour words and\nnames, more (https://a.example/), c@d.org\n\n• kept\n• safe\n\n2. b\n3. c"
DESCRIPTION: dict[str, Any] = {
    "slug": "harbour",
    "title": "Harbours",
    "consent_text": "## Data\n\nWe keep *ratings*.",
    "languages": ["en", "he"],
    "practice_count": 0,
    "profile_questions": [
        {"key": "age", "label": "How old are you?", "options": [{"value": "18+", "label": "18 or more"}]}
    ],
}


def test_markdown_is_read_as_words_with_the_addresses_of_links() -> None:
    assert prose_words(MARKED) == READ
    assert prose_words("> quoted\n\n```\ncode\n```") == "quoted\n\ncode"


@pytest.fixture
def author(db: None) -> User:
    return make_staff("nora")


@pytest.fixture
def study(author: User) -> Study:
    """Open a study, let somebody agree to it, and change its words with and without another meaning."""
    made = create_study(description=DESCRIPTION, actor=author)
    make_images(study=made, count=3)
    open_study(study=made, actor=author, may_lack_translations=True)
    return made


def agreed(study: Study) -> Client:
    """Take part."""
    client = Client()
    client.post(f"/s/{study.slug}/join/", {"consent": "yes", "consent_version": "1", "texts_version": "1"})
    return client


def changed(study: Study, author: User, **changes: Any) -> None:
    change_study(study=study, changes=changes, actor=author)


def test_a_changed_consent_is_compared_as_words_and_not_as_markdown(study: Study, author: User) -> None:
    client = agreed(study)
    changed(study, author, consent_text="# Data\n\nWe keep **ratings** and names.", consent_version="2")
    page = client.get("/s/harbour/consent/").content.decode()
    start = page.index('<div class="prose changed-text"')
    assert page[start:].split(">", 1)[1].split("</div>")[0] == "Data\n\nWe keep ratings<ins> and names</ins>."


def test_the_versions_are_listed_with_their_author_readers_and_digest(
    study: Study, author: User, admin_client: Client
) -> None:
    agreed(study)
    agreed(study)
    changed(study, author, instructions="Look *twice*.", show_prompt=True)
    url = reverse("admin:ratings_study_text_versions", args=[study.pk])
    page = admin_client.get(url).content.decode()
    for version in study.text_versions.all():
        assert f'title="{version.digest}"' in page
    assert page.count('<td class="admin-table-words">nora</td>') == 2
    assert "<bdi>English</bdi>: 2 saw it, 2 agreed" in page
    assert "Version 2 compared with version 1" in page
    assert "<ins>Look *twice*.</ins>" in page
    assert '<p dir="auto">Look <em>twice</em>.</p>' in page
    assert "<del>false</del><ins>true</ins>" in page
    assert "consent_text" not in page[page.index('id="changes"') :]
    first = admin_client.get(url, {"version": "1"}).content.decode()
    assert "<ins>How old are you?</ins>" in first
    assert "profile_questions.age.options.18+.label" in first


def test_the_page_asks_as_much_for_many_versions_as_for_few(
    study: Study, author: User, admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        changed(study, author, instructions=f"Look {number} times.")
    url = reverse("admin:ratings_study_text_versions", args=[study.pk])
    admin_client.get(url)
    with django_assert_max_num_queries(14):
        assert "Version 7 compared with version 6" in admin_client.get(url).content.decode()
