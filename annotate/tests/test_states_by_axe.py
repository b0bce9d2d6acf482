"""Every page and state of the book of screenshots holds WCAG 2.2 AA by axe, and nothing is cut on small windows.

By axe: light, dark and in forced colours, in both directions; in forced colours every control has a shape. Small:
320 px wide, and as wide with a height of 256 px, which is a window of 1280 by 1024 px at 400 %.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotate.tests.browser import AXE_RULES, NEXT_FRAME, NewVisitor, Visitor
from annotate.tests.screenshot_book import LANGUAGES, SCHEMES, take_every_state
from annotate.tests.shown_walk import Walk
from annotate.tests.spoken_pages import CUT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]
HELD = "dialog[open] > [inert]"  # a dialog lets nobody press anything at first
SETTLED = "Promise.all(document.getAnimations().map((animation) => animation.finished))"
LOOKS: dict[str, dict[str, Any]] = {
    **{scheme: {"color_scheme": scheme, "forced_colors": "none"} for scheme in SCHEMES},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},  # the last: shapes are looked for in it
}
SMALL = {"at 320 px": (320, 640), "at 400 %": (320, 256)}
# Forced colours take fills away: a control whose shape was one has neither edge nor words then.
SHAPELESS = r"""(() => {
  const isSeen = (style, side) => parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Style`] !== "none";
  const shapeless = [];
  for (const control of document.querySelectorAll("button, a.button, input, textarea, progress, [role=slider], .key")) {
    if (!control.checkVisibility() || control.closest("[inert]") || control.matches(".visually-hidden *")) continue;
    const style = getComputedStyle(control);
    const hasEdge = ["Top", "Right", "Bottom", "Left"].some((side) => isSeen(style, side));
    const hasMark = control.textContent.trim() || control.querySelector("svg, img, *");
    const isNative = style.appearance !== "none" && control.matches("input, progress");
    if (!(hasEdge || hasMark || isNative)) shapeless.push(control.outerHTML.slice(0, 120));
  }
  return shapeless;
})()"""


class AxeWalk(Walk):
    """A walk that collects what axe finds, and what is cut."""

    def __init__(self, *, language: str) -> None:
        """Begin with nothing found."""
        super().__init__(language=language)
        self.found: list[str] = []
        self.states: list[str] = []

    def take(self, visitor: Visitor, name: str) -> None:
        """Look at what the visitor sees now, in each way."""
        page = visitor.page
        self.states.append(name)
        expect(page.locator(HELD)).to_have_count(0)
        for look, media in LOOKS.items():
            page.emulate_media(**media, reduced_motion="reduce")
            settle(page)
            for rule in Axe().run(page, options={"runOnly": AXE_RULES}).response["violations"]:
                self.found += [f"{name}, {look}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
        self.found += [f"{name}, forced colours: no shape: {control}" for control in page.evaluate(SHAPELESS)]
        self.take_small(page, name)
        page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")

    def take_small(self, page: Page, name: str) -> None:
        """Look for what runs off a small window, or is cut there."""
        usual = page.viewport_size
        for window, (width, height) in SMALL.items():
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
            self.found += [f"{name}, {window}: cut: {fault}" for fault in page.evaluate(CUT)]
        if usual:
            page.set_viewport_size(usual)
            settle(page)


def settle(page: Page) -> None:
    """Wait until the page has come to rest as it is now."""
    page.evaluate(NEXT_FRAME)
    page.evaluate(SETTLED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_state_and_nothing_is_cut(new_visitor: NewVisitor, language: str) -> None:
    walk = AxeWalk(language=language)
    take_every_state(walk, new_visitor)
    assert walk.found == []
    assert len(walk.states) > 100
