"""Whatever files and names come together, no name is ever linked to a file that it does not mean for certain."""

import hashlib
import itertools
import tempfile
import unicodedata
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratings.files.names import storable_name
from ratings.models import StudyImage
from ratings.tests.factories import make_study
from ratings.tests.handing_in import COLORS, DRAWN, linked, written

pytestmark = pytest.mark.django_db

DECOMPOSED = unicodedata.normalize("NFD", "é.png")
FOLDERS = st.sampled_from(["", "a/", "b/", "a/b/", "images/", "é/"])
BARE = st.sampled_from(["1.png", "1.PNG", "1.webp", "é.png", DECOMPOSED, "a b.png", "a%20b.png", "0a1b2c3d-1.png"])
PATHS = st.builds(str.__add__, FOLDERS, BARE)
SPELLINGS = st.sampled_from(
    [
        str,
        lambda path: path.replace("/", "\\"),
        lambda path: f"./{path}",
        lambda path: unicodedata.normalize("NFD", path),
        lambda path: path.replace(" ", "%20"),
        lambda path: f"C:\\set\\{path}",
        lambda path: path.rsplit("/", 1)[-1],
        lambda path: path.rsplit(".", 1)[0],
        lambda path: f"other/{path}",
    ]
)
NAMES = st.builds(lambda path, spell: spell(path), PATHS, SPELLINGS)
TREES = st.lists(PATHS, min_size=1, max_size=len(COLORS), unique=True)
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def plain(name: str) -> str:
    """Give a name without what only its spelling makes of it; worked out apart from the code under test."""
    parts = unicodedata.normalize("NFC", unquote(name)).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in {"", "."})


def loose(name: str) -> set[str]:
    """Give what a name's last part may be called: itself, without an upload's mark, without a suffix."""
    bare = plain(name).rsplit("/", 1)[-1]
    unmarked = bare.removeprefix("0a1b2c3d-")
    return {bare, unmarked, bare.rsplit(".", 1)[0]}


def common_end(one: str, other: str) -> int:
    """Count the parts in which two paths end alike, with or without the suffix of the second."""
    ends = []
    for path in (plain(other), plain(other).rsplit(".", 1)[0]):
        pairs = zip(reversed(plain(one).split("/")), reversed(path.split("/")), strict=False)
        ends.append(len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))))
    return max(ends)


def is_exact(name: str, file: str, *, folder: str) -> bool:
    """Tell whether a name is a file's path, seen from the folder, from above it, or from the pictures in it."""
    return plain(name) in {plain(file), plain(f"{folder}/{file}")} or plain(f"images/{name}") == plain(file)


def is_meant(
    name: str, file: str, *, folder: str, files: Iterable[str], names: Iterable[str], tops: Iterable[str]
) -> bool:
    """Tell whether a name may be linked to a file of a folder; `tops` are folders that it may call otherwise."""
    if name == file or is_exact(name, file, folder=folder):
        return True
    others = [one for one in files if one != file]
    if any(is_exact(one, file, folder=folder) for one in names if plain(one) != plain(name)):
        return False
    end = common_end(name, f"{folder}/{file}")
    if end > 1 and all(common_end(name, f"{folder}/{one}") < end for one in others):
        return True
    if "/" in plain(name) and end < 2 and all("/" in file.removeprefix(top) for top in tops):
        return False
    bare = plain(name).rsplit("/", 1)[-1]
    return bool(loose(name) & loose(file)) and all(plain(one).rsplit("/", 1)[-1] != bare for one in others)


def colored(files: list[str]) -> dict[str, bytes]:
    """Give each file of a tree a picture of its own colour."""
    return {file: DRAWN[color] for file, color in zip(files, COLORS, strict=False)}


def file_of(files: list[str], sha256: str) -> str:
    """Give the file that a picture came from, by its digest."""
    return next(file for file, content in colored(files).items() if hashlib.sha256(content).hexdigest() == sha256)


@SETTINGS
@given(files=TREES, names=st.lists(NAMES, max_size=6, unique_by=plain))
def test_no_row_of_a_list_describes_a_picture_that_it_does_not_name(files: list[str], names: list[str]) -> None:
    rows = "\n".join(["file_name,prompt", *(f'"{name}",row {place}' for place, name in enumerate(names))])
    with tempfile.TemporaryDirectory() as scratch, transaction.atomic():
        make_study(slug="s")
        source = written(Path(scratch) / "set", colored(files) | {"metadata.csv": f"{rows}\n".encode()})
        said = StringIO()
        try:
            call_command("import_images", str(source), "--study", "s", stdout=said, stderr=said)
        except CommandError as refusal:
            assert "two rows that differ are about" in str(refusal)  # noqa: PT017 - seen from both folders
            transaction.set_rollback(True)
            return
        entries = list(StudyImage.objects.select_related("image"))
        transaction.set_rollback(True)
    assert len(entries) == len(files)
    described = {entry.prompt: file_of(files, entry.image.sha256) for entry in entries if entry.prompt}
    for prompt, file in described.items():
        name = names[int(prompt.removeprefix("row "))]
        assert is_meant(name, file, folder="set", files=files, names=names, tops=[])
    assert f"pictures without a row: {len(files) - len(described)} " in said.getvalue() or len(described) == len(files)
    counts = [line.split(": ")[1].split(" ")[0] for line in said.getvalue().splitlines() if line.startswith("rows")]
    assert sum(map(int, counts)) == len(names) - len(described), "each row has its picture or is counted"


@SETTINGS
@given(files=TREES, names=st.lists(NAMES, min_size=1, max_size=6, unique_by=plain))
def test_no_rating_is_linked_to_a_picture_that_it_does_not_name(files: list[str], names: list[str]) -> None:
    rows = "\n".join(["rater,image,rating", *(f'ann,"{name}",3' for name in names)])
    with tempfile.TemporaryDirectory() as scratch, transaction.atomic():
        source = written(Path(scratch), {f"images/{file}": content for file, content in colored(files).items()})
        written(source, {"ratings.csv": f"{rows}\n".encode()})
        arguments = [str(source), "--dataset", "set", "--scale", "1", "5"]
        try:
            call_command("import_ratings", *arguments, stdout=StringIO(), stderr=StringIO())
        except CommandError as refusal:
            assert "no file under" in str(refusal) or "differ only in how" in str(refusal)  # noqa: PT017
        found = linked()
        transaction.set_rollback(True)
    keys = {storable_name(name): name for name in names}
    for key, color in found.items():
        file = files[COLORS.index(color or "")]
        assert is_meant(keys[key], file, folder="images", files=files, names=names, tops=["", "images/"])
