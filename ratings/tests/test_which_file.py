"""Files as the world names them come in whole and are joined right; what finds no partner is counted and named."""

import hashlib
import json
import os
import unicodedata
import zipfile
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from ratings.models import Dataset, DatasetRating, Study, StudyImage
from ratings.tests.factories import make_study, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(slug="s")


def images_in(*arguments: object) -> str:
    """Import pictures as somebody would, and give everything that was said."""
    said = StringIO()
    call_command("import_images", *map(str, arguments), "--study", "s", stdout=said, stderr=said)
    return said.getvalue()


def ratings_in(path: Path, *more: object, name: str = "set") -> str:
    """Import ratings as somebody would, and give everything that was said."""
    said = StringIO()
    arguments = [str(path), "--dataset", name, "--scale", "1", "5", *map(str, more)]
    call_command("import_ratings", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def prompts() -> dict[str, str]:
    """Give the prompt of each picture of the studies, by its name."""
    return dict(StudyImage.objects.values_list("name", "prompt"))


def linked() -> dict[str, str | None]:
    """Give the colour of the picture of each rated image, by its key."""
    colors = {hashlib.sha256(content).hexdigest(): color for color, content in DRAWN.items()}
    rows = DatasetRating.objects.values_list("dataset_image__key", "dataset_image__image__sha256")
    return {key: colors.get(digest) for key, digest in rows}


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


COLORS = ("red", "green", "blue", "teal", "navy", "olive", "maroon", "purple")
DRAWN = {color: picture_bytes(color=color) for color in COLORS}


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


# Hugging Face's imagefolder: each metadata file speaks of the folder it lies in (datasets:
# packaged_modules/folder_based_builder/folder_based_builder.py, METADATA_FILENAMES and `metadata_dir`).
SPLITS = {
    "train/0000.png": DRAWN["red"],
    "train/0001.png": DRAWN["green"],
    "test/0000.png": DRAWN["blue"],
    "test/0001.png": DRAWN["teal"],
}
TOLD = {f"{split}/000{number}.png": f"{split} prompt {number}" for split in ("train", "test") for number in (0, 1)}


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
    assert prompts() == TOLD


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


def test_a_table_with_two_pictures_in_a_row_is_refused_with_their_columns(study: Study, tmp_path: Path) -> None:
    both = {"bytes": DRAWN["red"], "path": None}
    pq.write_table(pa.table({"image": [both], "mask": [both]}), tmp_path / "p.parquet")
    with pytest.raises(CommandError, match=r"holds several pictures in a row \(image, mask\)"):
        images_in(tmp_path / "p.parquet")


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


# label-studio: data_import/models.py (`upload_name_generator`: eight digits of a UUID and a hyphen),
# io_storages/s3 (s3://bucket/key), io_storages/localfiles (`/data/local-files/?d=`, with the host before it),
# io_storages/proxy_api.py (`/tasks/<id>/resolve/?fileuri=` and base64).
SAME_NAMES = {
    "s3://bucket/model-a/001.png": "model-a/001.png",
    "/tasks/7/resolve/?fileuri=czM6Ly9idWNrZXQvbW9kZWwtYi8wMDEucG5n": "model-b/001.png",
    "http://localhost:8080/data/local-files/?d=model-c/001.png": "model-c/001.png",
    "/data/upload/1/0a1b2c3d-001.png": "0a1b2c3d-001.png",
    "http://localhost:8080/data/upload/1/9f8e7d6c-001.png": "9f8e7d6c-001.png",
}


def export(path: Path, addresses: list[str]) -> Path:
    """Write an export as label-studio's JSON converter does: one annotation of one rating for each task."""
    tasks = [
        {
            "id": number,
            "data": {"image": address},
            "annotations": [
                {
                    "id": 10 + number,
                    "completed_by": 1,
                    "was_cancelled": False,
                    "result": [
                        {"type": "rating", "from_name": "quality", "to_name": "image", "value": {"rating": number}}
                    ],
                }
            ],
        }
        for number, address in enumerate(addresses, start=1)
    ]
    path.write_text(json.dumps(tasks))
    return path


def values() -> dict[str, float]:
    """Give each rating's value by the key of its image."""
    return dict(DatasetRating.objects.values_list("dataset_image__key", "value"))


def test_five_tasks_of_one_file_name_are_five_images(tmp_path: Path) -> None:
    ratings_in(export(tmp_path / "export.json", list(SAME_NAMES)), "--format", "label-studio")
    assert values() == {key: float(number) for number, key in enumerate(SAME_NAMES.values(), start=1)}


def test_pictures_that_stayed_on_the_server_are_named_and_the_others_linked(tmp_path: Path) -> None:
    written(
        tmp_path / "images", {f"model-{name}/001.png": DRAWN[color] for name, color in zip("ab", COLORS, strict=False)}
    )
    said = ratings_in(export(tmp_path / "export.json", list(SAME_NAMES)), "--format", "label-studio")
    assert "3 rated images without a file" in said
    assert "0a1b2c3d-001.png: it could mean 'images/model-a/001.png' or 'images/model-b/001.png'" in said
    assert {key for key, name in linked().items() if name} == {"model-a/001.png", "model-b/001.png"}


# label-studio-converter pull 172, label-studio issue 1266: `%20`; boto3's generate_presigned_url: a signature with `/`.
ENCODED = {
    "/data/upload/1/0a1b2c3d-my%20cat.png": "my cat.png",
    "https://bucket.s3.amazonaws.com/b.png?X-Amz-Expires=60&X-Amz-Signature=abc/def": "b.png",
    "http://localhost:8080/data/upload/1/0a1b2c3d-c.png": "c.png",
}


@pytest.mark.parametrize("with_pictures", [True, False])
def test_addresses_are_named_by_their_path_without_signature_and_mark(tmp_path: Path, with_pictures: bool) -> None:  # noqa: FBT001
    if with_pictures:
        written(tmp_path / "images", dict(zip(ENCODED.values(), DRAWN.values(), strict=False)))
    ratings_in(export(tmp_path / "export.json", list(ENCODED)), "--format", "label-studio")
    assert linked() == dict(
        zip(ENCODED.values(), list(DRAWN) if with_pictures else [None] * len(ENCODED), strict=False)
    )
