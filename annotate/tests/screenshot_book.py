"""A book of screenshots: every page and state that raters see, at four widths, light and dark, in both directions.

Further languages, whose letters and lengths of words differ most from these two, are taken on a phone.

`make screenshots` runs it and writes to `var/screenshots`, or to the folder that SCREENSHOTS_DIR names. Its name keeps
it out of `make test`: what it writes is for people to look at.
"""

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Literal

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from playwright.sync_api import Route

from annotate.env import BASE_DIR
from annotate.tests.browser import NEXT_FRAME, NewVisitor, Visitor
from annotate.tests.shown_states import take_edges
from annotate.tests.shown_texts import TEXTS
from annotate.tests.shown_walk import (
    Walk,
    drawn_images,
    enter,
    make_compared_study,
    make_shown_study,
    rater_of,
)
from annotate.tests.spoken_pages import practise, rate_all
from annotate.tests.test_page_states import LONG_NOTICE, SAY, SCREENS, SHOW_SCREEN
from ratings.choices import Design, ScaleKind, StudyState
from ratings.models import Image, Study
from ratings.selectors.resuming import resume_token
from ratings.services.attention import ensure_attention_checks
from ratings.tests.factories import make_participation, make_rater, make_study
from scoring.tests.factories import make_wish_come_true, make_wisher

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(os.environ.get("SCREENSHOTS_DIR") or BASE_DIR / "var" / "screenshots")
SIZES = ((390, 844), (768, 1024), (1440, 900), (2560, 1440))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = {"en": "From left to right", "ar": "From right to left"}
ON_A_PHONE = {"de": "German", "ja": "Japanese", "zh-hans": "Chinese", "hi": "Hindi", "ko": "Korean"}
ERRORS = ("400", "403", "403_csrf", "404", "408", "409", "429", "500", "503")
PICTURES = 16
# A whole page is longer than what a browser loads pictures for.
LOADED = """Promise.all([...document.querySelectorAll("img[src]")].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => null);
}))"""


class Book(Walk):
    """The pages of one language, as screenshots of them are taken."""

    def __init__(self, *, language: str) -> None:
        """Begin with an empty folder."""
        super().__init__(language=language)
        self.folder = FOLDER / language
        is_whole = language in LANGUAGES
        self.sizes = SIZES if is_whole else SIZES[:1]
        self.schemes = SCHEMES if is_whole else SCHEMES[:1]
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob("*.png"):
            path.unlink()

    def take(self, visitor: Visitor, name: str) -> None:
        """Take what the visitor sees now at every size in every scheme; the number keeps the order."""
        page = visitor.page
        usual = page.viewport_size
        number = len(list(self.folder.glob("*-390-light.png"))) + 1
        for width, height in self.sizes:
            page.set_viewport_size({"width": width, "height": height})
            for scheme in self.schemes:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.evaluate("document.fonts.ready")
                page.evaluate(LOADED)
                page.evaluate(NEXT_FRAME)
                is_whole = not page.locator("body.rating").count()
                path = self.folder / f"{number:02d}-{name.replace(' ', '-')}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=is_whole)
        if usual:
            page.set_viewport_size(usual)


def take_first_pages(book: Walk, visitor: Visitor, images: list[Image]) -> Study:
    """Take what somebody sees who comes for the first time."""
    texts = TEXTS[book.language]
    book.open(visitor, "home empty", "/")
    study = make_shown_study(
        slug="landscapes",
        images=images,
        languages=["en", "ar"] if book.language == "en" else [book.language, "en"],
        break_every=2,
        attention_every=3,
        completion_code="LIGHT-2718",
        **texts,
        quota=4,
    )
    ensure_attention_checks(study=study)
    book.open(visitor, "home one study", "/")
    pairs = make_compared_study(
        slug="pairs", images=images[:8], design=Design.PAIRWISE, languages=[book.language], **texts
    )
    pairs.study_images.filter(image__in=images[4:8]).update(is_on_card=True)
    make_shown_study(slug="slider", images=images[8:], scale_kind=ScaleKind.SLIDER, languages=[book.language], **texts)
    book.open(visitor, "home newcomer", "/")
    book.open(visitor, "languages", "/language/?next=/")
    for state in (StudyState.PAUSED, StudyState.CLOSED, StudyState.OPEN):
        Study.objects.filter(pk=study.pk).update(state=state)
        book.open(visitor, f"study {state}", f"/s/{study.slug}/")
    book.open(visitor, "my data nobody", "/me/")
    return study


def take_joining(book: Walk, visitor: Visitor, study: Study) -> None:
    """Take consent, what is wrong with it, and the questions."""
    page = visitor.page
    book.open(visitor, "consent", f"/s/{study.slug}/join/")
    page.locator("[name=consent]").check()
    page.locator("main form [type=submit]").click()
    page.locator("#step-profile").wait_for()
    book.take(visitor, "questions")
    page.evaluate("document.querySelector('[name=consent]').checked = false")
    page.locator("main form [type=submit]").click()
    page.locator("#errors").wait_for()
    book.take(visitor, "consent missing")
    enter(visitor, study)
    book.take(visitor, "instructions")


def take_rating(book: Walk, visitor: Visitor) -> None:
    """Take every state of the rating page that comes of rating, to the end."""
    for name in practise(visitor):
        book.take(visitor, name)
    for name in rate_all(visitor):
        book.take(visitor, name)
    book.take(visitor, "finishing")
    visitor.page.locator("[data-action=finish]").click()
    visitor.page.wait_for_url("**/done/")
    book.take(visitor, "done")


def take_looks(book: Walk, visitor: Visitor) -> None:
    """Take a picture enlarged, its whole prompt, and one that came back to be rated again."""
    page = visitor.page
    for name, control in (("enlarged", "#zoom"), ("whole prompt", "#prompt-more")):
        page.locator(control).click()
        book.take(visitor, name)
        page.locator(control).click()
    visitor.press("7")
    visitor.await_picture()
    page.locator(".past-answer").first.click()
    visitor.await_picture()
    book.take(visitor, "answer reopened")
    page.locator("#keep").click()


def take_screens(book: Walk, visitor: Visitor, study: Study) -> None:
    """Take what stands in for a picture, and a picture with a long prompt and a notice."""
    visitor.start_rating(study)
    visitor.page.evaluate(SAY, LONG_NOTICE)
    book.take(visitor, "notice")
    for name in visitor.page.evaluate(SCREENS):
        visitor.page.evaluate(SHOW_SCREEN, name)
        book.take(visitor, name)


def take_designs(book: Walk, new_visitor: NewVisitor, images: list[Image]) -> None:
    """Take instructions and rating page of the other designs and scales."""
    texts = {**TEXTS[book.language], "languages": [book.language], "profile_questions": []}
    low, *_, high = texts["scale_labels"].values()

    def ends(first: str, last: str) -> dict[str, str]:
        return {first: low, last: high}

    scales = [{"key": key, "label": texts["title"], "labels": ends("1", "5")} for key in ("a", "b", "c")]
    eleven = {"scale_min": 0, "scale_max": 10, "scale_labels": ends("0", "10")}
    studies = {
        "pairs": Study.objects.get(slug="pairs"),
        "slider": Study.objects.get(slug="slider"),
        "sets": make_compared_study(images=images, sides="abcd", design=Design.BEST_WORST, **texts),
        "scales": make_shown_study(images=images, design=Design.SCALES, scales=scales, **texts),
        "eleven": make_shown_study(images=images, show_prompt=True, **{**texts, **eleven}),
    }
    Study.objects.filter(practice_count__gt=0).update(practice_count=0)
    for name, study in studies.items():
        visitor = new_visitor(locale=book.language)
        enter(visitor, study)
        book.take(visitor, f"{name} instructions")
        visitor.start_rating(study)
        book.take(visitor, name)
        if name == "eleven":
            take_looks(book, visitor)
            take_screens(book, visitor, study)


def take_returning(book: Walk, visitor: Visitor, study: Study) -> None:
    """Take what somebody sees who took part before, and the way out."""
    slider = Study.objects.get(slug="slider")
    make_participation(study=slider, rater=rater_of(study), quota=50, done=30, served=30)
    book.open(visitor, "home returning", "/")
    book.open(visitor, "study complete", f"/s/{study.slug}/")
    book.open(visitor, "study begun", f"/s/{slider.slug}/")
    book.open(visitor, "my data", "/me/")
    book.open(visitor, "somebody else", f"/s/{slider.slug}/other/")
    other = make_participation(study=slider, rater=make_rater())
    book.open(visitor, "resume link", f"/r/{resume_token(participation=other)}/")
    book.open(visitor, "withdraw", "/me/withdraw/")
    visitor.page.locator("main [type=submit]").click()
    visitor.page.wait_for_url("**/withdrawn/")
    book.take(visitor, "withdrawn")


def take_made(book: Walk, visitor: Visitor, images: list[Image]) -> None:
    """Take the page of pictures made for somebody."""
    Image.objects.filter(pk__in=[image.pk for image in images[:2]]).update(is_drawn=True)
    participation = make_wisher(
        study=make_study(slug="wishes", title=TEXTS[book.language]["title"], languages=[book.language])
    )
    make_wish_come_true(participation=participation, images=images[:2])
    visitor.open(f"/r/{resume_token(participation=participation)}/")
    with visitor.page.expect_navigation(url="**/rate/"):
        visitor.page.locator("main [type=submit]").click()
    visitor.open("/s/wishes/made/")
    visitor.page.locator(".made-picture img").first.wait_for()
    book.take(visitor, "made for you")


def take_errors(book: Walk, visitor: Visitor) -> None:
    """Take the pages of errors, which need no error to be looked at."""

    def answer(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        with override(book.language):
            route.fulfill(body=render_to_string(f"{name}.html"), content_type="text/html; charset=utf-8")

    visitor.page.route("**/errors/*", answer)
    for name in ERRORS:
        book.open(visitor, f"error {name}", f"/errors/{name}")


def take_every_state(book: Walk, new_visitor: NewVisitor) -> None:
    """Walk through every page and state that raters see."""
    language = book.language
    images = drawn_images(PICTURES)
    visitor = new_visitor(locale=language, service_workers="block")
    study = take_first_pages(book, visitor, images)
    take_joining(book, visitor, study)
    take_rating(book, visitor)
    take_returning(book, visitor, study)
    take_designs(book, new_visitor, images)
    take_made(book, new_visitor(locale=language), images)
    take_edges(book, new_visitor, images)
    take_errors(book, new_visitor(locale=language))


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES | ON_A_PHONE)
def test_the_book_of_screenshots_is_taken(new_visitor: NewVisitor, language: str) -> None:
    take_every_state(Book(language=language), new_visitor)
    write_index()


def write_index() -> None:
    """Write the page on which the book is looked at: a row for each state, light above dark, small beside large."""
    rows = "".join(row for language in LANGUAGES | ON_A_PHONE for row in rows_of(language))
    (FOLDER / "index.html").write_text(INDEX.format(rows=rows))


def rows_of(language: str) -> Iterator[str]:
    """Write the rows of one language."""
    yield f"<h2>{escape((LANGUAGES | ON_A_PHONE)[language])}</h2>"
    for path in sorted((FOLDER / language).glob("*-390-light.png")):
        name = path.name.removesuffix("-390-light.png")
        pictures = "".join(
            f'<a href="{language}/{name}-{width}-{scheme}.png">'
            f'<img loading="lazy" src="{language}/{name}-{width}-{scheme}.png" alt="{width} px, {scheme}"></a>'
            for scheme in SCHEMES
            for width, _ in SIZES
            if (FOLDER / language / f"{name}-{width}-{scheme}.png").exists()
        )
        yield f"<h3>{escape(name)}</h3><div>{pictures}</div>"


INDEX = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Screenshots</title>
<style>
body {{ font: 1rem system-ui; margin: 2rem; background: #ddd }}
div {{ display: grid; grid-template-columns: 1fr 1.5fr 2.5fr 3fr; gap: 1rem; align-items: start }}
img {{ width: 100%; max-height: 60rem; object-fit: contain; object-position: top; background: #aaa }}
</style>
<h1>What raters see</h1>
{rows}
</html>
"""
