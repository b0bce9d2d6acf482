"""A walk through what raters see in one language, and the studies that it goes through."""

import io
from abc import ABC, abstractmethod
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from annotate.tests.browser import Visitor
from ratings.models import Image, Participation, Rater, Study
from ratings.selectors.resuming import resume_token
from ratings.services.pictures import blurred_placeholder
from ratings.tests.factories import make_image, make_pair, make_study, make_study_image
from scoring.generators.demo import demo_prompts, drawn_png

LONG_PROMPT = "a lighthouse on a rocky coast in the last light, thick oil paint, warm and quiet, seen from a boat " * 3


class Walk(ABC):
    """A walk through the pages and states of one language, at each of which something is done."""

    def __init__(self, *, language: str) -> None:
        """Begin in a language."""
        self.language = language

    @abstractmethod
    def take(self, visitor: Visitor, name: str) -> None:
        """Do what the walk is for with what the visitor sees now."""

    def open(self, visitor: Visitor, name: str, path: str) -> None:
        """Take a page by its address."""
        visitor.open(path)
        self.take(visitor, name)


def drawn_images(count: int) -> list[Image]:
    """Draw pictures as the demo has them, of several shapes."""
    found = []
    for number, prompt in enumerate(demo_prompts(count=count)):
        drawn = Pillow.open(io.BytesIO(drawn_png(prompt))).convert("RGB")
        if number % 3:
            drawn = drawn.crop((0, drawn.height // 6, drawn.width, drawn.height - drawn.height // 6))
        image = make_image(
            width=drawn.width, height=drawn.height, renditions=[], placeholder=blurred_placeholder(drawn)
        )
        data = io.BytesIO()
        drawn.save(data, "WEBP")
        default_storage.save(image.path, ContentFile(data.getvalue()))
        found.append(image)
    return found


def make_shown_study(*, images: list[Image], practice: int = 4, **fields: Any) -> Study:
    """Make an open study of drawn pictures."""
    study = make_study(**{"quota": len(images) - practice, "practice_count": 1, "repeat_share": 0.0, **fields})
    for number, image in enumerate(images):
        make_study_image(study=study, image=image, is_practice=number < practice, prompt=LONG_PROMPT)
    return study


def make_compared_study(*, images: list[Image], sides: str = "ab", **fields: Any) -> Study:
    """Make an open study in which several pictures stand side by side."""
    places = len(sides)
    study = make_study(**{"quota": len(images) // places, "break_every": 0, "ties_allowed": places == 2, **fields})
    for start in range(0, len(images) - places + 1, places):
        shown = {f"image_{side}": image for side, image in zip(sides, images[start:], strict=False)}
        make_pair(study=study, **shown, **{f"condition_{side}": side for side in sides})
    return study


def enter(visitor: Visitor, study: Study) -> None:
    """Take part without looking for a word, and wait for something to answer."""
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.locator("[name=consent]").check()
    visitor.page.locator("main form [type=submit]").click()
    if study.profile_questions:
        visitor.page.locator("#step-profile").wait_for()
        visitor.page.locator("main form [type=submit]").click()
    visitor.page.wait_for_url("**/instructions/")


def rater_of(study: Study) -> Rater:
    """Find who joined last."""
    return Participation.objects.filter(study=study).latest("created_at").rater


def become(visitor: Visitor, participation: Participation) -> None:
    """Go on as a rater by their resume link, as if nobody had used the browser before."""
    visitor.page.context.clear_cookies()
    visitor.open(f"/r/{resume_token(participation=participation)}/")
    with visitor.page.expect_navigation():
        visitor.page.locator("main [type=submit]").click()
    participation.refresh_from_db()  # the link was used up
