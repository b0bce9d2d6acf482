"""All generated pages, by their file names."""

from pathlib import Path

from annotate.env import BASE_DIR
from annotate.reference.call_tables import calls_page
from annotate.reference.column_tables import columns_page
from annotate.reference.command_tables import commands_page
from annotate.reference.setting_tables import settings_page

FOLDER = BASE_DIR / "docs" / "reference"
PAGES = {
    "api-calls.md": calls_page,
    "commands.md": commands_page,
    "dump-columns.md": columns_page,
    "settings.md": settings_page,
}


def stale_pages(*, folder: Path) -> list[str]:
    """Name the files that do not say what the code says."""
    return [name for name, write in PAGES.items() if read_page(folder / name) != write()]


def read_page(path: Path) -> str:
    """Read a page; a missing one is empty."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write_pages(*, folder: Path) -> list[str]:
    """Write the pages that are stale; give their names."""
    folder.mkdir(parents=True, exist_ok=True)
    stale = stale_pages(folder=folder)
    for name in stale:
        (folder / name).write_text(PAGES[name](), encoding="utf-8")
    return stale
