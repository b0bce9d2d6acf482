"""Pictures come in whole or not at all, once each, from folders, archives and lists."""

import json
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from ratings.choices import StudyState
from ratings.exceptions import FileRejectedError, StorageFailedError, StudyClosedError
from ratings.models import Image, Study, StudyImage
from ratings.services import archives
from ratings.services.ingest import ImportReport, import_images
from ratings.tests.factories import make_picture, make_study, picture_bytes
from ratings.tests.picture_files import RGBA, animation, fading, png_file

COLORS = ("red", "green", "blue", "teal", "navy", "olive", "maroon", "purple")

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(slug="birds", target=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for color in COLORS[:3]:
        make_picture(tmp_path / "pictures" / f"{color}.png", color=color)
    return tmp_path / "pictures"


def files_in_storage() -> list[str]:
    root = Path(default_storage.location)  # type: ignore[attr-defined]
    return [name for _, _, names in os.walk(root) for name in names]


def reasons(report: ImportReport) -> dict[str, str]:
    return {rejection.name: rejection.reason for rejection in report.rejected}


def test_a_folder_comes_in_under_dense_numbers_with_the_target_of_the_study(study: Study, folder: Path) -> None:
    report = import_images(path=folder, study=study)
    assert (report.added, report.duplicates, report.rejected) == (3, 0, [])
    rows = list(StudyImage.objects.order_by("ordinal"))
    assert [row.ordinal for row in rows] == [0, 1, 2]
    assert {row.target for row in rows} == {7}
    assert len({row.shuffle for row in rows}) == 3


def test_the_same_folder_twice_adds_nothing(study: Study, folder: Path) -> None:
    import_images(path=folder, study=study)
    before = sorted(files_in_storage())
    report = import_images(path=folder, study=study)
    assert (report.added, report.reused, report.duplicates) == (0, 0, 3)
    assert sorted(files_in_storage()) == before


def test_a_copy_under_another_name_is_a_duplicate(study: Study, folder: Path) -> None:
    (folder / "copy.png").write_bytes((folder / "red.png").read_bytes())
    report = import_images(path=folder, study=study)
    assert (report.added, report.duplicates) == (3, 1)
    assert report.images["copy.png"] == report.images["red.png"]


def test_a_known_picture_is_reused_by_another_study(study: Study, folder: Path) -> None:
    import_images(path=folder, study=make_study())
    report = import_images(path=folder, study=study)
    assert (report.added, report.reused) == (0, 3)
    assert study.study_images.count() == 3
    assert Image.objects.count() == 3


def test_bad_files_are_reported_and_skipped_and_leave_nothing(study: Study, folder: Path) -> None:
    (folder / "empty.png").write_bytes(b"")
    (folder / "vector.png").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "notes.txt").write_text("not a picture")
    (folder / "cut.jpg").write_bytes(picture_bytes(width=200, height=200, image_format="JPEG")[:500])
    (folder / ".hidden.png").write_bytes(b"left alone")
    report = import_images(path=folder, study=study)
    assert report.added == 3
    assert set(reasons(report)) == {"empty.png", "vector.png", "notes.txt", "cut.jpg"}
    assert len(files_in_storage()) == 3


def test_details_are_joined_by_file_name_from_any_dialect(study: Study, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "details.csv"
    table.write_bytes(
        '\ufeffFile;Prompt;Generator;domain;seed\r\nred.png;"a red; field";flux;art;7\r\nblue.png;b;;;\r\n'.encode()
    )
    import_images(path=folder, study=study, metadata=table)
    image = StudyImage.objects.get(name="red.png")
    assert (image.prompt, image.generator, image.domain) == ("a red; field", "flux", "art")
    assert image.metadata == {"seed": "7"}
    assert StudyImage.objects.get(name="green.png").prompt == ""


def test_a_list_beside_the_pictures_is_used_by_itself(study: Study, folder: Path) -> None:
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "red.png", "prompt": "a red field", "seed": 7}))
    report = import_images(path=folder, study=study)
    assert report.rejected == []
    assert StudyImage.objects.get(name="red.png").metadata == {"seed": 7}


def test_details_that_come_later_complete_known_pictures(study: Study, folder: Path, tmp_path: Path) -> None:
    import_images(path=folder, study=study)
    table = tmp_path / "details.csv"
    table.write_text("image,prompt\nred.png,late\n")
    report = import_images(path=folder, study=study, metadata=table)
    assert (report.duplicates, report.details.completed) == (3, 1)
    assert StudyImage.objects.get(name="red.png").prompt == "late"


def test_details_that_fit_no_picture_are_refused(study: Study, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "details.csv"
    table.write_text("image,prompt\nother.png,x\n")
    with pytest.raises(FileRejectedError, match="describes none of the pictures"):
        import_images(path=folder, study=study, metadata=table)


def test_details_without_a_name_column_are_refused(study: Study, folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "details.csv"
    table.write_text("title,prompt\nred.png,x\n")
    with pytest.raises(FileRejectedError, match="no column 'image'"):
        import_images(path=folder, study=study, metadata=table)
    assert not Image.objects.exists()


def test_a_csv_list_finds_its_files_beside_it_and_in_images(study: Study, folder: Path) -> None:
    make_picture(folder / "images" / "navy.png", color="navy")
    table = folder / "list.csv"
    table.write_text("path\tprompt\nred.png\tred\nnavy.png\tnavy\nmissing.png\t\nhttps://x.org/a.png\t\n\t\n")
    report = import_images(path=table, study=study)
    assert set(StudyImage.objects.values_list("prompt", flat=True)) == {"red", "navy"}
    assert "cannot be read" in reasons(report)["missing.png"]
    assert "is an address" in reasons(report)["line 5"]


def test_a_parquet_list_may_hold_the_bytes(study: Study, tmp_path: Path) -> None:
    rows = [{"image": {"bytes": picture_bytes(color=c), "path": f"{c}.png"}, "prompt": c} for c in COLORS[:2]]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "list.parquet")
    report = import_images(path=tmp_path / "list.parquet", study=study)
    assert report.added == 2
    assert set(StudyImage.objects.values_list("name", "prompt")) == {("red.png", "red"), ("green.png", "green")}


def test_a_truncated_parquet_list_is_refused(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"image": ["a.png"]}), path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FileRejectedError, match="damaged or no Parquet"):
        import_images(path=path, study=study)


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_an_archive_comes_in_without_what_is_hostile_in_it(study: Study, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    path = packed(
        tmp_path / "a.zip",
        {
            "in/red.png": picture_bytes(color="red"),
            "../escape.png": picture_bytes(color="blue"),
            "/etc/absolute.png": picture_bytes(color="blue"),
            "c:\\windows.png": picture_bytes(color="blue"),
            "zeros.png": b"\0" * 8_000_000,
            "__MACOSX/red.png": b"",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    report = import_images(path=path, study=study)
    assert (report.added, StudyImage.objects.get().name) == (1, "in/red.png")
    assert len(reasons(report)) == 5
    assert "leads out" in reasons(report)["../escape.png"]
    assert "unpacks to far more" in reasons(report)["zeros.png"]
    assert "is a link" in reasons(report)["link.png"]


def test_a_list_in_an_archive_describes_its_pictures(study: Study, tmp_path: Path) -> None:
    files = {"set/red.png": picture_bytes(color="red"), "set/images.csv": b"image,prompt\nred.png,a red field\n"}
    report = import_images(path=packed(tmp_path / "a.zip", files), study=study)
    assert (report.added, report.rejected) == (1, [])
    assert StudyImage.objects.get().prompt == "a red field"


def test_an_archive_over_the_limits_is_refused_as_a_whole() -> None:
    entries = [zipfile.ZipInfo(f"{n}.png") for n in range(archives.MAX_ENTRIES + 1)]
    with pytest.raises(FileRejectedError, match="split it into parts"):
        archives.reject_bomb(entries)
    huge = zipfile.ZipInfo("a.png")
    huge.file_size = archives.MAX_TOTAL_BYTES + 1
    with pytest.raises(FileRejectedError, match="unpacks to over"):
        archives.reject_bomb([huge])


def test_a_file_that_is_no_archive_is_refused(study: Study, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(FileRejectedError, match="no zip file"):
        import_images(path=tmp_path / "a.zip", study=study)


def test_a_closed_study_takes_no_images(folder: Path) -> None:
    with pytest.raises(StudyClosedError):
        import_images(path=folder, study=make_study(state=StudyState.CLOSED))


def test_a_full_disk_is_one_sentence_and_leaves_no_records(study: Study, folder: Path, settings: LazySettings) -> None:
    settings.MEDIA_ROOT = folder / "red.png"  # a file where the storage wants a folder
    with pytest.raises(StorageFailedError, match="make room"):
        import_images(path=folder, study=study)
    assert not Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_share_numbers_and_files_without_a_gap(folder: Path) -> None:
    study = make_study()
    for color in COLORS:
        make_picture(folder / f"{color}.png", color=color)

    def run(_: int) -> ImportReport:
        try:
            return import_images(path=folder, study=study)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        reports: Iterator[ImportReport] = pool.map(run, range(4))
        assert sum(report.added for report in reports) == len(COLORS)
    ordinals = study.study_images.order_by("ordinal").values_list("ordinal", flat=True)
    assert list(ordinals) == list(range(len(COLORS)))
    assert len(files_in_storage()) == len(COLORS)


def test_the_command_reports_and_counts(study: Study, folder: Path) -> None:
    (folder / "empty.png").write_bytes(b"")
    out, err = StringIO(), StringIO()
    call_command("import_images", str(folder), "--study", "birds", stdout=out, stderr=err)
    assert "birds: 3 added, 1 rejected; 3 images in the study." in out.getvalue()
    assert "rejected empty.png: the file is empty" in err.getvalue()


@pytest.mark.parametrize(
    ("path", "slug", "message"),
    [
        ("missing", "birds", "There is no file or folder"),
        (".", "fish", "There is no study 'fish'. Studies: birds."),
        ("only-text", "birds", "None of the files could be used"),
        ("nothing", "birds", "holds no files"),
    ],
)
def test_the_command_refuses_bad_input_with_code_2(
    study: Study, tmp_path: Path, path: str, slug: str, message: str
) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "only-text").mkdir()
    (tmp_path / "only-text" / "a.txt").write_text("text")
    with pytest.raises(CommandError, match=message) as caught:
        call_command("import_images", str(tmp_path / path), "--study", slug, stderr=StringIO())
    assert caught.value.returncode == 2


@pytest.mark.parametrize("size", [(600, 12), (12, 600), (1, 900), (900, 1), (5000, 8)])
def test_a_narrow_picture_stops_no_import(study: Study, folder: Path, size: tuple[int, int]) -> None:
    make_picture(folder / "narrow.png", width=size[0], height=size[1], color="navy")
    out, err = StringIO(), StringIO()
    call_command("import_images", str(folder), "--study", study.slug, stdout=out, stderr=err)
    if min(size) < 8:
        assert f"rejected narrow.png: it is only {size[0]} by {size[1]} pixels" in err.getvalue()
    assert study.study_images.count() == (3 if min(size) < 8 else 4)


def test_what_is_flattened_is_counted_and_named(study: Study, tmp_path: Path) -> None:
    for number in range(12):
        faded = fading(0.0, (number + 5) / 20, 1.0) if number == 3 else fading(1.0, (number + 1) / 20)
        (tmp_path / f"moving-{number:02}.gif").write_bytes(animation(faded, "GIF"))
    (tmp_path / "clear.png").write_bytes(png_file((1, 2, 3, 0), colour_type=RGBA))
    (tmp_path / "opaque.png").write_bytes(png_file((1, 2, 3, 255), colour_type=RGBA))
    out = StringIO()
    call_command("import_images", str(tmp_path), "--study", study.slug, stdout=out)
    said = out.getvalue()
    assert "12 animated files: the first frame is used, or where that is blank the one with most contrast: " in said
    assert "moving-03.gif (frame 3 of 3)" in said
    assert "moving-00.gif, " in said
    assert " and 2 more\n" in said
    assert "1 file with transparency: laid on white: clear.png\n" in said


def test_nothing_is_said_of_pictures_that_are_stored_as_they_are(study: Study, folder: Path) -> None:
    out = StringIO()
    call_command("import_images", str(folder), "--study", study.slug, stdout=out)
    assert out.getvalue() == "birds: 3 added; 3 images in the study.\n"
