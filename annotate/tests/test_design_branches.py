"""What a study asks is looked up in the registry of designs: no other code asks which design or family it is."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from ratings.choices import Design
from ratings.registry import folder_of

BASE = Path(settings.BASE_DIR)
APPS = ("annotate", "ratings", "scoring")
REGISTRY = "ratings/registry.py"
FAMILIES = {"ONE_IMAGE", "SEVERAL_IMAGES"}

NAMES_A_DESIGN: Mapping[str, str] = {  # outside the registry and the designs themselves, with the reason
    "annotate/reference/column_tables.py": "the tables that all dumps have are described by those of one design",
    "ratings/models/study.py": "a study has a design from the start",
    "ratings/services/comparisons/invitations.py": "a comparison of made pictures is a pairwise study of its own",
}
NAMES_A_FAMILY: Mapping[str, str] = {  # puts together what a family's tables, calls or pages are, once for each
    "annotate/admin/parts/filtered_lists.py": "the lists of its items",
    "annotate/admin/studies/study_figures.py": "the parts of its pages in the admin",
    "annotate/api/answer_views.py": "the shapes of its calls",
    "annotate/benchmarks/bare.py": "asks the statements of one of them without Django",
    "annotate/flows/previews.py": "what is shown of it in a preview",
    "annotate/flows/raters.py": "the tasks that learn from its answers",
    "ratings/selectors/arena.py": "which studies compare",
    "ratings/selectors/participations.py": "what its answers say to those who gave them",
    "ratings/services/assign.py": "leases images",
    "ratings/services/collection.py": "the shapes of its clicks",
    "ratings/services/comparisons/design_table.py": "makes comparisons",
    "ratings/services/comparisons/leasing.py": "leases comparisons",
    "ratings/services/lease.py": "how it chooses what comes next",
    "ratings/statements/answers.py": "the columns of its answers",
    "ratings/statements/locks.py": "the columns of its assignments",
    "ratings/statements/places.py": "the conditions of its items",
    "ratings/statements/slots.py": "the conditions of its items",
}
SCREENS = "frontend/static/js/stages.js"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Give the modules of the product outside the designs."""
    for app in APPS:
        for path in sorted((BASE / app).rglob("*.py")):
            name = path.relative_to(BASE).as_posix()
            if not re.search(r"/(tests|migrations)/", name) and not name.startswith("ratings/designs/"):
                yield name, ast.parse(path.read_text())


def names_a_design(node: ast.AST) -> bool:
    """Tell whether a node is a member of `Design`, or its value."""
    is_member = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Design"
    return is_member and isinstance(node, ast.Attribute) and node.attr in Design.__members__


def names_a_family(node: ast.AST) -> bool:
    """Tell whether a node is one of the families."""
    return isinstance(node, ast.Name) and node.id in FAMILIES


def is_branch(node: ast.AST) -> bool:
    """Tell whether a node compares a design or a family with something."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    asks = any(isinstance(side, ast.Attribute) and side.attr in {"design", "family"} for side in sides)
    parts = [part for side in sides for part in ast.walk(side)]
    return asks or any(names_a_design(part) or names_a_family(part) for part in parts)


def test_a_branch_is_seen_however_it_is_written() -> None:
    written = ("study.design == 'x'", "Design.RATING in names", "family is ONE_IMAGE", "a in {Design.SCALES, b}")
    assert all(is_branch(ast.parse(each, mode="eval").body) for each in written)
    assert not is_branch(ast.parse("design_of(study).trains == known", mode="eval").body)


def test_nothing_outside_the_registry_branches_on_a_design_or_a_family() -> None:
    found = [(name, node.lineno) for name, tree in modules() for node in ast.walk(tree) if is_branch(node)]  # type: ignore[attr-defined]
    assert [(name, line) for name, line in found if name != REGISTRY] == []


def test_designs_and_families_are_named_only_where_there_is_a_reason() -> None:
    nodes = [(name, node) for name, tree in modules() for node in ast.walk(tree)]
    assert {name for name, node in nodes if names_a_design(node)} - {REGISTRY} == set(NAMES_A_DESIGN)
    assert {name for name, node in nodes if names_a_family(node)} - {REGISTRY} == set(NAMES_A_FAMILY)


def frontend_files() -> Iterator[tuple[str, str]]:
    """Give what raters' browsers get, apart from what only one design has."""
    for folder, ending in (("templates", "html"), ("static/js", "js"), ("static/css", "css")):
        for path in sorted((BASE / "frontend" / folder).rglob(f"*.{ending}")):
            name = path.relative_to(BASE).as_posix()
            if not name.startswith("frontend/templates/designs/"):
                yield name, path.read_text()


def test_templates_scripts_and_styles_name_no_design_but_where_its_screen_is_built() -> None:
    quoted = re.compile(
        "|".join(rf"[\"'](?:is-)?{name}[\"']|\.is-{name}\b" for name in Design.values if name != "rating")
    )
    found = {name for name, text in frontend_files() if quoted.search(text)}
    assert found == {SCREENS}
    screens = (BASE / SCREENS).read_text()
    assert all(re.search(rf"^  \"?{name}\"?: async", screens, re.MULTILINE) for name in Design.values)


def test_every_design_is_one_folder_of_code_and_one_of_templates() -> None:
    folders = {folder_of(name).rpartition(".")[2] for name in Design}
    assert {path.parent.name for path in (BASE / "ratings/designs").glob("*/__init__.py")} == folders
    assert {path.name for path in (BASE / "frontend/templates/designs").iterdir()} == folders
