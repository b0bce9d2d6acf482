"""The index of the documentation for language models: `llms.txt`, as llmstxt.org describes it."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from annotate.env import BASE_DIR

DOCS = BASE_DIR / "docs"
OPENING = """
Raters open a study in a browser; researchers work in the admin, from the command line, by the HTTP API or with the
Python client. Paths are relative to this file. Written by `manage.py write_docs`.
"""
PASSED_OVER = re.compile(r"^```.*?^```$|<!--.*?-->|^(?:#|\||- |\* |\d\. ).*?$", re.MULTILINE | re.DOTALL)
Texts = Mapping[str, Callable[[], str]]


def index_page(*, generated: Texts) -> str:
    """List every page of the site with its first sentence; those that are generated are taken as they will be."""
    site = yaml.safe_load((BASE_DIR / "mkdocs.yml").read_text(encoding="utf-8"))
    parts = [f"# {site['site_name']}", f"> {site['site_description']}.", OPENING.strip()]
    for title, paths in sections(site["nav"]):
        parts.append(f"## {title}\n\n" + "\n".join(entry(path, page_text(path, generated)) for path in paths))
    return "\n\n".join(parts) + "\n"


def sections(nav: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """Give the sections of the navigation with the pages in them; those on top come first."""
    top = [one for one in nav if isinstance(one, str)]
    yield "Start", top
    for one in nav:
        if isinstance(one, dict):
            yield from one.items()


def page_text(path: str, generated: Texts) -> str:
    """Give the text of a page."""
    return generated[path]() if path in generated else Path(DOCS / path).read_text(encoding="utf-8")


def entry(path: str, text: str) -> str:
    """Write the line of one page: its title, where it is, and its first sentence."""
    title = text.partition("\n")[0].removeprefix("# ")
    return f"- [{title}]({path}): {first_sentence(text)}"


def first_sentence(text: str) -> str:
    """Give the first sentence of a page's prose, without its links; passes over code, headings, tables and lists."""
    prose = [" ".join(part.split()) for part in PASSED_OVER.sub("", text).split("\n\n") if part.strip()]
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", prose[0])
    return re.split(r"(?<=[.:?])\s(?=[A-Z`*])", plain)[0].rstrip(".:") + "."
