"""The documentation tells of every setting, command, API call and dump column, and of none that is not there."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from annotate import env
from annotate.reference.call_tables import calls_page
from annotate.reference.column_tables import columns_page
from annotate.reference.command_tables import APPS, arguments_of, command_names, commands_page, help_of
from annotate.reference.pages import FOLDER, PAGES, stale_pages
from annotate.reference.setting_tables import settings_page
from annotate.reference.study_tables import meaning_of, study_settings_page
from annotate.variables import GROUPS, VARIABLES
from ratings.selectors.studies import DESCRIBED

READERS = {"text", "choice", "whole_number", "switch", "words", "required", "ensure_secret"}
DOCS = env.BASE_DIR / "docs"
README_LONGEST = 900  # words
WRITTEN = [
    *(env.BASE_DIR / name for name in ("README.md", "CONTRIBUTING.md", "deploy/README.md")),
    *sorted(DOCS.rglob("*.md")),
]


def first_cells(text: str) -> list[str]:
    """Give the code in the first cell of each row of the tables."""
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def calls(path: Path) -> Iterator[ast.Call]:
    """Give the calls of a file that read a variable, by whatever name they go there."""
    is_env = path == env.BASE_DIR / "annotate" / "env.py"
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            if node.func.value.id == "env" and node.func.attr in READERS:
                yield node
        elif is_env and isinstance(node.func, ast.Name) and node.func.id in READERS:
            yield node


def variables_read() -> set[str]:
    """Give the names of all environment variables that the code reads."""
    files = [path for app in APPS for path in (env.BASE_DIR / app).rglob("*.py") if "tests" not in path.parts]
    arguments = [call.args[0] for path in files for call in calls(path)]
    return {str(ast.literal_eval(node)) for node in arguments if isinstance(node, ast.Constant)}


def test_every_generated_page_is_fresh() -> None:
    assert stale_pages(folder=FOLDER) == [], "run `manage.py write_docs` and commit what it writes"


def test_write_docs_writes_what_is_stale_and_nothing_else(tmp_path: Path) -> None:
    call_command("write_docs", out=tmp_path, stdout=StringIO())
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == PAGES.keys()
    (tmp_path / "reference/settings.md").write_text("old")
    with pytest.raises(CommandError, match=r"^Stale: reference/settings\.md;"):
        call_command("write_docs", out=tmp_path, check=True)
    said = StringIO()
    call_command("write_docs", out=tmp_path, stdout=said)
    assert said.getvalue() == "Written: reference/settings.md.\n"
    call_command("write_docs", out=tmp_path, check=True)


def test_the_declared_variables_are_exactly_those_that_the_code_reads() -> None:
    assert VARIABLES.keys() == variables_read()


def test_each_variable_is_declared_once_and_explained() -> None:
    declared = [variable for group in GROUPS.values() for variable in group]
    assert len(declared) == len(VARIABLES)
    assert [variable.name for variable in declared if not variable.meaning.strip()] == []


def test_the_page_of_settings_lists_every_variable_with_default_and_meaning() -> None:
    page = settings_page()
    assert sorted(first_cells(page)) == sorted(VARIABLES)
    assert "| `PORT` | `8000` | port of the web process under `make run` |" in page
    assert "| `DATABASE_URL` | embedded | \\* `postgres://user:password@host:port/name`, with pgvector |" in page


@pytest.mark.parametrize("name", command_names())
def test_every_command_explains_itself_and_its_arguments(name: str) -> None:
    assert help_of(name).strip()
    assert [action.dest for action in arguments_of(name) if not action.help] == []


def test_the_page_of_commands_shows_calls_choices_and_defaults() -> None:
    page = commands_page()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == command_names()
    assert "manage.py import_images path --study STUDY [--metadata METADATA] [--replace-details]" in page
    assert "| `--only ONLY …` | run no other processes than these: `web`, `worker`, `send`, `io`, `steer`, " in page
    assert "| `--workers WORKERS` | web processes; default `2` |" in page


def test_the_page_of_calls_lists_who_may_ask_and_what_a_body_holds() -> None:
    page = calls_page()
    assert "| `POST ratings` | rater | Store one rating;" in page
    assert "| `GET studies/{slug}` | anybody |" in page
    assert "| `POST score` | staff, rater |" in page
    assert "### POST choices\n\n" in page
    assert "### POST studies/{slug}/images\n\n" in page
    assert "| `pictures` | list of string" in page
    for call in ("POST studies", "PATCH studies/{slug}/settings"):
        assert f"### {call}\n\nAn object: the fields of a study" in page
    assert "| `choice` | string | yes | left, right or tie; of three to five pictures" in page


def test_the_page_of_dump_columns_has_a_table_for_every_design_and_for_raters_and_images() -> None:
    page = columns_page()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == ["ratings", "choices", "raters", "images"]
    assert "| `rating` | double | The rating, on the study's scale. |" in page


def test_the_page_of_study_settings_explains_every_field_that_a_study_is_described_by() -> None:
    page = study_settings_page()
    assert set(DESCRIBED) | {"datasets"} == set(first_cells(page))
    assert [name for name in DESCRIBED if not meaning_of(name).strip()] == []
    assert "| `target` | whole number | `15` | Raters wanted per image. |" in page
    assert "| `scale_kind` | `likert`, `slider` | `likert` |" in page
    assert "In the admin only." in page


def test_the_index_for_language_models_lists_every_page_with_a_sentence() -> None:
    text = (DOCS / "llms.txt").read_text()
    assert text.startswith("# Pamela\n\n> ")
    listed = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S.*\.$", text, re.MULTILINE)
    assert sorted(listed) == sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def shown_code(text: str) -> list[str]:
    """Give the blocks and spans of code in a text."""
    return [
        "".join(parts) for parts in re.findall(r"^```[^`\n]*\n(.*?)^```|`([^`\n]+)`", text, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(env.BASE_DIR)))
def test_every_command_option_and_make_target_that_a_page_shows_is_there(path: Path) -> None:
    makefile = (env.BASE_DIR / "Makefile").read_text()
    text = path.read_text()
    targets = {
        name for code in shown_code(text) for name in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", code, re.MULTILINE)
    }
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []
    shown = re.findall(r"manage\.py ([a-z_]+)([^\n`]*)", text)
    assert {name for name, _ in shown} <= get_commands().keys()
    for name, rest in shown:
        if name in command_names():
            known = {option for action in arguments_of(name) for option in action.option_strings}
            assert set(re.findall(r"--[a-z-]+", rest)) <= known


def test_the_readme_is_short_and_names_the_two_commands() -> None:
    text = (env.BASE_DIR / "README.md").read_text()
    assert {"make run", "make test"} <= {" ".join(code.split()[:2]) for code in shown_code(text)} | {
        line.split("#")[0].strip() for code in shown_code(text) for line in code.splitlines()
    }
    assert len(text.split()) <= README_LONGEST


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(env.BASE_DIR)))
def test_every_file_that_a_page_links_to_is_there(path: Path) -> None:
    links = re.findall(r"(?:\]\(|src=\"|srcset=\")([^)#\"]+)", path.read_text())
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []
