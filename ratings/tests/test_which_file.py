"""Pictures come in whole and are joined with the lists that describe them, however their files are named."""

import hashlib
import json
import unicodedata
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError

from ratings.models import Study, StudyImage
from ratings.services.ingest import import_together
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, images_in, linked, packed, prompts, ratings_in, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(slug="s")


# Hugging Face's imagefolder: each metadata file speaks of the folder it lies in (datasets:
# packaged_modules/folder_based_builder/folder_based_builder.py, METADATA_FILENAMES and `metadata_dir`).
SPLITS = {
    "train/0000.png": DRAWN["red"],
    "train/0001.png": DRAWN["green"],
    "test/0000.png": DRAWN["blue"],
    "test/0001.png": DRAWN["teal"],
}
PROMPTS = {f"{split}/000{number}.png": f"{split} prompt {number}" for split in ("train", "test") for number in (0, 1)}


def split_list(split: str, suffix: str, path: Path) -> bytes:
    """Write the metadata file of a split as the datasets library reads it."""
    rows = [{"file_name": f"000{number}.png", "text": f"{split} prompt {number}"} for number in (0, 1)]
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path / "list.parquet")
        return (path / "list.parquet").read_bytes()
    if suffix == "jsonl":
        return "\n".join(map(json.dumps, rows)).encode()
    return "\n".join(["file_name,text", *(f"{row['file_name']},{row['text']}" for row in rows)]).encode()


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_each_list_describes_its_own_folder(study: Study, tmp_path: Path, suffix: str, kind: str) -> None:
    files = SPLITS | {f"{split}/metadata.{suffix}": split_list(split, suffix, tmp_path) for split in ("train", "test")}
    source = written(tmp_path / "set", files) if kind == "folder" else packed(tmp_path / "set.zip", files)
    assert "4 added; 4 images" in images_in(source)
    assert prompts() == PROMPTS


def test_a_list_never_reaches_into_another_folder(study: Study, tmp_path: Path) -> None:
    files = SPLITS | {"test/a.png": DRAWN["navy"]}
    files["train/metadata.csv"] = b"file_name,text\n0000.png,one\ntest/a.png,two\n../test/0001.png,three\n"
    said = images_in(written(tmp_path / "set", files))
    assert {name for name, prompt in prompts().items() if prompt} == {"train/0000.png"}
    assert "rows without a picture: 2 ('set/train/test/a.png', 'set/test/0001.png')" in said
    assert "pictures without a row: 4 ('test/0000.png', 'test/0001.png', 'test/a.png', 'train/0001.png')" in said


def test_a_list_may_have_its_pictures_in_images_beside_it(study: Study, tmp_path: Path) -> None:
    files = {"images/a.png": DRAWN["red"], "thumbs/a.png": DRAWN["blue"], "metadata.csv": b"image,prompt\na.png,one\n"}
    assert "pictures without a row: 1 ('thumbs/a.png')" in images_in(written(tmp_path, files))
    assert prompts() == {"images/a.png": "one", "thumbs/a.png": ""}


def test_the_nearer_list_tells_first_and_the_one_above_fills_in(study: Study, tmp_path: Path) -> None:
    files = {
        "a/1.png": DRAWN["red"],
        "metadata.csv": b"image,prompt,domain\na/1.png,above,art\n",
        "a/metadata.csv": b"image,prompt\n1.png,near\n",
    }
    images_in(written(tmp_path, files))
    entry = StudyImage.objects.get()
    assert (entry.prompt, entry.domain) == ("near", "art")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (b"image,prompt\na.png,one\n./a.png,two\n", r"metadata.csv, line 3: 'a.png' stands in line 2 already"),
        (b"image,prompt\na.png,one\nimages/a.png,two\n", r"two rows that differ are about '.*images/a.png'"),
    ],
)
def test_a_list_that_says_two_things_of_a_picture_is_refused(
    study: Study, tmp_path: Path, rows: bytes, sentence: str
) -> None:
    files = {"images/a.png": DRAWN["red"], "metadata.csv": rows}
    with pytest.raises(CommandError, match=sentence):
        images_in(written(tmp_path, files))


# macOS writes names in decomposed letters (NFD), and its archiver writes UTF-8 without saying so (flag bit 11).
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_decomposed_letters_are_the_same_letters(study: Study, tmp_path: Path, kind: str) -> None:
    names = [unicodedata.normalize("NFD", name) for name in ("Müller.png", "Ångström.png", "plain.png")]
    files = dict(zip(names, DRAWN.values(), strict=False))
    source = written(tmp_path / "photos", files) if kind == "folder" else as_macos_packs(tmp_path / "photos.zip", files)
    (tmp_path / "meta.csv").write_text("file_name,prompt\nMüller.png,m\nÅngström.png,å\nplain.png,p\n")
    assert "without" not in images_in(source, "--metadata", tmp_path / "meta.csv")
    assert prompts() == {"Müller.png": "m", "Ångström.png": "å", "plain.png": "p"}
    (tmp_path / "ratings.csv").write_text("rater,image,rating\nr,Müller.png,1\nr,Ångström.png,2\nr,plain.png,3\n")
    assert "3 added" in ratings_in(tmp_path / "ratings.csv", "--images", source)
    assert linked() == dict(zip(("Müller.png", "Ångström.png", "plain.png"), DRAWN, strict=False))


class UnmarkedEntry(zipfile.ZipInfo):
    """An entry whose name is UTF-8 without the flag that says so, as macOS' archiver writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own name
        return self.filename.encode(), self.flag_bits & ~0x800


def as_macos_packs(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(UnmarkedEntry(name), content)
    return path


# pandas on Windows joins paths with a backslash; `find .` begins them with `./`; a browser writes a blank as `%20`.
@pytest.mark.parametrize(
    "name",
    ["photos\\my cat.png", "./photos/my cat.png", "photos/my%20cat.png", "C:\\study\\photos\\my cat.png", "my cat.png"],
)
def test_a_list_of_files_may_spell_paths_as_any_system_does(study: Study, tmp_path: Path, name: str) -> None:
    written(tmp_path, {"photos/my cat.png": DRAWN["red"], "list.csv": f"image,prompt\n{name},one\n".encode()})
    assert "1 added" in images_in(tmp_path / "list.csv")
    assert list(prompts().values()) == ["one"]
    written(tmp_path / "rated", {"ratings.csv": f"rater,image,rating\nann,{name},3\n".encode()})
    ratings_in(tmp_path / "rated", "--images", tmp_path / "photos")
    assert list(linked().values()) == ["red"]


def test_a_listed_file_that_could_be_two_is_refused_with_both(study: Study, tmp_path: Path) -> None:
    files = {"a/1.png": DRAWN["red"], "b/1.png": DRAWN["blue"], "c/2.png": DRAWN["teal"]}
    written(tmp_path, files | {"list.csv": b"image,prompt\n1.png,one\n2.png,two\nd/2.png,three\n"})
    with pytest.raises(CommandError, match="None of the files"):
        images_in(tmp_path / "list.csv")
    (tmp_path / "list.csv").write_text("image,prompt\n1.png,one\n2.png,two\n")
    said = images_in(tmp_path / "list.csv")
    assert "rejected 1.png: it could mean 'a/1.png' or 'b/1.png'; write the whole path" in said
    assert prompts() == {"2.png": "two"}


# As the hub serves a data set: datasets' `push_to_hub` writes data/<split>-00000-of-00002.parquet with
# {"bytes", "path"} for each picture (datasets/arrow_dataset.py, features/image.py), and a card beside it.
def shard(path: Path, rows: dict[str, str], *, named: bool) -> bytes:
    images = [{"bytes": DRAWN[color], "path": "0000.png" if named else None} for color in rows]
    pq.write_table(pa.table({"image": images, "text": list(rows.values())}), path)
    return path.read_bytes()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_folder_of_parquet_shards_is_a_list(study: Study, tmp_path: Path, named: bool, kind: str) -> None:  # noqa: FBT001
    rows = ({"red": "r", "green": "g"}, {"blue": "b", "teal": "t"})
    files = {f"data/train-0000{n}-of-00002.parquet": shard(tmp_path / "p", rows[n], named=named) for n in (0, 1)}
    files |= {"README.md": b"# A set", ".gitattributes": b""}
    source = written(tmp_path / "set", files) if kind == "folder" else packed(tmp_path / "set.zip", files)
    said = images_in(source)
    assert "4 added, 1 rejected" in said
    assert "rejected README.md" in said
    assert sorted(prompts().values()) == ["b", "g", "r", "t"]
    assert len(prompts()) == 4, "each picture has a name of its own"


def test_a_table_without_pictures_is_named_as_one(study: Study, tmp_path: Path) -> None:
    pq.write_table(pa.table({"rater": ["ann"], "rating": [1.0]}), tmp_path / "ratings.parquet")
    written(tmp_path, {"red.png": DRAWN["red"], "notes.csv": b"file,note\nred.png,x\n"})
    said = images_in(tmp_path)
    assert "rejected notes.csv: it is a table and no picture; call it metadata.csv" in said
    assert "rejected ratings.parquet: it is a table and no picture" in said
    assert "pictures without a row" not in said, "nothing said that there is a list"


def held(color: str) -> dict[str, bytes | None]:
    """Hold a picture as the datasets library does."""
    return {"bytes": DRAWN[color], "path": None}


def test_of_two_pictures_in_a_row_the_import_asks_which(study: Study, tmp_path: Path) -> None:
    rows = {"image": [held("red")], "mask": [held("blue")], "prompt": ["one"]}
    pq.write_table(pa.table(rows), tmp_path / "p.parquet")
    asked = r"p\.parquet holds several pictures in a row: image, mask; choose with --image-column NAME"
    with pytest.raises(CommandError, match=asked):
        images_in(tmp_path / "p.parquet")
    with pytest.raises(CommandError, match=r"no pictures in a column 'photo'; it has some in image, mask"):
        images_in(tmp_path / "p.parquet", "--image-column", "photo")
    assert "1 added" in images_in(tmp_path / "p.parquet", "--image-column", "mask")
    entry = StudyImage.objects.get()
    assert entry.image.sha256 == hashlib.sha256(DRAWN["blue"]).hexdigest()
    assert (entry.prompt, entry.metadata) == ("one", {}), "the other picture is no fact about this one"


# Pick-a-Pic's columns, as yuvalkirstain/PickScore reads them (trainer/datasetss/clip_hf_dataset.py: caption, jpg_0,
# jpg_1, label_0): bare bytes.
def test_bare_bytes_are_pictures_under_a_numbered_name_or_the_one_that_is_asked_for(
    study: Study, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    rows = {"caption": ["a cat"], "jpg_0": [DRAWN["red"]], "jpg_1": [DRAWN["blue"]], "label_0": [1.0]}
    pq.write_table(pa.table(rows), tmp_path / "data" / "train-00000-of-00001.parquet")
    with pytest.raises(CommandError, match="several pictures in a row: jpg_0, jpg_1"):
        images_in(tmp_path)
    images_in(tmp_path, "--image-column", "jpg_1")
    entry = StudyImage.objects.get()
    assert entry.image.sha256 == hashlib.sha256(DRAWN["blue"]).hexdigest()
    assert (entry.prompt, entry.metadata) == ("a cat", {"label_0": 1.0})
    pq.write_table(pa.table({"generated": [DRAWN["teal"]], "control": [DRAWN["navy"]]}), tmp_path / "odd.parquet")
    assert "1 added" in images_in(tmp_path / "odd.parquet", "--image-column", "generated")


def test_ratings_ask_for_the_pictures_of_a_table_beside_them_too(tmp_path: Path) -> None:
    rows = {"file_name": ["a.png"], "image": [held("red")], "mask": [held("blue")]}
    pq.write_table(pa.table(rows), tmp_path / "p.parquet")
    written(tmp_path, {"ratings.csv": b"rater,image,rating\nann,a.png,3\n"})
    with pytest.raises(CommandError, match="choose with --picture-column NAME"):
        ratings_in(tmp_path / "ratings.csv", "--images", tmp_path / "p.parquet")
    ratings_in(tmp_path / "ratings.csv", "--images", tmp_path / "p.parquet", "--picture-column", "mask")
    assert linked() == {"a.png": "blue"}


def test_a_row_that_names_another_split_s_file_describes_no_picture(study: Study, tmp_path: Path) -> None:
    files = {"train/a.png": DRAWN["red"], "train/b.png": DRAWN["blue"]}
    written(tmp_path / "set", files | {"train/metadata.csv": b"file_name,prompt\ntest/a.png,one\nb.png,two\n"})
    said = images_in(tmp_path / "set")
    assert "rows without a picture: 1 ('set/train/test/a.png')" in said
    assert "pictures without a row: 1 ('train/a.png')" in said
    assert prompts() == {"train/a.png": "", "train/b.png": "two"}


def test_a_list_beside_a_picture_may_know_its_folder_from_another_machine_alone(study: Study, tmp_path: Path) -> None:
    rows = "image,prompt\nC:\\Users\\mira\\set\\1.png,one\nold/2.png,two\n"
    written(tmp_path, {"1.png": DRAWN["red"], "2.png": DRAWN["blue"], "list.csv": rows.encode()})
    said = images_in(tmp_path / "list.csv")
    assert "rejected old/2.png: it cannot be read (No such file or directory)" in said
    assert prompts() == {"1.png": "one"}


def test_what_came_in_may_be_called_otherwise_but_not_as_the_other_source(study: Study, tmp_path: Path) -> None:
    art = packed(tmp_path / "art.zip", {"1.png": DRAWN["red"]})
    fashion = packed(tmp_path / "fashion.zip", {"2.png": DRAWN["blue"], "3.png": DRAWN["teal"]})
    (tmp_path / "list.csv").write_text("file_name,prompt\nimages/1.png,one\nart/2.png,two\nfashion/3.png,three\n")
    report = import_together(paths=[art, fashion], study=study, lists=[tmp_path / "list.csv"])
    assert [str(kind) for kind in report.unmatched] == [
        "rows without a picture: 1 ('art/2.png')",
        "pictures without a row: 1 ('2.png')",
    ]
    assert prompts() == {"1.png": "one", "2.png": "", "3.png": "three"}
