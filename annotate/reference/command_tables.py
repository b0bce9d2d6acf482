"""The page of commands, from what their argument parsers declare."""

import argparse
from collections.abc import Iterator

from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser

from annotate.reference.markdown import code, page, table

APPS = ("annotate", "ratings", "scoring")
OPENING = """
`.venv/bin/python manage.py COMMAND --help` shows the same in a terminal. A command that takes long shows a progress bar
there; bad input is answered with one line and a non-zero exit code. Django's own commands are there as well.
"""


def commands_page() -> str:
    """Write the page of commands, a section for each."""
    names = command_names()
    overview = table(["command", "does"], [(f"[{code(name)}](#{name})", summary(name)) for name in names])
    return page("Commands", OPENING, [overview, *(command_section(name) for name in names)])


def command_names() -> list[str]:
    """Name the commands of this project, in order of the alphabet."""
    return sorted(name for name, app in get_commands().items() if app in APPS)


def help_of(name: str) -> str:
    """Give what a command says of itself."""
    return str(load_command_class(get_commands()[name], name).help)


def summary(name: str) -> str:
    """Give the first sentence of what a command says of itself."""
    return help_of(name).split(". ")[0].rstrip(".")


def arguments_of(name: str) -> list[argparse.Action]:
    """Give the arguments that a command adds to Django's."""
    parser = CommandParser()
    load_command_class(get_commands()[name], name).add_arguments(parser)
    return [action for action in parser._actions if action.dest != "help"]


def command_section(name: str) -> str:
    """Write the section of one command: what it does, how it is called, its arguments."""
    arguments = arguments_of(name)
    call = " ".join([name, *usage(arguments)])
    parts = [f"## {name}", help_of(name), f"```\n.venv/bin/python manage.py {call}\n```"]
    if arguments:
        parts.append(table(["argument", "meaning"], [(code(invocation(one)), meaning(one)) for one in arguments]))
    return "\n\n".join(parts)


def usage(arguments: list[argparse.Action]) -> Iterator[str]:
    """Write the arguments as a call takes them, the required ones first."""
    for action in sorted(arguments, key=lambda one: (bool(one.option_strings), not one.required)):
        yield invocation(action) if action.required else f"[{invocation(action)}]"


def invocation(action: argparse.Action) -> str:
    """Write one argument with its values."""
    return " ".join([*action.option_strings[:1], *values(action)])


def values(action: argparse.Action) -> list[str]:
    """Name the values that an argument takes."""
    if action.nargs == 0:
        return []
    name = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    if isinstance(name, tuple):
        return list(name)
    return [str(name), "…"] if action.nargs in {"*", "+"} else [str(name)]


def meaning(action: argparse.Action) -> str:
    """Give what the parser says of an argument, its choices, and its default unless the text names it."""
    text = str(action.help).replace("%%", "%").rstrip(".")
    chosen = ", ".join(code(choice) for choice in action.choices or ())
    default = "" if "default" in text else default_of(action)
    return "; ".join(part for part in (f"{text}: {chosen}" if chosen else text, default) if part)


def default_of(action: argparse.Action) -> str:
    """Say what holds without the argument, where that is a plain value."""
    default = action.default
    if isinstance(default, (list, tuple)):
        default = " ".join(str(one) for one in default)
    is_plain = isinstance(default, (str, int, float)) and not isinstance(default, bool) and default != ""
    return f"default {code(default)}" if is_plain else ""
