"""The README tells of every setting, command and API call, and of none that is not there."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser
from drf_spectacular.generators import SchemaGenerator

from annotate import env

APPS = ("annotate", "ratings", "scoring")
READERS = {"text", "whole_number", "switch", "words", "required", "secret"}
COMMANDS = sorted(name for name, app in get_commands().items() if app in APPS)
API = "/api/v1/"
VERBS = {"get", "post", "put", "patch", "delete"}


def readme() -> str:
    """Read the README."""
    return (env.BASE_DIR / "README.md").read_text()


def section(title: str) -> str:
    """Give what stands under a heading of the second level."""
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", readme(), re.MULTILINE | re.DOTALL)
    assert match, f"The README has no section {title!r}"
    return match[1]


def first_cells(text: str) -> list[str]:
    """Give the code in the first cell of each row of the tables."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Give the calls of a file that read a variable, by whatever name they go there."""
    is_env = path == env.BASE_DIR / "annotate" / "env.py"
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            if node.func.value.id == "env" and node.func.attr in READERS:
                yield str(path), node
        elif is_env and isinstance(node.func, ast.Name) and node.func.id in READERS:
            yield str(path), node


def variables_read() -> set[str]:
    """Give the names of all environment variables that the code reads."""
    files = [path for app in APPS for path in (env.BASE_DIR / app).rglob("*.py") if "tests" not in path.parts]
    arguments = [call.args[0] for path in files for _, call in calls(path)]
    return {str(ast.literal_eval(node)) for node in arguments if isinstance(node, ast.Constant)}


def test_the_configuration_table_lists_exactly_what_the_code_reads() -> None:
    assert set(first_cells(section("Configuration"))) == variables_read()


def test_the_configuration_table_lists_each_variable_once() -> None:
    listed = first_cells(section("Configuration"))
    assert sorted(listed) == sorted(set(listed))


def arguments_of(name: str) -> list[argparse.Action]:
    """Give the arguments that a command of ours adds to Django's."""
    command = load_command_class(get_commands()[name], name)
    parser = CommandParser()
    command.add_arguments(parser)
    return [action for action in parser._actions if action.dest != "help"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_arguments(name: str) -> None:
    assert load_command_class(get_commands()[name], name).help.strip()
    assert [action.dest for action in arguments_of(name) if not action.help] == []


def test_the_command_table_lists_exactly_our_commands() -> None:
    listed = [cell.split()[0] for cell in first_cells(section("Commands"))]
    assert sorted(listed) == COMMANDS


def test_every_option_in_the_command_table_is_one_that_the_command_takes() -> None:
    cells = [cell.split() for cell in first_cells(section("Commands"))]
    known = {name: {option for action in arguments_of(name) for option in action.option_strings} for name in COMMANDS}
    options = [(name, word.strip("[]")) for name, *words in cells for word in words if word.strip("[").startswith("--")]
    assert [(name, option) for name, option in options if option not in known[name]] == []


def test_every_command_that_the_readme_shows_is_there() -> None:
    shown = set(re.findall(r"manage\.py ([a-z_]+)", readme()))
    assert shown <= get_commands().keys()


def test_every_make_target_that_the_readme_shows_is_there() -> None:
    makefile = (env.BASE_DIR / "Makefile").read_text()
    code = re.findall(r"^```\n(.*?)^```|`([^`\n]+)`", readme(), re.MULTILINE | re.DOTALL)
    shown = {
        name for parts in code for name in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", "".join(parts), re.MULTILINE)
    }
    assert shown >= {"run", "test"}
    assert [name for name in shown if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def api_calls() -> set[str]:
    """Give the calls of the OpenAPI schema, as the table names them."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return {
        f"{verb.upper()} {path.removeprefix(API)}"
        for path, verbs in schema["paths"].items()
        for verb in verbs.keys() & VERBS
        if path.startswith(API)
    }


def test_the_api_table_lists_exactly_the_calls_of_the_schema() -> None:
    assert set(first_cells(section("API"))) == api_calls()


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"(?:\]\(|src=\"|srcset=\")([^)#\"]+)", readme())
    assert [link for link in links if "://" not in link and not (env.BASE_DIR / link).exists()] == []
