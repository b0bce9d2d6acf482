"""The house rules about words: present-day English, and a verb where something is written."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from annotate.env import BASE_DIR

APPS = ("annotate", "ratings", "scoring")
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
    "henceforth": "from now on",
    "forthwith": "at once",
    "lest": "so that not",
    "whence": "from where",
    "thence": "from there",
    "wherein": "in which",
    "therein": "in it",
    "whilst": "while",
    "amongst": "among",
    "upon": "on",
    "goodbye": "the end",
}
WORD = re.compile(rf"(?<![a-z])({'|'.join(BANNED)})(?![a-z])", re.IGNORECASE)
IMPERATIVES = """
accept add announce append archive purge
assign begin cancel change choose claim close compare continue copy count create decide delete deliver
discard do drop embed end enqueue enrol ensure expire export fail finish follow forget free give grant hand import
ingest invite join judge keep learn lease leave lock log make measure move note offer open pause plan prepare promote
push put queue raise rate rebuild record recount refill refresh relearn release remove renew replace represent request
restore resume retake retrain retry revive roll run save search send serve set settle simulate skip spread start steer
stop store submit sweep switch take train undo update upload use visit wish withdraw write
"""
HOOKS = {"handle", "patch", "post", "user"}  # first words of methods that Django looks for by name
VERBS = {*IMPERATIVES.split(), *HOOKS, "fill"}  # a benchmark fills a study
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete", "on_commit"}
SQL = re.compile(r"INSERT INTO|UPDATE \S+ |DELETE FROM|FOR (NO KEY )?UPDATE")
RUNS = {"run", "fetched", "execute"}
NO_RECORDS = {  # rooms that know no tables, and rooms of pages, which are named by what they show
    *("ml", "sketch", "generators", "writers", "server", "benchmarks"),
    *("admin", "pages"),
}
QUEUES = {"queue_job", "queue_on_commit", "log_action"}


def product_files(*apps: str) -> list[Path]:
    """Give the files that are installed, without tests and migrations."""
    files = [path for app in apps for path in (BASE_DIR / app).rglob("*.py")]
    return sorted(path for path in files if not {"tests", "migrations"} & set(path.parts))


def written_files() -> list[Path]:
    """Give all that people read and write: code and tests, pages, scripts, documentation."""
    code = [path for app in APPS for path in (BASE_DIR / app).rglob("*.py") if "migrations" not in path.parts]
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


@dataclass(frozen=True, kw_only=True)
class Module:
    """What the names in a module mean."""

    tree: ast.Module
    imported: dict[str, tuple[str, str]]  # by local name: module and name there
    statements: set[str]  # constants that hold SQL which writes or locks

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Give the functions and methods."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))


def text_in(node: ast.AST) -> str:
    """Give all text that stands in a piece of code."""
    parts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return " ".join(" ".join(parts).split())


def names_in(node: ast.AST) -> set[str]:
    """Give the names that a piece of code uses."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def read_module(source: str) -> Module:
    """Read what a module imports and which of its constants are statements that write."""
    tree = ast.parse(source)
    statements: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and (SQL.search(text_in(node)) or names_in(node.value) & statements):
            statements |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    imported = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return Module(tree=tree, imported=imported, statements=statements)


def writes_itself(node: ast.FunctionDef, module: Module) -> bool:
    """Tell whether a function changes rows, queues work or runs a statement that writes."""
    called = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    attributes = {func.attr for func in called if isinstance(func, ast.Attribute)}
    names = attributes | {func.id for func in called if isinstance(func, ast.Name)}
    return bool(
        any(ast.unparse(one) == "transaction.atomic" for one in node.decorator_list)
        or attributes & WRITES
        or names & QUEUES
        or (names_in(node) & module.statements and names & RUNS)
    )


def calls_of(node: ast.FunctionDef, name: str, module: Module) -> Iterator[tuple[str, str]]:
    """Give the functions that a function calls, by module and name."""
    for call in ast.walk(node):
        func = call.func if isinstance(call, ast.Call) else None
        if isinstance(func, ast.Name):
            yield module.imported.get(func.id, (name, func.id))
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in module.imported:
            yield ".".join(module.imported[func.value.id]), func.attr


def writers(sources: dict[str, str]) -> set[tuple[str, str]]:
    """Give the functions that write, by module and name: those that do it, and those that call one of them."""
    modules = {name: read_module(source) for name, source in sources.items()}
    functions = [(name, node) for name, module in modules.items() for node in module.functions()]
    found = {(name, node.name) for name, node in functions if writes_itself(node, modules[name])}
    calls = {(name, node.name): set(calls_of(node, name, modules[name])) for name, node in functions}
    while more := {caller for caller, called in calls.items() if caller not in found and called & found}:
        found |= more
    return found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("@transaction.atomic\ndef leased_now() -> None: ...\n", {"leased_now"}),
        ("def stored_size(row):\n    Row.objects.create(size=1)\n", {"stored_size"}),
        ("TAKE = 'UPDATE places SET taken = 1'\ndef taken():\n    run(TAKE)\n", {"taken"}),
        ("def topped_up():\n    return lease()\n\n@transaction.atomic\ndef lease(): ...\n", {"topped_up", "lease"}),
        ("def size_of(row):\n    return row.size\n", set()),
    ],
)
def test_a_function_that_writes_is_found(source: str, found: set[str]) -> None:
    assert writers({"one": source}) == {("one", name) for name in found}


def test_a_function_that_writes_by_one_of_another_module_is_found() -> None:
    called = "@transaction.atomic\ndef lease(): ...\n"
    by_name = "from rooms.one import lease\ndef taken():\n    lease()\n"
    by_module = "from rooms import one\ndef given():\n    one.lease()\n"
    found = writers({"rooms.one": called, "two": by_name, "three": by_module})
    assert found == {("rooms.one", "lease"), ("two", "taken"), ("three", "given")}


def module_name(path: Path) -> str:
    """Give the name by which a file is imported."""
    return ".".join(path.relative_to(BASE_DIR).with_suffix("").parts)


def unnamed_writers(sources: dict[str, str]) -> list[str]:
    """Give the functions that write and whose names begin with no verb."""
    return sorted(f"{module}.{name}" for module, name in writers(sources) if name.split("_")[0] not in VERBS)


def test_a_function_that_writes_starts_with_a_verb() -> None:
    files = [path for path in product_files(*APPS) if not NO_RECORDS & set(path.relative_to(BASE_DIR).parts)]
    sources = {module_name(path): path.read_text() for path in files}
    assert writers(sources)
    assert unnamed_writers(sources) == []


def test_a_page_of_the_admin_that_writes_by_itself_starts_with_a_verb() -> None:
    files = product_files("annotate/admin", "annotate/pages", "annotate/benchmarks")
    assert files
    assert [name for path in files for name in unnamed_writers({module_name(path): path.read_text()})] == []
