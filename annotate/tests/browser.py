"""A visitor in a real Chromium: what the browser tests do and see."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from ratings.models import Rating, Study
from ratings.tests.factories import make_image, make_study, make_study_image

PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 60_000  # that a condition may take on a busy machine; nothing waits so long where it holds
LOOK_EVERY_MS = 50
DESKTOP = {"width": 1440, "height": 900}
BOTH_SIZES = pytest.mark.parametrize(
    ("viewport", "scheme"),
    [
        pytest.param(PHONE, "light", id="phone"),
        pytest.param(DESKTOP, "dark", id="desktop", marks=pytest.mark.slow),
    ],
)  # the size that most raters have with the quick tests, the other one with the slow
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # ms, bytes/s
QUESTIONS = [
    {
        "key": "age_band",
        "label": "How old are you?",
        "options": [{"value": "18-29", "label": "18 to 29"}, {"value": "30-49", "label": "30 to 49"}],
    },
    {
        "key": "country",
        "label": "Where do you live?",
        "options": [{"value": str(number), "label": f"Country {number}"} for number in range(12)],
    },
]
EXPECTED_NOISE = ("net::ERR_", "the server responded with a status of")


def make_gallery(*, count: int = 6, practice: int = 0, **fields: Any) -> Study:
    """Make an open study whose pictures exist as files, each of another colour."""
    defaults = {"quota": count, "practice_count": practice, "break_every": 0, "repeat_share": 0.0}
    study = make_study(**{**defaults, **fields})
    for number in range(count + practice):
        put_picture(study=study, hue=number * 360 // (count + practice), is_practice=number < practice)
    return study


def put_picture(*, study: Study, hue: int, is_practice: bool = False) -> None:
    """Put one picture with its file into the study."""
    image = make_image(width=640, height=640, renditions=[])
    data = io.BytesIO()
    Pillow.new("RGB", (640, 640), f"hsl({hue}, 60%, 50%)").save(data, "WEBP")
    default_storage.save(image.path, ContentFile(data.getvalue()))
    make_study_image(study=study, image=image, is_practice=is_practice)


class Visitor:
    """Somebody in front of one tab."""

    def __init__(self, page: Page, *, base_url: str) -> None:
        """Watch the tab for errors from the first moment."""
        self.page = page
        self.base_url = base_url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._note(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, text: str) -> None:
        """Keep what the browser complains of; a failed request that a test provoked is no complaint."""
        if not any(noise in text for noise in EXPECTED_NOISE):
            self.complaints.append(text)

    def open(self, path: str) -> None:
        """Go to a page of the site."""
        self.page.goto(self.base_url + path)

    def join(self, study: Study) -> None:
        """Take part, saying nothing of oneself."""
        self.open(f"/s/{study.slug}/join/")
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Agree and continue").click()
        if study.profile_questions:
            self.page.get_by_role("button", name="Save and continue").click()
        self.page.wait_for_url("**/instructions/")

    def start_rating(self, study: Study) -> None:
        """Open the rating page and wait for the first picture."""
        self.open(f"/s/{study.slug}/rate/")
        self.await_picture()

    def await_picture(self) -> None:
        """Wait until a picture can be rated."""
        expect(self.page.locator("#scale [aria-disabled]").first).to_have_attribute("aria-disabled", "false")

    @property
    def picture(self) -> str:
        """Name the picture on the stage."""
        return self.page.locator("#frame img").get_attribute("src") or ""

    def press(self, key: str) -> None:
        """Press a key once the picture can be rated."""
        self.await_picture()
        self.page.keyboard.press(key)

    def await_condition(self, look: Callable[[], object], what: str) -> None:
        """Wait until something holds that the browser cannot be asked to wait for."""
        for _ in range(PATIENCE_MS // LOOK_EVERY_MS):
            if look():
                return
            self.page.wait_for_timeout(LOOK_EVERY_MS)  # between two looks
        raise AssertionError(f"Waited {PATIENCE_MS / 1000:g} s in vain for {what}")

    def await_layout(self) -> None:
        """Wait until the page has been laid out and painted as it is now."""
        self.page.evaluate(NEXT_FRAME)

    def press_until_screen(self, key: str) -> None:
        """Rate on and on until the page shows a screen in place of a picture."""

        def look() -> bool:
            self.page.keyboard.press(key)
            return self.page.locator("#screen").is_visible()

        self.await_condition(look, "a screen in place of a picture")

    def expect_progress(self, text: str) -> None:
        """Wait until the bar tells so much progress: “1 of 3”, or the word for practice."""
        shown = f"{text} done" if " of " in text else text
        expect(self.page.locator("#progress-text")).to_have_text(shown)

    def expect_all_sent(self) -> None:
        """Wait until the server has everything."""
        expect(self.page.locator("#unsent-count")).to_have_text("0")

    def focus_by_tab(self, name: str) -> None:
        """Walk with the Tab key to the control of that name, seeing the focus all the way."""
        self.page.wait_for_function(IS_READY)
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED_NAME).startswith(name):
                assert self.page.evaluate("document.activeElement.matches(':focus-visible')")
                return
        raise AssertionError(f"Tab never reaches {name!r}")

    def check_page(self) -> None:
        """Find no accessibility violation (axe, WCAG 2.2 AA), nothing cut off sideways and no error."""
        self.page.wait_for_function(
            "() => !document.querySelector('dialog[open] [inert], .screen[inert]:not([hidden])')"
        )
        self.page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
        found = Axe().run(self.page, options={"runOnly": AXE_RULES}).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{self.page.url} is {overflow} px too wide"
        assert self.complaints == []

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Take the network away for a while."""
        self.page.context.set_offline(True)
        yield
        self.page.context.set_offline(False)

    def slow_down(self) -> None:
        """Put the tab on a slow 3G network."""
        link = self.page.context.new_cdp_session(self.page)
        link.send("Network.enable")
        link.send("Network.emulateNetworkConditions", SLOW_3G)

    def slide(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Slide a finger over the screen."""
        touch = self.page.context.new_cdp_session(self.page)
        steps = [
            (start[0] + (end[0] - start[0]) * part / 5, start[1] + (end[1] - start[1]) * part / 5) for part in range(6)
        ]
        for number, (x, y) in enumerate(steps):
            kind = "touchMove" if number else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


NewVisitor = Callable[..., Visitor]


def standing_values() -> list[float]:
    """Give the ratings that stand, oldest first."""
    standing = Rating.objects.filter(replaced_at=None, value__isnull=False).order_by("id")
    return [value for value in standing.values_list("value", flat=True) if value is not None]


def joined(new_visitor: NewVisitor, study: Study, **context: Any) -> Visitor:
    """Bring a visitor who takes part and looks at the first picture."""
    visitor = new_visitor(**context)
    visitor.join(study)
    visitor.start_rating(study)
    return visitor


FOCUSED_NAME = """(() => {
  const element = document.activeElement;
  const label = element.labels?.[0]?.innerText;
  return (element.getAttribute("aria-label") ?? label ?? element.innerText ?? "").trim();
})()"""
NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
IS_READY = "() => !document.querySelector('dialog[open] [inert], .screen[inert]:not([hidden])')"
AXE_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
