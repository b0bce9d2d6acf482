"""The whole journey in languages of three scripts and both directions, on the smallest and on a usual screen."""

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override
from playwright.sync_api import expect

from annotate.tests.browser import DESKTOP, PHONE, NewVisitor, Visitor, make_gallery, standing_values
from annotate.tests.screenshot_book import take_every_state
from annotate.tests.shown_walk import LONG_PROMPT, Walk
from annotate.tests.spoken_pages import CUT, PLAIN_WORDS, make_world_study, walk, write_marked_catalogue
from annotate.tests.test_page_states import LONG_NOTICE
from annotate.tests.test_pair_journey import answers, await_pair, make_comparison
from annotate.tests.test_set_journey import make_sets
from ratings.models import Participation, Study

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is in no catalogue: prompts, conditions, codes, ids, a time zone, a link's own placeholder.
AUTHORS_WORDS = re.compile(
    rf"{re.escape(LONG_PROMPT.strip())}|candle|neon|\blow\b|\bhigh\b|UTC|rater-[0-9a-f]{{8}}|[A-Z]+-2718|{{{{%PROLIFIC_PID%}}}}"
    rf"|{re.escape(LONG_NOTICE)}"
)
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


class MarkedWalk(Walk):
    """A walk that collects what no catalogue has marked."""

    def __init__(self, *, language: str) -> None:
        """Begin with nothing found."""
        super().__init__(language=language)
        self.found: set[str] = set()

    def take(self, visitor: Visitor, name: str) -> None:
        """Look at every text of the page, but for the names that authors and platforms gave."""
        for text in visitor.page.evaluate(PLAIN_WORDS):
            left = AUTHORS_WORDS.sub("", text)
            if re.search("[A-Za-z]{2}", left):
                self.found.add(f"{name}: {left}")


def test_every_word_of_every_state_comes_from_the_catalogue(
    new_visitor: NewVisitor, settings: LazySettings, tmp_path: Path
) -> None:
    write_marked_catalogue(folder=tmp_path / "locale", language="ar")  # whose authors write no Latin letter
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    marks = MarkedWalk(language="ar")
    take_every_state(marks, new_visitor)
    assert marks.found == set()


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


SIDE = "document.querySelector('.side[data-side={}]').getBoundingClientRect().left"


def test_from_right_to_left_the_first_of_two_pictures_is_the_right_one_by_key_name_and_order(
    new_visitor: NewVisitor,
) -> None:
    study = make_comparison(pairs=2, languages=["ar"])
    visitor = begun(new_visitor(locale="ar", viewport=DESKTOP), study)
    sides = visitor.page.locator(".side")
    assert visitor.page.evaluate(SIDE.format("left")) < visitor.page.evaluate(SIDE.format("right"))
    expect(sides.first).to_have_attribute("data-side", "right")
    with override("ar"):
        first, second = (gettext("{caption}, " + place).split("}")[1] for place in ("first", "second"))
    expect(sides.first.locator("img")).to_have_attribute("alt", re.compile(re.escape(first) + "$"))
    expect(sides.last.locator("img")).to_have_attribute("alt", re.compile(re.escape(second) + "$"))
    visitor.check_page()
    visitor.page.keyboard.press("1")
    visitor.expect_all_sent()
    visitor.await_condition(lambda: answers() == ["right"], "the right picture to be chosen")
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    # one above the other: the upper one is the first
    visitor.await_layout()
    await_pair(visitor)
    expect(sides.first).to_have_attribute("data-side", "left")
    expect(sides.first.locator("img")).to_have_attribute("alt", re.compile(re.escape(first) + "$"))
    visitor.page.keyboard.press("1")
    visitor.await_condition(lambda: answers() == ["right", "left"], "the upper picture to be chosen")


def test_from_right_to_left_the_numbers_of_a_set_run_from_the_right_as_its_keys_and_names_do(
    new_visitor: NewVisitor,
) -> None:
    study = make_sets(count=1, languages=["ar"])
    visitor = begun(new_visitor(locale="ar", viewport=DESKTOP), study)
    places = [visitor.page.locator(f".place[data-place='{place}']").bounding_box() for place in range(2)]
    keys = [visitor.page.locator(f".set-key[data-place='{place}']").bounding_box() for place in range(2)]
    assert all([*places, *keys])
    assert places[0]["x"] > places[1]["x"]  # type: ignore[index]  # they are there
    assert keys[0]["x"] > keys[1]["x"]  # type: ignore[index]
    expect(visitor.page.locator(".place-mark").first).to_have_text("1")
    with override("ar"):
        name = gettext("Picture {place}").format(place=1)
    expect(visitor.page.locator(".set-key").first).to_have_accessible_name(name)
    expect(visitor.page.locator(".place img").first).to_have_attribute("alt", re.compile(re.escape(name) + "$"))
    visitor.page.keyboard.press("1")
    expect(visitor.page.locator(".place").first).to_have_class("place is-best")
    visitor.page.keyboard.press("2")
    visitor.await_condition(lambda: answers() == ["1>2"], "the choice to be stored")


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
    return begun(new_visitor(locale=language), make_gallery(count=3, languages=["en", "ar", "ja"]))


def begun(visitor: Visitor, study: Study) -> Visitor:
    """Let somebody take part without looking for a word, and look at what is asked first."""
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.locator("[name=consent]").check()
    visitor.page.locator("main form [type=submit]").click()
    visitor.page.wait_for_url("**/instructions/")
    visitor.start_rating(study)
    return visitor
