"""What dumps hold of pictures that were taken off or purged, value by value."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ratings.choices import JobState, PurgedRatings
from ratings.models import Dump, Image, StudyImage
from ratings.services.dumps import retry_dump, write_dump
from ratings.services.ingest import import_images
from ratings.services.purging import finish_purges, purge_picture
from ratings.services.taking_off import put_back, take_off
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_participation, make_picture, make_rating, make_study

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)


def rated_pictures(folder: Path) -> dict[str, StudyImage]:
    """Import three pictures; two raters give a 2 and a 4 to the first two, nobody rates the third."""
    study = make_study(slug="birds")
    for name, color in {"a.png": "red", "b.png": "blue", "c.png": "teal"}.items():
        make_picture(folder / "in" / name, color=color)
    import_images(path=folder / "in", study=study)
    entries = {entry.name: entry for entry in study.study_images.all()}
    for value in (2, 4):
        participation = make_participation(study=study)
        for name in ("a.png", "b.png"):
            make_rating(participation=participation, study_image=entries[name], value=value)
    return entries


def table(dump: Dump, name: str) -> pd.DataFrame:
    """Read one table of a dump."""
    found = pd.read_parquet(folder_of(dump) / f"{name}.parquet")
    return found.astype(object).where(found.notna(), None)


def test_answers_of_what_was_taken_off_stay_marked_and_unrated_pictures_are_left_out(tmp_path: Path) -> None:
    entries = rated_pictures(tmp_path)
    study = entries["a.png"].study
    take_off(study=study, images=[entries["a.png"].image_id, entries["c.png"].image_id], reason="rights")
    dump = dumped(study)
    assert (dump.row_count, dump.manifest["counts"]) == (4, {"ratings": 4, "raters": 2, "images": 2})
    names = {str(entry.image_id): name for name, entry in entries.items()}
    ratings = table(dump, "ratings")
    ratings["name"] = ratings["image"].map(names)
    columns = ["name", "rating", "is_withdrawn", "withdrawn_reason"]
    assert ratings.sort_values(["name", "rating"])[columns].values.tolist() == [
        ["a.png", 2.0, True, "rights"],
        ["a.png", 4.0, True, "rights"],
        ["b.png", 2.0, False, None],
        ["b.png", 4.0, False, None],
    ]
    images = table(dump, "images").sort_values("file_name")
    columns = ["file_name", "picture_path", "is_withdrawn", "withdrawn_reason"]
    assert images[columns].values.tolist() == [
        ["a.png", None, True, "rights"],
        ["b.png", entries["b.png"].image.path, False, None],
    ]
    put_back(study=study, images=[entries["a.png"].image_id, entries["c.png"].image_id])
    assert table(dumped(study), "images")["is_withdrawn"].tolist() == [False] * 3


@pytest.mark.parametrize(("ratings", "rows"), [("keep", 4), ("delete", 2)])
def test_a_dump_that_is_written_again_after_a_purge_lacks_the_picture(tmp_path: Path, ratings: str, rows: int) -> None:
    entries = rated_pictures(tmp_path)
    first = dumped(entries["a.png"].study, dump_format="hf", include_pictures=True)
    bad = Image.objects.get(pk=entries["a.png"].image_id)
    purge_picture(sha256=bad.sha256, ratings=PurgedRatings(ratings))
    first.refresh_from_db()
    assert (first.state, first.folder) == (JobState.FAILED, "")
    retry_dump(dump=first, actor=None)
    again = write_dump(dump_id=first.pk)
    assert again is not None
    assert (again.state, again.row_count) == (JobState.READY, rows)
    (path,) = (folder_of(again) / "images").glob("*.parquet")
    held = {row["file_name"]: row["picture"] is not None for row in pq.read_table(path).to_pylist()}
    kept = {"a.png": False} if ratings == "keep" else {}
    assert held == kept | {"b.png": True, "c.png": True}


def test_what_an_import_brings_in_while_its_purge_begins_is_purged_by_the_sweep(tmp_path: Path) -> None:
    path = make_picture(tmp_path / "in" / "a.png", color="red")
    report = import_images(path=path, study=make_study(slug="birds"))
    image = Image.objects.get(pk=report.images["a.png"])
    digest, former = image.sha256, image.path
    Image.objects.filter(pk=image.pk).update(sha256="0" * 64)  # as if not committed yet
    purge_picture(sha256=digest, ratings=PurgedRatings.KEEP)
    Image.objects.filter(pk=image.pk).update(sha256=digest)
    finish_purges()
    image.refresh_from_db()
    assert (image.path != former, image.archived_at is not None) == (True, True)
    finish_purges()
    grey = image.path
    image.refresh_from_db()
    assert image.path == grey
