"""Ratings are joined with pictures, profiles and descriptions by names; what finds no partner is counted and named."""

import os
import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError

from ratings.models import Dataset, DatasetImage
from ratings.tests.handing_in import DRAWN, linked, packed, ratings_in, values, written

pytestmark = pytest.mark.django_db


def test_a_name_in_another_folder_is_never_linked_to_a_file_that_another_name_means(tmp_path: Path) -> None:
    files = {"images/session1/002.png": DRAWN["red"], "images/session2/001.png": DRAWN["blue"]}
    rows = b"rater,image,rating\nann,session1/001.png,1\nann,session2/001.png,5\nann,session1/002.png,3\n"
    written(tmp_path, files | {"ratings.csv": rows})
    with pytest.raises(CommandError, match=r"1 rated images have no file .*'session1/001.png'") as refused:
        ratings_in(tmp_path)
    assert "only 'images/session2/001.png' is called so" in str(refused.value)
    assert not Dataset.objects.exists()


def test_what_lies_beside_ratings_and_belongs_to_none_is_named(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "ratings.csv": b"rater,image,rating\nann,a.png,1\nbob,b.png,2\n",
            "raters.csv": b"rater,age\nann,30\nzoe,40\n",
            "images.csv": b"image,prompt\nimages\\a.png,one\nc.png,three\n",
            "images/a.png": DRAWN["red"],
            "images/b.png": DRAWN["blue"],
            "images/d.png": DRAWN["teal"],
        },
    )
    said = ratings_in(tmp_path)
    for kind in (
        "profiles without a rater: 1 ('zoe')",
        "raters without a profile: 1 ('bob')",
        "details without a rated image: 1 ('c.png')",
        "rated images without details: 1 ('b.png')",
        "pictures that nobody rated: 1 ('d.png')",
    ):
        assert kind in said
    assert dict(Dataset.objects.get().images.values_list("key", "prompt")) == {"a.png": "one", "b.png": ""}


def test_ratings_take_their_pictures_from_a_zip(tmp_path: Path) -> None:
    packed(tmp_path / "images.zip", {"set/a.png": DRAWN["red"], "set/b.png": DRAWN["blue"]})
    (tmp_path / "ratings.csv").write_text("rater,image,rating\nann,a.png,1\nann,b.png,2\n")
    assert "2 images" in ratings_in(tmp_path)
    assert linked() == {"a.png": "red", "b.png": "blue"}


def test_names_that_are_no_utf8_are_rated_apart(tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"caf\xe9.png", b"caf\xe8.png")]
    written(tmp_path / "images", {names[0]: DRAWN["red"], names[1]: DRAWN["blue"]})
    rows = {"rater": ["ann", "ann"], "image": [os.fsencode(name) for name in names], "rating": [1, 2]}
    pq.write_table(pa.table(rows), tmp_path / "ratings.parquet")
    ratings_in(tmp_path)
    assert linked() == {"caf%E9.png": "red", "caf%E8.png": "blue"}


def test_two_spellings_of_one_name_that_are_two_files_are_refused(tmp_path: Path) -> None:
    names = [unicodedata.normalize(form, "é.png") for form in ("NFC", "NFD")]
    written(tmp_path / "images", {names[0]: DRAWN["red"], names[1]: DRAWN["blue"]})
    (tmp_path / "ratings.csv").write_text(f"rater,image,rating\nann,{names[0]},1\nann,{names[1]},2\n")
    with pytest.raises(CommandError, match="differ only in how their names are spelled"):
        ratings_in(tmp_path)


def test_a_key_in_another_spelling_stays_the_key(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("rater,image,rating\nann,Müller.png,1\n")
    ratings_in(tmp_path)
    old = unicodedata.normalize("NFD", "Müller.png")
    DatasetImage.objects.update(key=old)
    (tmp_path / "ratings.csv").write_text("rater,image,rating\nann,.\\Müller.png,1\n")
    assert "0 added" in ratings_in(tmp_path)
    assert set(values()) == {old}
