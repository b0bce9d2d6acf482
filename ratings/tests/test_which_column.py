"""Which column is meant: one that can only be meant is taken, of several the import asks, and the rest is named."""

from io import StringIO
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from ratings.models import DatasetImage, DatasetRater, DatasetRating

pytestmark = pytest.mark.django_db

ROW = "rater,image,rating\nr1,x,4\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ratings.csv"


def run(file: Path, text: str, *options: str, scale: tuple[str, str] = ("1", "5")) -> str:
    file.write_text(text)
    return brought_in(file, *options, scale=scale)


def brought_in(file: Path, *options: str, scale: tuple[str, str] = ("1", "5")) -> str:
    out = StringIO()
    call_command("import_ratings", str(file), "--dataset", "d", "--scale", *scale, *options, stdout=out)
    return out.getvalue()


def stored() -> set[tuple[str, str, float]]:
    return set(DatasetRating.objects.values_list("rater__key", "dataset_image__key", "value"))


@pytest.mark.parametrize(
    ("heading", "choices", "option"),
    [
        ("rater,image,rating,score", "rating, score", "column"),
        ("rater,image,rating,rating_2", "rating, rating_2", "column"),
        ("rater,image,rating_aesthetics,prompt_rating", "rating_aesthetics, prompt_rating", "column"),
        ("rater,image,beauty,harmony", "beauty, harmony", "column"),
        ("rater,rating,file_name,path", "file_name, path", "image-column"),
        ("user_id,image,rating,worker", "user_id, worker", "rater-column"),
    ],
)
def test_several_columns_that_could_be_meant_are_listed(file: Path, heading: str, choices: str, option: str) -> None:
    cells = {"rater": "r1", "user_id": "r1", "image": "x", "file_name": "x", "path": "y", "worker": "w"}
    row = ",".join(cells.get(name, "4") for name in heading.split(","))
    with pytest.raises(CommandError, match=f": {choices}; choose with --{option} NAME"):
        run(file, f"{heading}\n{row}\n")
    run(file, f"{heading}\n{row}\n", f"--{option}", choices.split(", ", maxsplit=1)[0])
    assert stored() == {("r1", "x", 4)}


@pytest.mark.parametrize(
    "heading",
    ["rater,image,rating,rating_time", "Rater,Image,Rating,score_sd", "participant_id,filename,score,response_ms"],
)
def test_a_column_that_can_only_be_meant_is_taken(file: Path, heading: str) -> None:
    said = run(file, f"{heading}\nr1,x,4,17\n")
    assert stored() == {("r1", "x", 4)}
    assert f"columns that are not read: 1 ('{heading.rsplit(',', 1)[1]}')" in said


def test_a_column_that_is_asked_for_has_to_be_there(file: Path) -> None:
    names = ",".join(f"c{number}" for number in range(12))
    with pytest.raises(CommandError, match=r"no column 'taste' \(its columns: c0, .*, c9 and 2 more\)"):
        run(file, f"{names}\n" + "1," * 11 + "1\n", "--column", "taste", "--rater-column", "c0", "--image-column", "c1")


def test_addresses_names_and_devices_are_never_facts_about_a_rater(file: Path) -> None:
    said = run(
        file,
        "rater,image,rating,user_prompt,user_agent,user_ip,user_age,participant_number,email,IPAddress,"
        "LocationLatitude,RecipientFirstName,demo_edu\n"
        "r1,x,4,a red fox,Mozilla,203.0.113.7,31,1,a@b.c,203.0.113.7,50.1,Ann,MA\n"
        "r1,y,3,a blue fox,Mozilla,203.0.113.7,31,1,a@b.c,203.0.113.7,50.1,Ann,MA\n",
    )
    assert DatasetRater.objects.get().attributes == {"user_age": "31", "demo_edu": "MA"}
    assert dict(DatasetImage.objects.values_list("key", "prompt")) == {"x": "a red fox", "y": "a blue fox"}
    assert (
        "columns that name or locate somebody, never stored: 6 ('user_agent', 'user_ip', 'email', 'IPAddress', "
        "'LocationLatitude', 'RecipientFirstName')"
    ) in said
    assert "columns that are not read: 1 ('participant_number')" in said


def test_what_differs_within_a_rater_describes_none(file: Path) -> None:
    said = run(file, "rater,image,rating,age,gender\nr1,x,4,31,f\nr1,y,3,32,f\nr2,x,2,40,\n")
    assert dict(DatasetRater.objects.values_list("key", "attributes")) == {"r1": {"gender": "f"}, "r2": {}}
    assert "columns that differ within a rater, and so describe none: 1 ('age')" in said


def test_further_columns_describe_raters_where_that_is_asked_for(file: Path) -> None:
    text = "rater,image,rating,Mood,user_ip,shoe\nr1,x,4,sad,203.0.113.7,42\n"
    said = run(file, text, "--profile-columns", "mood")
    assert DatasetRater.objects.get().attributes == {"Mood": "sad"}
    assert "columns that are not read: 1 ('shoe')" in said
    with pytest.raises(CommandError, match="The column 'user_ip' names or locates somebody, which is never stored"):
        run(file, text, "--profile-columns", "user_ip")


def test_a_table_of_raters_tells_no_addresses_either(file: Path) -> None:
    (file.parent / "raters.csv").write_text("rater,age,email,first_name,shoe\nr1,31,a@b.c,Ann,42\n")
    said = run(file, ROW)
    assert DatasetRater.objects.get().attributes == {"age": "31", "shoe": "42"}
    assert "never stored: 2 ('raters.csv: email', 'raters.csv: first_name')" in said


def test_blanks_of_other_programs_are_no_facts_and_namibia_is_a_country(file: Path) -> None:
    run(file, "rater,image,rating,age,country,gender\nr1,x,4,NA,NA,#N/A\nr2,x,NaN,1,DE,f\nr3,x,,1,DE,f\n")
    assert DatasetRater.objects.get().attributes == {"country": "NA"}


def test_rows_without_a_rating_are_counted_and_named(file: Path) -> None:
    said = run(file, "rater,image,rating\nr1,x,4\nr1,y,NA\nr1,z,\n")
    assert "rows without a rating: 2 ('line 3', 'line 4')" in said


def test_a_wide_table_is_named_for_what_it_is_and_read_when_asked(file: Path) -> None:
    pictures = [f"P{number:02}" for number in range(12)]
    cells = ["3", "NA", *["4"] * 10]
    text = f"rater,rater_sex,rater_age,email,{','.join(pictures)}\nann,f,31,a@b.c,{','.join(cells)}\n"
    with pytest.raises(CommandError, match=r"a column per picture \(P00, P02, .*, P10 and 1 more\): melt it to rater,"):
        run(file, text)
    said = run(file, text, "--wide")
    assert len(stored()) == 11
    assert ("ann", "P00", 3) in stored()
    assert DatasetRater.objects.get().attributes == {"rater_sex": "f", "rater_age": "31"}
    assert "cells without a rating: 1 ('P01 in line 2')" in said
    assert "never stored: 1 ('email')" in said


def test_of_a_wide_table_some_columns_may_be_named_by_a_pattern(file: Path) -> None:
    said = run(file, "rater,trial,p1,p2\nann,7,3,4\n", "--wide", "P*")
    assert stored() == {("ann", "p1", 3), ("ann", "p2", 4)}
    assert "columns that are not read: 1 ('trial')" in said
    with pytest.raises(CommandError, match="no column like 'Q"):
        run(file, "rater,p1,p2\nann,3,4\n", "--wide", "Q*")


def test_a_row_per_picture_and_a_column_per_rater_is_wide_as_well(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("image", "ann", "bob"), ("x.jpg", 3, 5), ("y.jpg", None, 4)):
        book.worksheets[0].append(row)
    book.save(tmp_path / "wide.xlsx")
    with pytest.raises(CommandError, match=r"a column per rater \(ann, bob\): melt it"):
        brought_in(tmp_path / "wide.xlsx")
    brought_in(tmp_path / "wide.xlsx", "--wide")
    assert stored() == {("ann", "x.jpg", 3), ("bob", "x.jpg", 5), ("bob", "y.jpg", 4)}


def test_a_wide_table_needs_a_name_for_its_rows(file: Path) -> None:
    with pytest.raises(CommandError, match="a column per picture"):
        run(file, "rater_sex,rater_age,P01,P02\nf,31,3,5\n")
    with pytest.raises(CommandError, match="needs a column that names its rows"):
        run(file, "rater_sex,rater_age,P01,P02\nf,31,3,5\n", "--wide")


def test_names_keep_their_spelling_and_lost_digits_are_named(file: Path, tmp_path: Path) -> None:
    ids = ["76561198000000001", "9007199254740993", "007", "7", "1e5", "100000"]
    run(file, "rater,image,rating\n" + "".join(f"{one},{one},3\n" for one in ids))
    assert {rater for rater, _, _ in stored()} == set(ids)
    with pytest.raises(
        CommandError, match=r"line 2, rater = '7\.65612E\+16': it is a long number whose last digits were"
    ):
        run(file, "rater,image,rating\n7.65612E+16,x,3\n")
    table = pa.table({"rater": pa.array([76561198000000001.0]), "image": ["x"], "rating": [3]})
    pq.write_table(table, tmp_path / "ratings.parquet")
    with pytest.raises(CommandError, match=r"line 1, rater = .*export it as text"):
        brought_in(tmp_path / "ratings.parquet")


def test_whole_numbers_that_pandas_wrote_with_a_point_are_the_same_names(file: Path) -> None:
    (file.parent / "raters.csv").write_text("rater,age\n12,31\n13,32\n")
    run(file, "rater,image,rating\n12.0,x.0,3\n13.0,x.0,4\n")
    assert stored() == {("12", "x.0", 3), ("13", "x.0", 4)}
    assert DatasetRater.objects.get(key="12").attributes == {"age": "31"}


def test_a_column_that_is_needed_and_not_read_is_named(tmp_path: Path) -> None:
    odd = pa.array([[{"at": 1}]], pa.list_(pa.struct([("at", pa.timestamp("ns"))])))
    pq.write_table(pa.table({"rater": ["r1"], "image": ["x"], "rating": odd}), tmp_path / "ratings.parquet")
    with pytest.raises(CommandError, match=r"the column 'rating' holds values of type list.*, which is not read"):
        brought_in(tmp_path / "ratings.parquet")


def test_a_scale_upside_down_names_the_option_that_keeps_its_meaning(file: Path) -> None:
    with pytest.raises(CommandError, match="give 1 6, and --best-is-low if the lowest value is the best"):
        run(file, ROW, scale=("6", "1"))
    run(file, ROW, "--best-is-low", scale=("1", "6"))
    rating = DatasetRating.objects.get()
    assert (rating.value, rating.rater.dataset.best_is_low) == (4, True)
    with pytest.raises(CommandError, match="the lowest value is the best; import with --best-is-low"):
        run(file, ROW, scale=("1", "6"))
