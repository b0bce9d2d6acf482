"""The admin's own words: all marked for translation, and never half in one language and half in another."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils.functional import Promise

from annotate.catalogues import admin_languages, admin_messages, source_messages, untranslated, updated_admin_catalogue
from annotate.env import BASE_DIR
from annotate.languages import COOKIE
from annotate.tests.rights_table import LEAST_ROLE
from annotate.tests.spoken_pages import write_marked_admin

pytestmark = pytest.mark.django_db
PAGES = {name for calls in LEAST_ROLE.values() for name in calls["get"].split() if not name.startswith("api:")}
SAID = re.compile(r"^[A-Z][a-z]+([ :]|$)|[a-z,;:] [a-z]")
MARKS = re.compile(r"gettext|format_lazy|^_$")
# What stands in code and is no sentence of the admin: names, types, addresses of the browser and of the server.
CALLS_WITHOUT_WORDS = {"cast", "TypeVar", "ParamSpec", "format_html", "format_html_join", "TypeError", "RuntimeError"}
NAMES = {
    *(
        "by hand",
        "Bradley-Terry",
        "User",
        "Pages",
        "Pill",
        "Header",
        "text/csv; charset=utf-8",
        "application/toml; charset=utf-8",
    ),
    *("Content-Disposition", "Cache-Control", "Referrer-Policy"),
}


@pytest.fixture
def root() -> Client:
    """Give a superuser's browser, which asks for German."""
    client = Client(headers={"Accept-Language": "de"})
    client.force_login(User.objects.create_superuser("root"))
    return client


def page_text(answer: Any) -> str:
    """Give a page as it was sent."""
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def test_the_admin_speaks_english_alone_where_nobody_has_translated_it(root: Client) -> None:
    root.cookies[COOKIE] = "de"
    answer = root.get("/admin/ratings/study/add/")
    assert answer.headers["Content-Language"] == "en"
    assert 'lang="en' in page_text(answer)
    assert "Save and continue editing" in page_text(answer)  # of Django, which knows German
    assert "speichern" not in page_text(answer)


def test_the_admin_speaks_a_language_once_it_has_a_catalogue(
    root: Client, settings: LazySettings, tmp_path: Path
) -> None:
    write_marked_admin(folder=tmp_path / "locale", language="de")
    settings.ADMIN_LOCALE_PATH = tmp_path / "locale"
    settings.LOCALE_PATHS = [settings.LOCALE_PATHS[0], tmp_path / "locale"]
    answer = root.get("/admin/")
    assert answer.headers["Content-Language"] == "de"
    assert "Ďàšħƀòàŕđ" in page_text(answer) or "Đàšĥƀòàŕđ" in page_text(answer)
    french = Client(headers={"Accept-Language": "fr"})
    assert french.get("/admin/login/").headers["Content-Language"] == "en"


def words_of_actions() -> Iterator[tuple[str, object]]:
    """Give what each action of the admin is called, and what its dialog asks."""
    for page in admin.site._registry.values():
        for name in dir(type(page)):
            action: Any = getattr(type(page), name, None)
            if hasattr(action, "original_function_name"):
                dialog = getattr(action, "dialog", None) or {}
                words = (action.short_description, *(dialog[part] for part in ("title", "description") if dialog))
                yield from ((f"{type(page).__name__}.{name}", word) for word in words)


def test_the_words_of_every_action_are_translated_when_they_are_shown() -> None:
    found = list(words_of_actions())
    assert len(found) > 50
    assert {name for name, word in found if not isinstance(word, Promise)} == set()


def test_a_catalogue_of_the_admin_is_begun_by_one_command(settings: LazySettings, tmp_path: Path) -> None:
    settings.ADMIN_LOCALE_PATH = tmp_path
    call_command("write_catalogues", "de", admin=True)
    found = updated_admin_catalogue("de")
    assert (tmp_path / "de" / "LC_MESSAGES" / "django.po").exists()
    assert found.get("No study yet") is not None
    assert found.get("Handed out") is not None
    assert admin_languages() == ["de"]


def test_the_catalogues_of_the_admin_are_whole() -> None:
    lacking = {code: untranslated(updated_admin_catalogue(code)) for code in admin_languages()}
    assert {code: sentences for code, sentences in lacking.items() if sentences} == {}


def test_no_sentence_is_in_the_catalogues_of_raters_and_of_the_admin() -> None:
    of_raters = {(message.id, message.context) for message in source_messages() if message.id}
    assert not of_raters & {(message.id, message.context) for message in admin_messages() if message.id}


def unmarked_words(path: Path) -> Iterator[tuple[int, str]]:
    """Give the literals of a module that say something and are not marked, with their lines."""
    tree = ast.parse(path.read_text())
    inner = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SAID.search(node.value):
            above = list(chain(node, inner))
            if not is_apart(node, above):
                yield node.lineno, node.value


def chain(node: ast.AST, inner: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """Give what a piece of code stands in, from the inside."""
    while node in inner:
        node = inner[node]
        yield node


def is_apart(node: ast.Constant, above: list[ast.AST]) -> bool:
    """Tell whether a literal is marked, or is none of the words that people read."""
    if node.value in NAMES or re.search(r"[<\[]|filename=| \| ", str(node.value)) or isinstance(above[0], ast.Expr):
        return True
    names = {ast.unparse(one.func).split(".")[-1] for one in above if isinstance(one, ast.Call)}
    if any(MARKS.search(name) for name in names) or names & CALLS_WITHOUT_WORDS:
        return True
    return any(isinstance(one, ast.Subscript | ast.arguments) for one in above)


def test_no_literal_of_the_admin_is_unmarked() -> None:
    files = [path for path in sorted((BASE_DIR / "annotate" / "admin").rglob("*.py")) if "tests" not in path.parts]
    assert files
    found = [(path.name, *one) for path in files for one in unmarked_words(path)]
    assert found == []


def test_a_literal_that_is_not_marked_is_found(tmp_path: Path) -> None:
    module = tmp_path / "one.py"
    module.write_text('"""Say it."""\nA = gettext("All is well")\nB = {"b": "All is well"}\nC = f"all of {A} is"\n')
    assert list(unmarked_words(module)) == [
        (3, "All is well"),
        (4, "all of "),
    ]
