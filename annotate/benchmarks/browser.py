"""What a rater's browser feels: from the key to the next picture's paint, and the weight of the first pages."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from annotate.benchmarks.figures import Figure, beside, percentile
from annotate.benchmarks.installation import TIMEOUT, Installation, InstallationError, new_installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

PICTURES = 60
SIDE = 768
KEYS = 50
PAUSE_MS = 400  # between two keys: a hurried rater
SLOWER = (1, 4)  # this machine's processor, and one four times slower, as in a phone
PAINT_BUDGET = 50.0  # ms
PAGE_BUDGET = 100.0  # kB
RATING_BUDGET = 60.0  # kB
NOT_WEIGHED = {"Font", "Image"}  # the typeface, which all pages share, and what is rated
PHONE = {"width": 390, "height": 844}
SLUG = "browser"
DESCRIPTION = """
title = "Browser"
consent_text = "Your answers are stored."
practice_count = 0
break_every = 0
repeat_share = 0.0
target = 1000
quota = {quota}
"""
OPEN = "from ratings.services import studies; from ratings.models import Study; \
studies.open_study(study=Study.objects.get(slug='{slug}'), actor=None)"
# Marks each picture before it is painted, and notes when the key came and when the picture's pixels were there.
WATCH = """
window.watched = {keys: [], paints: []};
addEventListener("keydown", (event) => watched.keys.push(event.timeStamp), {capture: true});
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes]))
    if (node instanceof HTMLImageElement && !node.classList.contains("placeholder")) node.elementTiming = "picture";
}).observe(document, {childList: true, subtree: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) watched.paints.push(entry.renderTime);
}).observe({type: "element", buffered: true});
"""


def measure(
    *, say: Callable[[str], None], pictures: int = PICTURES, keys: int = KEYS, browser: "Browser | None" = None
) -> list[Figure]:
    """Measure on a scratch installation that is removed afterwards, with a browser that is started if none is given."""
    with nullcontext(browser) if browser else chromium() as visitors, new_installation("--only", "web") as installation:
        say(f"drawing {pictures} pictures of {SIDE} px")
        fill_study(installation, pictures=pictures)
        say("weighing pages")
        figures = weights(installation, visitors)
        for slower in SLOWER:
            say(f"rating {keys} pictures, processor slowed down {slower} times")
            figures += paint_times(installation, visitors, keys=keys, slower=slower)
    return figures


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start a browser, or say what is missing."""
    try:
        from playwright.sync_api import sync_playwright

        from annotate.benchmarks.chromium import chromium_path, launch
    except ImportError as error:
        raise InstallationError("Playwright is missing: pip install -r requirements-dev.txt") from error
    path = chromium_path()
    if path is None:
        raise InstallationError("There is no Chromium on this machine: install the package `chromium`.")
    with sync_playwright() as playwright:
        browser = launch(playwright, path)
        yield browser
        browser.close()


def fill_study(installation: Installation, *, pictures: int) -> None:
    """Make an open study of drawn pictures, through the same commands as everybody."""
    from scoring.generators.base import ImageRequest
    from scoring.generators.demo import demo_prompts
    from scoring.generators.sketch_generator import render_sketch

    folder, description = installation.folder / "pictures", installation.folder / "study.toml"
    folder.mkdir()
    for number, prompt in enumerate(demo_prompts(count=pictures)):
        request = ImageRequest(prompt=prompt.prompt, seed=prompt.seed, width=SIDE, height=SIDE)
        render_sketch(request).save(folder / f"{number}.png")
    description.write_text(DESCRIPTION.format(quota=pictures))
    installation.command("create_study", SLUG, "--from", str(description))
    installation.command("import_images", str(folder), "--study", SLUG)
    installation.command("shell", "-c", OPEN.format(slug=SLUG))


def weights(installation: Installation, browser: "Browser") -> list[Figure]:
    """Weigh each page as a first visitor loads it, all that travels but the pictures."""
    study = f"/s/{SLUG}/"
    pages = {"first page": "/", "study page": study, "consent": f"{study}join/", "rating page": f"{study}rate/"}
    limits = {"rating page": RATING_BUDGET}
    return [
        weight(installation, browser, name=name, path=path, limit=limits.get(name, PAGE_BUDGET))
        for name, path in pages.items()
    ]


def weight(installation: Installation, browser: "Browser", *, name: str, path: str, limit: float) -> Figure:
    """Weigh one page, with an empty cache, until nothing more travels."""
    page = new_visitor(installation, browser)
    link = page.context.new_cdp_session(page)
    sizes = sizes_by_kind(link)
    page.goto(address(installation, path))
    page.wait_for_load_state("networkidle")
    page.context.close()
    total = sum(size for kind, size in sizes.items() if kind not in NOT_WEIGHED) / 1000
    parts = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(sizes.items()))
    return beside(name=f"{name}, without pictures and typeface", value=total, unit="kB", limit=limit, note=parts)


def sizes_by_kind(link: "CDPSession") -> Counter[str]:
    """Count the bytes that travel, headers included, by what they are for."""
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def finished(event: dict[str, Any]) -> None:
        sizes[kinds.get(event["requestId"], "Other")] += event["encodedDataLength"]

    link.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    link.on("Network.loadingFinished", finished)
    link.send("Network.enable")
    return sizes


def paint_times(installation: Installation, browser: "Browser", *, keys: int, slower: int) -> list[Figure]:
    """Rate with the keyboard; give the times from each key to the paint of the picture that it brought."""
    page = new_visitor(installation, browser)
    page.add_init_script(WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(address(installation, f"/s/{SLUG}/rate/"))
    page.wait_for_load_state("networkidle")
    for _ in range(keys):
        page.wait_for_selector("#scale [aria-disabled=false]")
        page.wait_for_timeout(PAUSE_MS)
        page.keyboard.press("4")
    page.wait_for_function("(keys) => watched.paints.length > keys", arg=keys)
    watched = page.evaluate("watched")
    page.context.close()
    times = [next(paint for paint in watched["paints"] if paint > key) - key for key in watched["keys"]]
    name = "key to the next picture's paint" + (f", processor {slower} times slower" if slower > 1 else "")
    return [
        beside(name=f"{name}: p{share:.0%}".rstrip("%"), value=percentile(times, share), unit="ms", limit=PAINT_BUDGET)
        for share in (0.5, 0.95)
    ]


def new_visitor(installation: Installation, browser: "Browser") -> "Page":
    """Bring somebody with a phone and an empty cache, who takes part already."""
    page = browser.new_context(viewport=PHONE, has_touch=True).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(1000 * TIMEOUT)
    page.goto(address(installation, f"/s/{SLUG}/join/"))
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and continue").click()
    page.wait_for_url(re.compile("/instructions/$"))
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    return page


def address(installation: Installation, path: str) -> str:
    """Give the address of a page."""
    return f"http://localhost:{installation.port}{path}"
