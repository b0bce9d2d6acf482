"""Texts of a study's author as HTML: a safe part of Markdown, the same on every page that shows them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import nh3
from django.utils.safestring import SafeString
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

SCHEMES = ("http:", "https:", "mailto:")
# What would make something else of a plain text: code by indentation, headings by underlining, names of characters.
PLAIN_RULES = ("code", "lheading", "entity", "reference", "html_block", "html_inline")
LOWEST_HEADING = 6
HEADINGS = {f"h{level}" for level in range(2, LOWEST_HEADING + 1)}
TAGS = HEADINGS | {"p", "br", "ul", "ol", "li", "blockquote", "hr", "em", "strong", "a", "code", "pre"}
ATTRIBUTES = {**{name: {"dir"} for name in TAGS}, "a": {"href", "target"}, "ol": {"dir", "start"}, "*": set()}


def words_of_image(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: Any) -> str:
    """Show the words that stand for a picture: an author's text brings none."""
    return self.renderInlineAsText(tokens[place].children, options, env)


class AuthorMarkdown(MarkdownIt):
    """A reader of Markdown whose links lead to the web or to mail; others stay the words that they are."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - as the library calls it
        """Tell whether an address may be a link."""
        return url.strip().lower().startswith(SCHEMES)


@cache
def parser() -> MarkdownIt:
    """Give the reader of authors' Markdown, made once: no HTML, and every line break is one."""
    made = AuthorMarkdown("commonmark", {"html": False, "breaks": True, "linkify": True})
    made.enable("linkify").disable(list(PLAIN_RULES))
    made.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_ip": False, "fuzzy_email": True})
    made.add_render_rule("image", words_of_image)
    return made


def prose_html(words: str, *, heading: int = 2) -> SafeString:
    """Write a text as paragraphs, headings, lists and links, each block with the direction of its letters.

    Its highest headings become those of the level given, which follows the page's own.
    """
    tokens = parser().parse(words)
    shift = heading - min((int(one.tag[1:]) for one in tokens if one.type == "heading_open"), default=heading)
    for token in tokens:
        mark_block(token, shift=shift)
    html = parser().renderer.render(tokens, parser().options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer"
    )
    return SafeString(clean.strip())


def mark_block(token: Token, *, shift: int) -> None:
    """Set the level of a heading, the direction of an outermost block, and the window of its links."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(LOWEST_HEADING, int(token.tag[1:]) + shift)}"
    if token.level == 0 and token.nesting == 1:
        token.attrSet("dir", "auto")
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("target", "_blank")


def prose_words(words: str) -> str:
    """Give the words of a text as they are read: no marks of Markdown, a line for each, blocks apart.

    The address of a link follows its words where they are others: it is a part of what is said.
    """
    lines: list[str] = []
    for token in parser().parse(words):
        if token.type == "list_item_open":
            lines.append(f"{token.info}{token.markup} " if token.info else "\N{BULLET} ")
        elif token.type == "inline":
            lines.append(inline_words(token))
        elif token.type in {"fence", "code_block"}:
            lines.append(f"{token.content.rstrip()}\n\n")
        elif token.type in {"paragraph_close", "heading_close"}:
            lines.append("\n" if token.hidden else "\n\n")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lines.append("\n")
    return "".join(lines).strip()


def inline_words(token: Token) -> str:
    """Give the words of a line or paragraph."""
    found, address, start = "", "", 0
    for child in token.children or ():
        if child.type == "link_open":
            address, start = str(child.attrGet("href") or ""), len(found)
        elif child.type == "link_close":
            found += "" if address.removeprefix("mailto:") == found[start:] else f" ({address})"
        else:
            found += "\n" if child.type in {"softbreak", "hardbreak"} else child.content
    return found
