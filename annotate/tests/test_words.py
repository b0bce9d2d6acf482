"""The house rules about words: present-day English, unique class names, and a verb where something is written.

Code of `ratings` and `scoring` is yet to follow: what stands in `CLEAN` is held to every rule on words and verbs,
`scoring` to the words that it has lost.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.env import BASE_DIR

CLEAN = ("annotate",)
BANNED = {  # and what to write instead
    "nought": "zero",
    "anew": "again",
    "whoever": "who, or name the person",
    "whomever": "whom, or name the person",
    "mend": "correct, repair",
    "mends": "corrects, repairs",
    "told": "name what was said: printed, shown, stored",
    "heard": "received, answered",
    "unasked": "by itself",
    "thereof": "of it",
    "hitherto": "so far",
    "goodbye": "the end",
}
GONE_FROM_SCORING = re.compile(r"\b(nought|anew|whomever|mends?|thereof|hitherto)\b", re.IGNORECASE)
WORD = re.compile(rf"(?<![a-z])({'|'.join(BANNED)})(?![a-z])", re.IGNORECASE)
IMPERATIVES = """
add assign cancel change choose close continue create decide delete deliver discard drop enrol ensure expire
export finish forget import join keep learn lease leave make measure note open pause promote queue record
refresh release remove replace request resume retry roll save send set skip spread start stop store submit
train undo update use visit wish withdraw write
"""
VERBS = {*IMPERATIVES.split(), "fill", "handle", "post", "user"}  # the last of a benchmark, and Django's names of hooks
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete", "on_commit"}
QUEUES = {"queue_job", "queue_on_commit", "log_action"}


def product_files(*apps: str) -> list[Path]:
    """Give the files that are installed, without tests and migrations."""
    files = [path for app in apps for path in (BASE_DIR / app).rglob("*.py")]
    return sorted(path for path in files if not {"tests", "migrations"} & set(path.parts))


def written_files() -> list[Path]:
    """Give all that people read and write: code and tests of the apps that are clean, pages, scripts, documentation."""
    code = [path for app in CLEAN for path in (BASE_DIR / app).rglob("*.py")]
    frontend = [path for suffix in ("*.js", "*.html", "*.css") for path in (BASE_DIR / "frontend").rglob(suffix)]
    pages = [*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md"), *(BASE_DIR / "deploy").rglob("*.md")]
    files = [*code, *frontend, *pages]
    return sorted(path for path in files if "node_modules" not in path.parts and path != Path(__file__))


def banned_words(text: str) -> list[str]:
    """Give the words of a text that have a plainer one, in names as well: `told_at`, `whoeverAsks`."""
    return [word.lower() for word in WORD.findall(text)]


def test_words_are_found_in_sentences_and_in_names() -> None:
    assert banned_words("Whoever asks is told: told_at, mend") == ["whoever", "told", "told", "mend"]
    assert banned_words("a recommendation, untold") == []


def test_everything_is_written_in_present_day_english() -> None:
    files = written_files()
    assert files
    found = [(str(path.relative_to(BASE_DIR)), banned_words(path.read_text())) for path in files]
    assert [(name, words) for name, words in found if words] == [], "see BANNED for what to write instead"


def test_scoring_says_again_nothing_that_it_has_lost() -> None:
    files = sorted(path for path in (BASE_DIR / "scoring").rglob("*.py") if "migrations" not in path.parts)
    found = {str(path.relative_to(BASE_DIR)): GONE_FROM_SCORING.findall(path.read_text()) for path in files}
    assert {name: words for name, words in found.items() if words} == {}


def test_a_class_name_stands_once() -> None:
    names = [
        (node.name, path.relative_to(BASE_DIR).parts[0])
        for path in product_files("annotate", "ratings", "scoring")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command"}
    ]
    count = Counter(name for name, _app in names)
    assert sorted({name for name, app in names if app in CLEAN and count[name] > 1}) == []


def writers(source: str) -> Iterator[str]:
    """Give the functions of a module that change rows or queue work."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef):
            continue
        calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
        is_atomic = any(ast.unparse(one) == "transaction.atomic" for one in node.decorator_list)
        called = {func.attr for func in calls if isinstance(func, ast.Attribute)} & WRITES
        called |= {func.id for func in calls if isinstance(func, ast.Name)} & QUEUES
        if is_atomic or called:
            yield node.name


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("@transaction.atomic\ndef leased_now() -> None: ...\n", ["leased_now"]),
        ("def stored_size(row):\n    Row.objects.create(size=1)\n", ["stored_size"]),
        ("def size_of(row):\n    return row.size\n", []),
    ],
)
def test_a_function_that_writes_is_found(source: str, found: list[str]) -> None:
    assert list(writers(source)) == found


def test_a_function_that_writes_starts_with_a_verb() -> None:
    named = [
        (str(path.relative_to(BASE_DIR)), name) for path in product_files(*CLEAN) for name in writers(path.read_text())
    ]
    assert named
    assert [(path, name) for path, name in named if name.split("_")[0] not in VERBS] == []
