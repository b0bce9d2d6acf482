"""What a call or an import refuses is said through gettext, as are the refusals that stand in a model."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.core.validators import RegexValidator
from django.utils.functional import Promise

from annotate.env import BASE_DIR
from annotate.record_words import checks_of, record_models

ROOMS = (
    *("annotate/api", "annotate/flows", "annotate/pages"),
    *("ratings/files", "ratings/selectors", "ratings/services", "ratings/values"),
    *("scoring/selectors", "scoring/services", "scoring/pipeline/serving"),
)
SENTENCE = re.compile(r"[a-z,;:] [a-z]")
CODES = {"one of "}  # what a program chooses from comes after it
OF_WORKERS = {"EmbeddingGivenUpError", "TrackerError"}  # stored with their job, in English
OF_CODE = {"ValueError", "TypeError", "RuntimeError", "AssertionError", "NotImplementedError"}  # between functions


def plain_refusals(source: str) -> Iterator[tuple[int, str]]:
    """Give the sentences that are raised as they stand, with their lines."""
    for node in ast.walk(ast.parse(source)):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] not in OF_WORKERS | OF_CODE:
            given = (*call.args, *(word.value for word in call.keywords))
            yield from (
                (call.lineno, text)
                for one in given
                for text in literals(one)
                if SENTENCE.search(text) and text not in CODES
            )


def literals(node: ast.expr) -> Iterator[str]:
    """Give the texts of an expression that no function is called with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr | ast.Dict | ast.BinOp | ast.IfExp):
        for part in ast.iter_child_nodes(node):
            yield from literals(part) if isinstance(part, ast.expr) else ()


def test_a_plain_refusal_is_found() -> None:
    source = (
        'raise A(gettext("It is so"))\nraise B(f"{it} is so")\nraise C({"a": "It is so"})\nraise ValueError("no it")\n'
    )
    assert list(plain_refusals(source)) == [(2, " is so"), (3, "It is so")]


def test_every_refusal_is_marked_for_translation() -> None:
    files = [path for room in ROOMS for path in sorted((BASE_DIR / room).rglob("*.py"))]
    assert files
    found = [(place(path), *one) for path in files for one in plain_refusals(path.read_text())]
    assert found == []


def place(path: Path) -> str:
    """Name a file by its place in the tree."""
    return path.relative_to(BASE_DIR).as_posix()


def test_every_refusal_of_a_record_is_translated_when_it_is_shown() -> None:
    rules = [rule for model in record_models() for rule in model._meta.constraints]
    checks: list[RegexValidator] = [check for model in record_models() for check in checks_of(model)]
    assert len(rules) > 30
    assert checks
    said = {rule.name: rule.violation_error_message for rule in rules} | {id(one): one.message for one in checks}
    assert [name for name, words in said.items() if not isinstance(words, Promise)] == []
