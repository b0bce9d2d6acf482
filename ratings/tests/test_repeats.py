"""Nothing replaces another rating unless asked for: what differs is refused, added or a correction, as stated."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ratings.exceptions import ConflictError
from ratings.models import AuditEntry, DatasetRating
from ratings.services.datasets import DatasetReport, Differing, Source, import_ratings
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db

HEAD = "rater,image,rating\n"
DAY1 = HEAD + "r1,x,2\nr1,x,5\nr2,x,3\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ratings.csv"


def run(file: Path, text: str, differing: Differing = Differing.REFUSE, layout: str = "tidy") -> DatasetReport:
    file.write_text(text)
    source = Source(path=file, layout=layout, differing=differing, scale_min=1, scale_max=10)
    return import_ratings(name="set", source=source)


def counts(report: DatasetReport) -> tuple[int, int, int]:
    return report.added, report.changed, report.removed


def stored() -> list[tuple[str, str, float]]:
    rows = DatasetRating.objects.order_by("rater__key", "dataset_image__key", "ordinal")
    return list(rows.values_list("rater__key", "dataset_image__key", "value"))


def test_the_order_of_rows_says_nothing(file: Path) -> None:
    run(file, DAY1)
    assert counts(run(file, HEAD + "r1,x,5\nr2,x,3\nr1,x,2\n")) == (0, 0, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 5), ("r2", "x", 3)]


def test_a_file_that_has_grown_adds_what_is_new(file: Path) -> None:
    run(file, DAY1)
    grown = run(file, HEAD + "r1,x,4\nr2,x,3\nr2,x,3\nr1,x,5\nr1,x,2\nr3,y,1\n")
    assert counts(grown) == (3, 0, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 5), ("r1", "x", 4), ("r2", "x", 3), ("r2", "x", 3), ("r3", "y", 1)]


def test_a_rating_that_may_be_a_repeat_or_a_correction_is_refused_until_somebody_says_which(file: Path) -> None:
    run(file, DAY1)
    day2 = HEAD + "r1,x,4\nr3,x,1\n"
    with pytest.raises(ConflictError, match=r"'r1' of 'x': 2 and 5 known, 4 in the file.*--repeats.*--replace"):
        run(file, day2)
    assert len(stored()) == 3
    assert counts(run(file, day2, Differing.ADD)) == (2, 0, 0)
    assert counts(run(file, day2, Differing.ADD)) == (0, 0, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 5), ("r1", "x", 4), ("r2", "x", 3), ("r3", "x", 1)]


def test_a_corrected_file_takes_the_place_of_what_is_known_where_it_differs(file: Path) -> None:
    run(file, DAY1)
    corrected = run(file, HEAD + "r1,x,2\nr1,x,6\nr2,x,4\n", Differing.REPLACE)
    assert counts(corrected) == (0, 2, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 6), ("r2", "x", 4)]
    assert counts(run(file, HEAD + "r1,x,7\n", Differing.REPLACE)) == (0, 1, 1)
    assert stored() == [("r1", "x", 7), ("r2", "x", 4)]


def test_ratings_with_a_number_or_a_time_are_distinguished_by_it(file: Path) -> None:
    head = "rater,image,rating,rated_at\n"
    day1 = "r1,x,2,2026-01-01T10:00:00Z\nr1,x,5,2026-01-01T11:00:00Z\n"
    run(file, head + day1)
    day2 = head + "r1,x,2,2026-01-02T10:00:00Z\n"
    assert counts(run(file, day2)) == (1, 0, 0)  # the same value again, and a rating of its own
    assert counts(run(file, day2)) == (0, 0, 0)
    assert counts(run(file, head + day1.replace("T", " ").replace("Z", "+00:00"))) == (0, 0, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 5), ("r1", "x", 2)]
    with pytest.raises(ConflictError, match="give --replace if they correct the known ones"):
        run(file, day2.replace("x,2", "x,3"), Differing.ADD)  # at that time they said something else
    assert counts(run(file, day2.replace("x,2", "x,3"), Differing.REPLACE)) == (0, 1, 0)
    assert stored() == [("r1", "x", 2), ("r1", "x", 5), ("r1", "x", 3)]


def test_a_file_with_times_completes_one_without(file: Path) -> None:
    run(file, DAY1)
    timed = "rater,image,rating,rated_at\nr1,x,5,2026-01-01T11:00:00\nr1,x,2,2026-01-01T10:00:00\n"
    assert counts(run(file, timed)) == (0, 0, 0)
    assert set(DatasetRating.objects.filter(rater__key="r1").values_list("value", "source_id")) == {
        (2.0, "2026-01-01T10:00:00"),
        (5.0, "2026-01-01T11:00:00"),
    }
    assert counts(run(file, DAY1)) == (0, 0, 0)
    assert counts(run(file, timed.replace("T11", "T12"))) == (1, 0, 0)


def test_votes_that_differ_are_refused_or_corrected(tmp_path: Path) -> None:
    file, row = tmp_path / "AVA.txt", "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n"
    run(file, row, layout="ava")
    with pytest.raises(ConflictError, match=r"1 counts of votes differ .*'953619': 5 people said 3, now 6.*--replace"):
        run(file, row.replace(" 5 17 ", " 6 17 "), layout="ava")
    assert counts(run(file, row.replace(" 5 17 ", " 6 17 "), Differing.REPLACE, "ava")) == (0, 1, 0)
    assert DatasetRating.objects.get(value=3).count == 6


def test_the_command_takes_one_of_both_options(file: Path) -> None:
    arguments = [str(file), "--dataset", "set", "--scale", "1", "10"]
    file.write_text(DAY1)
    call_command("import_ratings", *arguments)
    file.write_text(DAY1.replace("r2,x,3", "r2,x,4"))
    with pytest.raises(CommandError, match="--repeats if they are further ratings, or --replace") as caught:
        call_command("import_ratings", *arguments)
    assert caught.value.returncode == 2
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("import_ratings", *arguments, "--repeats", "--replace")
    call_command("import_ratings", *arguments, "--replace")
    assert AuditEntry.objects.filter(action="import-ratings").latest("pk").detail == {"added": 0, "changed": 1}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sets_from_before_keep_their_ratings_and_are_best_high() -> None:
    with former_database(("ratings", "0015_skipped_runs")) as database:
        apps = database.migrate(("ratings", "0015_skipped_runs"))
        models = {name: apps.get_model("ratings", name) for name in ("Dataset", "DatasetRater", "DatasetImage")}
        dataset = models["Dataset"].objects.using(database.alias).create(name="old", scale_min=1, scale_max=5)
        rater = models["DatasetRater"].objects.using(database.alias).create(dataset=dataset, key="r1")
        image = models["DatasetImage"].objects.using(database.alias).create(dataset=dataset, key="x")
        rating = apps.get_model("ratings", "DatasetRating")
        rating.objects.using(database.alias).create(rater=rater, dataset_image=image, value=4)
        database.migrate(("ratings", "0016_reversed_scales_and_source_ids"))
        assert database.rows("SELECT best_is_low FROM ratings_dataset") == [(False,)]
        assert database.rows("SELECT value, source_id FROM ratings_datasetrating") == [(4.0, "")]
