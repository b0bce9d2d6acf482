"""Every page and state of the book of screenshots holds WCAG 2.2 AA by axe, light and dark, in both directions."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from annotate.tests.browser import AXE_RULES, NEXT_FRAME, NewVisitor, Visitor
from annotate.tests.screenshot_book import LANGUAGES, SCHEMES, take_every_state
from annotate.tests.shown_walk import Walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
HELD = "dialog[open] > [inert]"  # a dialog lets nobody press anything at first
SETTLED = "Promise.all(document.getAnimations().map((animation) => animation.finished))"


class AxeWalk(Walk):
    """A walk that collects what axe finds."""

    def __init__(self, *, language: str) -> None:
        """Begin with nothing found."""
        super().__init__(language=language)
        self.found: list[str] = []
        self.states: list[str] = []

    def take(self, visitor: Visitor, name: str) -> None:
        """Run axe on what the visitor sees now, in both schemes."""
        page = visitor.page
        self.states.append(name)
        expect(page.locator(HELD)).to_have_count(0)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(NEXT_FRAME)
            page.evaluate(SETTLED)
            for rule in Axe().run(page, options={"runOnly": AXE_RULES}).response["violations"]:
                self.found += [f"{name}, {scheme}: {rule['id']}: {node['html']}" for node in rule["nodes"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_state_in_light_or_dark(new_visitor: NewVisitor, language: str) -> None:
    walk = AxeWalk(language=language)
    take_every_state(walk, new_visitor)
    assert walk.found == []
    assert len(walk.states) > 50
