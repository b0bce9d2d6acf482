"""Words of people: what a study's author wrote, with its language, and what may stand in a spreadsheet."""

from dataclasses import dataclass

# First characters that a spreadsheet takes for a formula, as OWASP lists them under "CSV Injection".
FORMULA = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"),
    *("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}"),
)


@dataclass(frozen=True, kw_only=True)
class AuthorText:
    """Words that pages show as they are, marked with their language."""

    language: str
    words: str


def without_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula, for a table that people open."""
    return f"'{text}" if text.startswith(FORMULA) else text
