"""Whatever file is handed over: one clear sentence, exit code 2, and an unchanged database."""

import datetime
import gzip
import html
import io
import json
import os
import random
import re
import shutil
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratings.models import Dataset, DatasetRater, DatasetRating, Delivery, Image, StudyImage
from ratings.tests.factories import make_picture, make_study

pytestmark = pytest.mark.django_db

HEAD = "rater,image,rating\n"
ROW = HEAD + "ann,a.png,3\n"


def parquet(**columns: Any) -> bytes:
    """Make a Parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def json_row(**cells: Any) -> str:
    """Make a line of JSON with a rating, and whatever else."""
    return json.dumps({"rater": "ann", "image": "a.png", "rating": 3} | cells) + "\n"


REFUSED: list[tuple[str, str | bytes, str]] = [
    ("utf-16 without its mark.csv", ROW.encode("utf-16-le"), "not UTF-8 text"),
    ("half a character.csv", ROW.encode("utf-16") + b"\x00", "not UTF-8 text"),
    ("latin.csv", (HEAD + "Jürgen,a.png,3\n").encode("latin-1"), "after line 1: not UTF-8 text"),
    ("nul.csv", HEAD + "a\0b,a.png,3\n", "line 2, rater = .*plain characters"),
    ("huge number.csv", HEAD + "ann,a.png,1e308\n", "line 2, rating = '1e.308': the scale is 1 to 5"),
    ("nan.csv", HEAD + "ann,a.png,nan\n", "holds no ratings.*rows without a rating: 1 .'line 2'"),
    ("inf.csv", HEAD + "ann,a.png,-inf\n", "line 2, rating = '-inf': write a number"),
    ("digits.csv", HEAD + f"ann,a.png,{'9' * 1000}\n", "line 2, rating = '9{60}…': write a number"),
    ("doubled.csv", "rater,image,rating,rating\na,b,3,4\n", "the column 'rating' twice"),
    ("huge cell.csv", HEAD + f"ann,{'x' * 200_000},3\n", "line 2: field larger"),
    ("one endless line.csv", "x" * 5_000_000, "longer than any row"),
    ("unbalanced.csv", HEAD + 'ann,"a.png,3\n', "check the quotes"),
    ("empty.csv", "", "is empty"),
    ("random.csv", random.Random(1).randbytes(4000), "not UTF-8 text"),
    ("book.xlsx", b"PK\x03\x04" + bytes(100), "book.xlsx is damaged or no workbook; open it in a spreadsheet"),
    ("book.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "book.xls is damaged or no workbook"),
    ("text.xls", ROW, "text.xls is no workbook but perhaps text; let its name end in .csv"),
    ("book.numbers", b"PK\x03\x04" + bytes(100), "a workbook of a kind that is not read; save it as .xlsx"),
    ("old book.csv", b"\xd0\xcf\x11\xe0" + bytes(100), "is an Excel workbook; let its name end in .xls"),
    ("zipped.csv", b"PK\x03\x04" + bytes(100), "is a zip archive or a workbook; unpack it"),
    ("packed.csv.gz", gzip.compress(ROW.encode()), "compressed with gzip; unpack it first"),
    ("packed.csv", gzip.compress(ROW.encode()), "compressed with gzip; unpack it first"),
    ("parquet.csv", parquet(rater=["a"]), "let its name end in .parquet"),
    ("deep.jsonl", '{"rater":' + "[" * 100_000, "line 1: not JSON .nested too deeply"),
    ("digits.jsonl", '{"rating":' + "1" * 5000 + "}", "line 1: not JSON .a number is too long"),
    ("big.jsonl", json_row(rating=10**400), "line 1, rating = '1000.*write a number"),
    ("surrogate.jsonl", json_row(rater="\ud800"), r"line 1, rater = '.ud800': use at most 200 plain"),
    ("nested.jsonl", json_row(rater={"a": 1}), "line 1, rater = .*write a name or a number"),
    ("truth.jsonl", json_row(rating=True), "line 1, rating = 'True': write a number"),
    ("later.jsonl", json_row() + '{"rater": "ann", "rating": 3}\n', "line 2, image = '': it is blank"),
    ("list.jsonl", "[1, 2]\n", "line 1: not an object"),
    ("truncated.json", '[{"rater": "ann", "image": "a.png", "rati', "line 1: not JSON"),
    ("no comma.json", f"[{json_row()}{json_row()}]", "line 2: not JSON .a comma is missing"),
    ("object.json", "{}", "no JSON list"),
    ("truncated.parquet", parquet(rater=["a"], image=["b"], rating=[3])[:-20], "damaged or no Parquet"),
    ("zero.parquet", b"", "damaged or no Parquet"),
    ("nested.parquet", parquet(rater=[{"a": 1}], image=[[1, 2]], rating=[3.0]), "line 1, rater = .*write a name"),
    ("bytes.parquet", parquet(rater=[b"\xff"], image=[b"a"], rating=[3]), "line 1, rater = .*plain characters"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_table_that_cannot_be_is_refused(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(path, sentence)


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED, ids=[case[0] for case in REFUSED])
def test_the_admin_refuses_it_in_the_same_words(
    admin_client: Client, name: str, content: str | bytes, sentence: str
) -> None:
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    if not file.size:
        sentence = "The submitted file is empty"
    url = reverse("admin:ratings_dataset_import_ratings")
    posted = {"name": "d", "layout": "tidy", "scale_min": 1, "scale_max": 5, "ratings": file}
    page = html.unescape(admin_client.post(url, posted).content.decode())
    assert re.search(sentence, page)
    assert "Import</button>" not in page
    assert not Delivery.objects.exists()


def refused(path: Path, sentence: str, layout: str = "tidy") -> None:
    """Expect one refusal and no trace."""
    with pytest.raises(CommandError, match=sentence) as caught:
        call_command("import_ratings", str(path), "--dataset", "d", "--scale", "1", "5", "--format", layout)
    assert caught.value.returncode == 2
    assert not Dataset.objects.exists()


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    unreadable = tmp_path / "memory.csv"
    unreadable.symlink_to("/proc/self/mem")
    refused(unreadable, "memory.csv cannot be read .Input/output error")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    refused(tmp_path / "loop.csv", "There is no file")
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", "There is no file")
    (tmp_path / "folder" / "ratings.csv").mkdir(parents=True)
    refused(tmp_path / "folder", "holds no file of ratings")
    refused(tmp_path / f"{'x' * 300}.csv", "cannot be read .File name too long")


@pytest.mark.parametrize(
    ("layout", "text", "sentence"),
    [
        ("ava", "1 953619 0 1 5\n", "line 1, votes = .*15 whole numbers"),
        ("ava", "1 953619 ² 1 5 17 38 36 15 6 5 1 1 22 1396\n", "15 whole numbers"),
        ("ava", "1 953619 99999999999 1 5 17 38 36 15 6 5 1 1 22 1396\n", "line 1, votes for 1 = .*cannot have voted"),
        ("label-studio", '["a"]', "line 1: not an object"),
        ("label-studio", '[{"id": 1,\n "rating": 3}]', "line 1, annotations = 'missing': this is no export of Label"),
        ("label-studio", '[{"annotations": [1]}]', "it is no annotation"),
        ("label-studio", '[{"data": [], "annotations": [{"result": "abc"}]}]', "annotations without an annotator: 1"),
        ("label-studio", '[{"annotations": [{"result": [{"value": {"choices": 5}}]}]}]', "without an annotator: 1"),
        (
            "label-studio",
            '[{"annotations": [{"completed_by": 1, "result": [{"value": {"rating": 3}}]}]}]',
            "image = ''",
        ),
    ],
)
def test_a_published_layout_gone_wrong_is_refused(tmp_path: Path, layout: str, text: str, sentence: str) -> None:
    path = tmp_path / f"ratings.{'txt' if layout == 'ava' else 'json'}"
    path.write_text(text)
    refused(path, sentence, layout)


def test_a_binary_file_is_no_list_of_votes(tmp_path: Path) -> None:
    (tmp_path / "AVA.txt").write_bytes(random.Random(2).randbytes(1000))
    refused(tmp_path / "AVA.txt", "not UTF-8 text", "ava")


@pytest.mark.parametrize("scale", [("nan", "5"), ("1", "inf"), ("5", "1"), ("1", "1")])
def test_a_scale_that_is_no_range_is_refused(tmp_path: Path, scale: tuple[str, str]) -> None:
    (tmp_path / "ratings.csv").write_text(ROW)
    with pytest.raises(CommandError, match="scale"):
        call_command("import_ratings", str(tmp_path), "--dataset", "d", "--scale", *scale)
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 51])
def test_a_name_that_names_no_dataset_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "ratings.csv").write_text(ROW)
    with pytest.raises(CommandError, match="no name for a dataset"):
        call_command("import_ratings", str(tmp_path), f"--dataset={name}", "--scale", "1", "5")


def test_what_a_database_cannot_hold_is_left_out_of_facts(tmp_path: Path) -> None:
    cells = {"age": "3\x000\ud800", "profile_x\x00": {"a\ud800": "\x00b"}, "prompt": "a\x00 bird"}
    (tmp_path / "ratings.jsonl").write_text(json_row(**cells))
    call_command("import_ratings", str(tmp_path), "--dataset", "d", "--scale", "1", "5", stdout=StringIO())
    assert DatasetRater.objects.get().attributes == {"age": "30", "a": "b"}


def test_numbers_and_dates_can_be_names(tmp_path: Path) -> None:
    content = parquet(rater=[12.0], image=[datetime.date(2026, 1, 2)], rating=[3])
    (tmp_path / "ratings.parquet").write_bytes(content)
    call_command("import_ratings", str(tmp_path), "--dataset", "d", "--scale", "1", "5", stdout=StringIO())
    assert DatasetRating.objects.values_list("rater__key", "dataset_image__key").get() == ("12", "2026-01-02")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rating", "value", "result", "image", "rater", "data", "id"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=JSON, layout=st.sampled_from(["tidy", "pamela", "label-studio"]))
def test_any_json_is_imported_or_refused(tmp_path: Path, data: Any, layout: str) -> None:
    item = {"rater": "ann", "image": "a", "rating": data, "annotations": [{"result": data, "completed_by": data}]}
    (tmp_path / "ratings.json").write_text(json.dumps([item, {"data": data, "annotations": data}]))
    arguments = [str(tmp_path / "ratings.json"), "--dataset", "d", "--scale", "1", "5", "--format", layout]
    try:
        call_command("import_ratings", *arguments, stdout=StringIO())
    except CommandError as error:
        assert error.returncode == 2  # noqa: PT017 - either outcome is fine, a traceback is not


def images_said(path: Path, *more: str) -> str:
    """Import pictures and give what was said of those refused."""
    err = StringIO()
    call_command("import_images", str(path), "--study", "s", *more, stdout=StringIO(), stderr=err)
    return err.getvalue()


def test_a_list_reaches_no_file_outside_of_its_folder(tmp_path: Path) -> None:
    make_study(slug="s")
    secret = make_picture(tmp_path / "secret.png")
    folder = tmp_path / "handed-over"
    make_picture(folder / "images" / "fine.png", color="blue")
    names = ["../secret.png", str(secret), "images/../../secret.png", "http://x/y.png", "pipe.png", "x" * 5000, "."]
    os.mkfifo(folder / "pipe.png")
    (folder / "list.csv").write_text("\n".join(["image", *names, "fine.png", str(folder / "images" / "fine.png")]))
    said = images_said(folder / "list.csv")
    assert said.count("its path leads out of the list's folder") == 3
    assert "is an address" in said
    assert "pipe.png: it is no file" in said
    assert [one.name for one in StudyImage.objects.all()] == ["fine.png"]


def test_an_archive_reaches_no_file_outside_and_a_bomb_stays_packed(tmp_path: Path) -> None:
    make_study(slug="s")
    picture = make_picture(tmp_path / "a.png").read_bytes()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("../out.png", "/abs.png", "C:\\x.png", "a\\..\\..\\b.png", "fine.png"):
            archive.writestr(name, picture)
        archive.writestr("bomb.png", bytes(30_000_000))
    said = images_said(tmp_path / "all.zip")
    assert said.count("leads out of the archive") == 4
    assert "bomb.png: it unpacks to far more than a picture would" in said
    assert Image.objects.count() == 1


# Shift-JIS and Latin-1 names: https://github.com/HumanSignal/label-studio/issues/4874.
def test_names_that_are_no_utf8_stay_apart_and_show_their_bytes(tmp_path: Path) -> None:
    make_study(slug="s")
    for name, color in ((b"\x8e\xca^.png", "red"), (b"\x8e\xcb^.png", "blue"), ("写真.png".encode(), "green")):
        shutil.move(make_picture(tmp_path / "a.png", color=color), tmp_path / os.fsdecode(name))
    (tmp_path / os.fsdecode(b"\xff\xfe.png")).write_bytes(b"no picture")
    said = images_said(tmp_path)
    assert set(StudyImage.objects.values_list("name", flat=True)) == {"%8E%CA^.png", "%8E%CB^.png", "写真.png"}
    assert "rejected %FF%FE.png: it is a text and no picture" in said
