"""The whole journey in languages of three scripts and both directions, on the smallest and on a usual screen."""

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override
from playwright.sync_api import expect

from annotate.tests.browser import DESKTOP, NewVisitor, Visitor, make_gallery, standing_values
from annotate.tests.spoken_pages import CUT, PLAIN_WORDS, make_world_study, walk, write_marked_catalogue
from annotate.tests.test_pair_journey import make_comparison
from ratings.models import Participation

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SMALLEST = {"width": 320, "height": 640}
DIRECTIONS = {"de": "ltr", "ar": "rtl", "ja": "ltr"}
SCREENS = {
    *("home", "study", "consent", "questions", "instructions", "practice announced", "practice", "practice over"),
    *("rating", "help", "skip", "attention check", "break", "finishing", "done", "my data", "withdraw", "withdrawn"),
    *("languages", "nothing here"),
}


@pytest.mark.parametrize("viewport", [SMALLEST, DESKTOP], ids=["320", "1440"])
@pytest.mark.parametrize("language", DIRECTIONS)
def test_the_journey_speaks_one_language_and_cuts_no_word(
    new_visitor: NewVisitor, language: str, viewport: dict[str, int]
) -> None:
    study = make_world_study()
    visitor = new_visitor(viewport=viewport, locale=language)
    seen = set()
    for screen in walk(visitor, study):
        seen.add(screen)
        root = visitor.page.locator("html")
        expect(root).to_have_attribute("lang", language)
        expect(root).to_have_attribute("dir", DIRECTIONS[language])
        assert visitor.page.evaluate(CUT) == [], screen
    assert seen == SCREENS
    assert visitor.complaints == []


def test_every_word_of_the_pages_comes_from_the_catalogue(
    new_visitor: NewVisitor, settings: LazySettings, tmp_path: Path
) -> None:
    write_marked_catalogue(folder=tmp_path / "locale", language="de")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    study = make_world_study()
    visitor = new_visitor(locale="de", viewport=DESKTOP)
    for screen in walk(visitor, study):
        assert unmarked(visitor.page.evaluate(PLAIN_WORDS)) == [], screen


def test_every_word_about_pairs_comes_from_the_catalogue(
    new_visitor: NewVisitor, settings: LazySettings, tmp_path: Path
) -> None:
    write_marked_catalogue(folder=tmp_path / "locale", language="de")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    study = make_comparison(pairs=2, languages=["de"], ties_allowed=True, title="წყვილები", instructions="ნახეთ")
    visitor = new_visitor(locale="de", viewport=DESKTOP)
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.locator("[name=consent]").check()
    visitor.page.locator("main form [type=submit]").click()
    visitor.page.wait_for_url("**/instructions/")
    assert unmarked(visitor.page.evaluate(PLAIN_WORDS)) == []
    visitor.start_rating(study)
    assert unmarked(visitor.page.evaluate(PLAIN_WORDS)) == []


def unmarked(texts: list[str]) -> list[str]:
    """Leave out the date, which the browser's language writes."""
    with override("de"):
        date = date_format(timezone.localtime(), "F")
    return [text for text in texts if re.search("[A-Za-z]{2}", text.replace(date, "").replace("Uhr", ""))]


def test_from_right_to_left_the_scale_its_keys_and_fingers_run_from_the_right(new_visitor: NewVisitor) -> None:
    visitor = joined_in(new_visitor, "ar")
    low = visitor.page.locator(".key").first.bounding_box()
    high = visitor.page.locator(".key").last.bounding_box()
    assert low and high and low["x"] > high["x"]  # noqa: PT018 - both are there
    visitor.slide((200, 300), (30, 300))  # towards the left, where 5 is
    visitor.expect_all_sent()
    visitor.await_picture()
    visitor.page.keyboard.press("ArrowLeft")  # the middle, 3
    visitor.page.keyboard.press("ArrowLeft")  # on
    visitor.page.keyboard.press("Enter")
    visitor.await_condition(lambda: len(standing_values()) == 2, "two ratings")
    assert standing_values() == [5, 4]


def test_the_rater_changes_the_language_from_the_help_and_goes_on(new_visitor: NewVisitor) -> None:
    visitor = joined_in(new_visitor, "ar")
    visitor.page.locator("#help-open").click()
    visitor.page.locator("#help-dialog .language-link").click()
    visitor.page.locator("[name=language][value=ja]").click()
    visitor.page.wait_for_url("**/rate/")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "ja")
    visitor.await_picture()
    assert Participation.objects.get().language == "ja"


def joined_in(new_visitor: NewVisitor, language: str) -> Visitor:
    """Bring somebody who rates in a language."""
    study = make_gallery(count=3, languages=["en", "ar", "ja"])
    visitor = new_visitor(locale=language)
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.locator("[name=consent]").check()
    visitor.page.locator("main form [type=submit]").click()
    visitor.page.wait_for_url("**/instructions/")
    visitor.start_rating(study)
    return visitor
