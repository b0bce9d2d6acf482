"""A dump comes back whole into another installation: pictures, what was known of them, and ratings linked to them."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError
from PIL import Image as Pillow

from ratings.models import DatasetRater, DatasetRating, Image, Rater, StudyImage, WithdrawnName
from ratings.selectors.named_raters import pseudonym
from ratings.services.dumps import DumpFilters, request_dump, write_dump
from ratings.services.ingest import import_images
from ratings.services.withdraw import withdraw_rater
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_participation, make_rater, make_rating, make_study
from ratings.tests.handing_in import DRAWN, images_in, ratings_in, written

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)

ENTRIES = {
    "2.png": ("", "nano", "", {"seed": "9"}),
    "a/1.png": ("one", "flux", "art", {"seed": "7"}),
    "b/1.png": ("two", "", "art", {"seed": "8"}),
}
RATED = {"2.png": 1.0, "a/1.png": 2.0, "b/1.png": 3.0}
COLORS = {"2.png": "teal", "a/1.png": "red", "b/1.png": "blue"}


def dumped(tmp_path: Path, *, dump_format: str, **filters: Any) -> Path:
    """Dump a study of three pictures, each rated by three raters, one of whom is a program."""
    study = make_study(slug="origin")
    rows = ["file,prompt,generator,domain,seed"]
    rows += [",".join((name, *stated[:3], stated[3]["seed"])) for name, stated in ENTRIES.items()]
    files = {name: DRAWN[color] for name, color in COLORS.items()}
    import_images(path=written(tmp_path / "in", files | {"metadata.csv": "\n".join(rows).encode()}), study=study)
    for number in range(3):
        who = make_participation(study=study, rater=make_rater(is_simulated=number == 0))
        for entry in study.study_images.all():
            make_rating(participation=who, study_image=entry, value=RATED[entry.name])
    dump = request_dump(study=study, format=dump_format, filters=DumpFilters(**filters), requested_by=None)
    done = write_dump(dump_id=dump.pk)
    assert done is not None
    assert done.error == ""
    return dumps_folder() / done.folder


def color_of(image: Image) -> tuple[int, ...]:
    """Give the colour in the middle of a stored picture, coarsely: it was encoded again."""
    with default_storage.open(image.path) as stream, Pillow.open(stream) as picture:
        pixel = picture.convert("RGB").getpixel((20, 20))
    assert isinstance(pixel, tuple)
    return tuple(round(value / 64) for value in pixel)


def expected_color(name: str) -> tuple[int, ...]:
    pixel = Pillow.new("RGB", (1, 1), COLORS[name]).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return tuple(round(value / 64) for value in pixel)


@pytest.mark.parametrize("part", [".", "images", "images/train-00000.parquet"])
def test_its_pictures_come_in_under_their_names_with_what_was_known(tmp_path: Path, part: str) -> None:
    folder = dumped(tmp_path, dump_format="hf", include_pictures=True)
    make_study(slug="s")
    assert "3 added" in images_in(folder / part)
    entries = StudyImage.objects.filter(study__slug="s").select_related("image")
    assert {row.name: (row.prompt, row.generator, row.domain, row.metadata) for row in entries} == ENTRIES
    assert {row.name: color_of(row.image) for row in entries} == {name: expected_color(name) for name in ENTRIES}


def test_its_pictures_come_in_without_the_paths_that_a_dump_for_publication_leaves_out(tmp_path: Path) -> None:
    folder = dumped(tmp_path, dump_format="hf", include_pictures=True, for_publication=True)
    rows = pq.read_table(folder / "images" / "train-00000.parquet").to_pylist()
    assert [(row["picture_path"], row["picture"]["path"]) for row in rows] == [(None, None)] * 3
    make_study(slug="s")
    assert "3 added" in images_in(folder)
    entries = StudyImage.objects.filter(study__slug="s").select_related("image")
    assert {row.name: color_of(row.image) for row in entries} == {name: expected_color(name) for name in ENTRIES}


def test_its_ratings_come_in_linked_to_its_pictures(tmp_path: Path) -> None:
    folder = dumped(tmp_path, dump_format="hf", include_pictures=True, include_simulated=True)
    said = ratings_in(folder)
    assert "9 ratings by 3 raters read: 9 added" in said
    assert "3 images" in said
    assert "without" not in said
    rows = DatasetRating.objects.select_related("dataset_image__image")
    names = {value: name for name, value in RATED.items()}
    for row in rows:
        name = names[row.value]
        shown, image = row.dataset_image, row.dataset_image.image
        assert image is not None
        assert color_of(image) == expected_color(name)
        assert (shown.prompt, shown.generator, shown.domain, shown.metadata) == ENTRIES[name]


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_who_is_a_program_is_marked_by_yes_and_no(tmp_path: Path, dump_format: str) -> None:
    folder = dumped(tmp_path, dump_format=dump_format, include_simulated=True)
    assert "9 added" in ratings_in(folder)
    stated = [rater.attributes["is_simulated"] for rater in DatasetRater.objects.all()]
    assert sorted(stated) == [False, False, True]
    assert all(type(one) is bool for one in stated)


def test_a_table_of_files_leads_from_the_numbers_in_ratings_to_the_pictures(tmp_path: Path) -> None:
    folder = dumped(tmp_path, dump_format="csv")
    said = ratings_in(folder, "--images", tmp_path / "in")
    assert "3 images" in said
    rows = DatasetRating.objects.select_related("dataset_image__image")
    assert {row.value: row.dataset_image.image and color_of(row.dataset_image.image) for row in rows} == {
        RATED[name]: expected_color(name) for name in ENTRIES
    }


def test_who_withdraws_is_in_no_dump_that_was_read_back(tmp_path: Path) -> None:
    assert "6 added" in ratings_in(dumped(tmp_path, dump_format="csv"))
    leaving, staying = Rater.objects.filter(is_simulated=False)
    withdraw_rater(rater=leaving, actor=None)
    assert [row.key for row in DatasetRater.objects.all()] == [pseudonym(rater=str(staying.pk))]
    assert DatasetRating.objects.count() == 3


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_a_dump_from_before_brings_back_nobody_who_withdrew_and_says_how_many_rows_it_leaves_out(
    tmp_path: Path, dump_format: str
) -> None:
    folder = dumped(tmp_path, dump_format=dump_format)
    leaving, staying = Rater.objects.filter(is_simulated=False)
    name = pseudonym(rater=str(leaving.pk))
    withdraw_rater(rater=leaving, actor=None)
    said = ratings_in(folder)
    assert "3 added" in said
    assert "ratings of people who have withdrawn, which are not read back: " in said
    assert [row.key for row in DatasetRater.objects.all()] == [pseudonym(rater=str(staying.pk))]
    (kept,) = WithdrawnName.objects.all()
    assert kept.digest == hashlib.sha256(name.encode()).hexdigest()


def test_a_dump_of_withdrawn_people_alone_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = dumped(tmp_path, dump_format="csv")
    for rater in Rater.objects.all():
        withdraw_rater(rater=rater, actor=None)
    with pytest.raises(CommandError, match="people who have withdrawn"):
        ratings_in(folder)
    assert not DatasetRater.objects.exists()
