"""All generated pages, by their file names."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from annotate.reference.call_tables import calls_page
from annotate.reference.column_tables import columns_page
from annotate.reference.command_tables import commands_page
from annotate.reference.index_page import DOCS, index_page
from annotate.reference.setting_tables import settings_page
from annotate.reference.study_tables import study_settings_page

FOLDER = DOCS
REFERENCE: dict[str, Callable[[], str]] = {
    "reference/api-calls.md": calls_page,
    "reference/commands.md": commands_page,
    "reference/dump-columns.md": columns_page,
    "reference/settings.md": settings_page,
    "reference/study-settings.md": study_settings_page,
}
PAGES: dict[str, Callable[[], str]] = {**REFERENCE, "llms.txt": partial(index_page, generated=REFERENCE)}


def stale_pages(*, folder: Path) -> list[str]:
    """Name the files that do not say what the code says."""
    return [name for name, write in PAGES.items() if read_page(folder / name) != write()]


def read_page(path: Path) -> str:
    """Read a page; a missing one is empty."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write_pages(*, folder: Path) -> list[str]:
    """Write the pages that are stale; give their names."""
    stale = stale_pages(folder=folder)
    for name in stale:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PAGES[name](), encoding="utf-8")
    return stale
