"""The page of settings, from their declarations."""

from annotate.reference.markdown import code, page, table
from annotate.variables import GROUPS, Variable

OPENING = """
Every setting is an environment variable; on a laptop none is needed. With `PAMELA_MODE=production` the values marked *
have no local default any more: a missing one stops the start with one line that names it.

All data lies under `var/` (or `DATA_DIR`): `postgres/`, `valkey/`, `media/` (images), `models/` (checkpoints),
`dumps/`, `cache/`, `secrets/`, `static/`. Remove the folder to start over.
"""


def settings_page() -> str:
    """Write the page of settings, a table for each group."""
    sections = [f"## {title}\n\n{group_table(variables)}" for title, variables in GROUPS.items()]
    return page("Settings", OPENING, sections)


def group_table(variables: tuple[Variable, ...]) -> str:
    """Write the table of one group."""
    return table(
        ["variable", "default", "meaning"], [(code(one.name), default_of(one), meaning_of(one)) for one in variables]
    )


def default_of(variable: Variable) -> str:
    """Say what holds where the variable is not set."""
    return variable.shown or (code(variable.default) if variable.default else "none")


def meaning_of(variable: Variable) -> str:
    """Give the meaning, with the mark of those that production needs."""
    mark = "\\* " if variable.is_required_in_production else ""
    return mark + variable.meaning
