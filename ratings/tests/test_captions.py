"""Texts beside pictures, in the shapes in which downloaders and trainers keep them.

Sources: img2dataset's FilesSampleWriter (rom1504/img2dataset, writer.py) writes `0000.jpg`, `0000.txt` and `0000.json`
(json.dumps(meta, indent=4)); sd-scripts' `read_caption` (kohya-ss/sd-scripts, library/train_util.py) reads the file of
the picture's name with the suffix .caption or .txt, in UTF-8.
"""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError

from ratings.models import StudyImage
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, images_in, packed, prompts, written

pytestmark = pytest.mark.django_db

SHARD = {
    "00000/0000.jpg": DRAWN["red"],
    "00000/0000.txt": b"a red wall",
    "00000/0000.json": json.dumps(
        {"caption": "a red wall", "key": "0000", "status": "success", "error_message": None, "exif": '{"GPS": "1, 2"}'},
        indent=4,
    ).encode(),
    "00000/0001.jpg": DRAWN["blue"],
    "00000/0001.txt": "eine blaue Wand, größer\n".encode("utf-8-sig"),
    "00001/0000.jpg": DRAWN["green"],
    "00001/0000.txt": b"",
}


@pytest.fixture(autouse=True)
def _study() -> None:
    make_study(slug="s")


@pytest.mark.parametrize("is_packed", [False, True])
def test_texts_beside_pictures_are_their_prompts(tmp_path: Path, *, is_packed: bool) -> None:
    source = packed(tmp_path / "set.zip", SHARD) if is_packed else written(tmp_path / "set", SHARD)
    said = images_in(source)
    assert prompts() == {
        "00000/0000.jpg": "a red wall",
        "00000/0001.jpg": "eine blaue Wand, größer",
        "00001/0000.jpg": "",
    }
    assert "texts that describe the pictures beside them, read as their prompts and details: 4" in said
    assert "rejected" not in said
    assert StudyImage.objects.get(name="00000/0000.jpg").metadata == {"key": "0000", "status": "success"}


def test_a_list_counts_more_than_the_texts_beside_and_what_they_say_otherwise_is_named(tmp_path: Path) -> None:
    files = {
        "a.png": DRAWN["red"],
        "a.caption": b"a cat on a sofa",
        "b.png": DRAWN["blue"],
        "b.caption": b"a dog",
        "metadata.csv": b"file_name,prompt\na.png,one\nb.png,a dog\n",
    }
    said = images_in(written(tmp_path / "set", files))
    assert prompts() == {"a.png": "one", "b.png": "a dog"}
    assert "pictures that a list describes otherwise than they came; the list counts: 1 ('set/a.png')" in said


def test_texts_that_are_of_no_picture_wrong_or_contradict_each_other_are_named(tmp_path: Path) -> None:
    files = {
        "a.png": DRAWN["red"],
        "a.txt": "größer".encode("cp1252"),
        "b.png": DRAWN["blue"],
        "b.txt": b"a dog",
        "b.json": b'{"prompt": "a cat"}',
        "c.png": DRAWN["green"],
        "c.json": b"[1]",
        "e.png": DRAWN["olive"],
        "e.json": b'{"a": ' + b"[" * 600 + b"]" * 600 + b"}",
        "LICENSE.txt": b"CC0",
        "d.jpg": DRAWN["teal"],
        "d.webp": DRAWN["navy"],
        "d.txt": b"of which of the two?",
    }
    said = images_in(written(tmp_path / "set", files))
    assert set(prompts().values()) == {"", "a cat"}
    for name, reason in (
        ("a.txt", "it describes the picture beside it, and is not UTF-8 text; save it as UTF-8"),
        ("b.txt", "it describes b.png otherwise than the text beside it does; keep one of the two"),
        ("c.json", "it describes the picture beside it, and is no flat JSON object; export it again"),
        ("e.json", "it describes the picture beside it, and is no flat JSON object; export it again"),
        ("LICENSE.txt", "it is a text and no picture"),
        ("d.txt", "it is a text and no picture"),
    ):
        assert f"rejected {name}: {reason}" in said


def test_a_folder_of_texts_alone_holds_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="None of the files could be used"):
        images_in(written(tmp_path / "set", {"a.txt": b"x", "a.json": b"{}"}))
