"""Dumps load in the programs that people analyse data with."""

from pathlib import Path
from typing import Any

import datasets
import duckdb
import mlcroissant
import pytest

from ratings.models import Study
from ratings.services.dumps import DumpFilters, request_dump, snapshot, write_dump, writers
from ratings.services.ingest import import_images
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_images, make_participation, make_picture, make_rating, make_study

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study() -> Study:
    made = make_study()
    images = make_images(study=made, count=3)
    for number in range(6):
        participation = make_participation(study=made)
        for place, image in enumerate(images):
            policy = "random" if place == 0 else "active"
            make_rating(
                participation=participation, study_image=image, value=1.0 + number % 5, assignment={"policy": policy}
            )
    return made


def dumped(study: Study, dump_format: str, **filters: Any) -> Path:
    dump = request_dump(study=study, format=dump_format, filters=DumpFilters(**filters), requested_by=None)
    written = write_dump(dump_id=dump.pk)
    assert written is not None
    assert written.error == ""
    return dumps_folder() / written.folder


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet"])
def test_duckdb_reads_and_joins_the_tables(study: Study, dump_format: str) -> None:
    folder = dumped(study, dump_format)
    query = f"""
        SELECT count(*), sum(rating), count(DISTINCT images.sha256), count(*) FILTER (WHERE is_test_slice)
        FROM '{folder}/ratings.{dump_format}' JOIN '{folder}/images.{dump_format}' AS images USING (image)
        JOIN '{folder}/raters.{dump_format}' USING (rater)
    """  # noqa: S608
    with duckdb.connect() as session:
        assert session.execute(query).fetchone() == (18, 3 * (1 + 2 + 3 + 4 + 5 + 1), 3, 6)


def test_the_datasets_library_loads_the_folder_by_its_card(study: Study, tmp_path: Path) -> None:
    folder = dumped(study, "hf")
    loaded: Any = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert sum(split.num_rows for split in loaded.values()) == 18
    assert set(loaded) <= {"train", "test_seen_raters", "test_unseen_raters"}
    raters: Any = datasets.load_dataset(str(folder), "raters", cache_dir=str(tmp_path / "cache"))
    assert raters["train"].num_rows == 6


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_croissant_metadata_is_valid_and_leads_to_the_rows(study: Study, dump_format: str) -> None:
    folder = dumped(study, dump_format)
    described: Any = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not described.metadata.issues.errors
    assert all("license" in warning for warning in described.metadata.issues.warnings)  # which is not ours to choose
    sets = {one.id for one in described.metadata.record_sets if one.id.startswith("ratings")}
    rows = [row for name in sets for row in described.records(record_set=name)]
    assert len(rows) == 18
    assert all(1 <= row[next(key for key in row if key.endswith("/rating"))] <= 5 for row in rows)


def test_pictures_inside_the_folder_load_as_pictures(tmp_path: Path) -> None:
    study = make_study()
    import_images(path=make_picture(tmp_path / "in" / "red.png", width=300, height=200), study=study)
    make_rating(participation=make_participation(study=study), study_image=study.study_images.get())
    folder = dumped(study, "hf", include_pictures=True)
    images: Any = datasets.load_dataset(str(folder), "images", cache_dir=str(tmp_path / "cache"))
    assert images["train"][0]["picture"].size == (300, 200)


def test_croissant_metadata_covers_every_shard(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "SHARD_ROWS", 1)
    monkeypatch.setattr(snapshot, "BLOCK_ROWS", 2)
    folder = dumped(study, "hf")
    described: Any = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not described.metadata.issues.errors
    assert len(list(folder.glob("ratings/*.parquet"))) > 4
    splits = [one.id for one in described.metadata.record_sets if one.id.startswith("ratings")]
    assert sum(len(list(described.records(record_set=name))) for name in splits) == 18
