"""What survey tools, crowd platforms and spreadsheets write is read as they mean it, or named; never read wrong.

Sources of the shapes: Toloka's columns are those of Toloka/toloka-kit (src/client/assignment.py at v1.2.1, where
`GetAssignmentsTsvParameters.Field` lists them). SurveyMonkey's two heading lines are read so by public importers
(expectedparrot/edsl, ImportSurveyMonkey; mikegleen/hrm_eval, src/config.py: skiprows = 2). R's `write.csv` writes row
names, pandas' `to_csv` its index. Of Prolific, Mechanical Turk, Google Forms and LimeSurvey no public reader was at
hand: the headings are those of their exports.
"""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError

from ratings.models import DatasetRater, DatasetRating
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, images_in, packed, prompts, ratings_in, written

pytestmark = pytest.mark.django_db


def rows() -> set[tuple[str, str, float]]:
    """Give who rated what how."""
    return set(DatasetRating.objects.values_list("rater__key", "dataset_image__key", "value"))


def imported(tmp_path: Path, text: str, *more: object, name: str = "ratings.csv") -> str:
    """Write a table and import it."""
    (tmp_path / name).write_text(text)
    return ratings_in(tmp_path / name, *more)


MTURK = (
    '"HITId","WorkerId","AssignmentStatus","WorkTimeInSeconds","Input.image_url","Answer.rating","Approve"\n'
    '"3X","A1","Approved","31","p/a.png","4","x"\n"3X","A2","Approved","22","p/a.png","1","x"\n'
)
PLAIN_HEADINGS = "Rater ID,Image name,Rating (1-5)\nA1,p/a.png,4\nA2,p/a.png,1\n"


@pytest.mark.parametrize("text", [MTURK, PLAIN_HEADINGS])
def test_headings_name_what_they_say_in_any_spelling(tmp_path: Path, text: str) -> None:
    imported(tmp_path, text)
    assert rows() == {("A1", "p/a.png", 4.0), ("A2", "p/a.png", 1.0)}


def test_toloka_s_golden_answers_are_not_taken_for_those_of_a_rater(tmp_path: Path) -> None:
    text = (
        "INPUT:image\tOUTPUT:rating\tGOLDEN:rating\tASSIGNMENT:worker_id\tASSIGNMENT:status\n"
        "a.png\t4\t\tw1\tAPPROVED\nb.png\t5\t1\tw1\tAPPROVED\n"
    )
    with pytest.raises(CommandError, match="several columns that could be the rating: OUTPUT:rating, GOLDEN:rating"):
        imported(tmp_path, text, name="assignments.tsv")
    ratings_in(tmp_path / "assignments.tsv", "--column", "OUTPUT:rating")
    assert rows() == {("w1", "a.png", 4.0), ("w1", "b.png", 5.0)}


def test_prolific_s_demographics_are_profiles_and_what_was_taken_back_is_none(tmp_path: Path) -> None:
    (tmp_path / "raters.csv").write_text(
        "Participant id,Age,Sex,Country of birth\n5f00a,31,Female,Chile\n5f00b,CONSENT_REVOKED,DATA_EXPIRED,Peru\n"
    )
    imported(tmp_path, "rater,image,rating\n5f00a,a.png,4\n5f00b,a.png,2\n")
    assert dict(DatasetRater.objects.values_list("key", "attributes")) == {
        "5f00a": {"Age": "31", "Sex": "Female", "Country of birth": "Chile"},
        "5f00b": {"Country of birth": "Peru"},
    }


def test_two_profiles_of_one_rater_that_differ_are_refused(tmp_path: Path) -> None:
    (tmp_path / "raters.csv").write_text("rater,age\nann,30\nbob,41\nann,30\nbob,42\n")
    with pytest.raises(CommandError, match=r"raters\.csv, line 5: 'bob' stands in a line before, with another profile"):
        imported(tmp_path, "rater,image,rating\nann,a.png,4\n")
    (tmp_path / "raters.csv").write_text("rater,age\nann,30\nann,30\n")
    ratings_in(tmp_path / "ratings.csv")
    assert DatasetRater.objects.get().attributes == {"age": "30"}


GOOGLE_FORMS = "Timestamp,Your ID,How beautiful? [a.png],How beautiful? [b.png]\n2024/05/03 10:00,ann,4,5\n"
LIMESURVEY = (
    '"id. Response ID";"submitdate. Date";"Your ID";"Q1[SQ001]. Rate it [a.png]";"Q1[SQ002]. Rate it [b.png]"\n'
    '"1";"2024-05-03 10:00:00";"ann";"4";"5"\n'
)
SURVEYMONKEY = (
    "Respondent ID,Collector ID,Start Date,IP Address,Your ID,How do you like these?,\n"
    ",,,,Open-Ended Response,a.png,b.png\n118000001,400,05/03/2024,1.1.1.1,ann,4,5\n"
)


@pytest.mark.parametrize(
    ("text", "rater"),
    [(GOOGLE_FORMS, "Your ID"), (LIMESURVEY, "Your ID"), (SURVEYMONKEY, "Your ID [Open-Ended Response]")],
)
def test_a_form_s_questions_stand_for_the_picture_in_their_brackets(tmp_path: Path, text: str, rater: str) -> None:
    imported(tmp_path, text, "--wide", "*.png", "--rater-column", rater)
    assert rows() == {("ann", "a.png", 4.0), ("ann", "b.png", 5.0)}


def test_brackets_that_say_the_same_twice_are_no_names(tmp_path: Path) -> None:
    imported(tmp_path, "rater,Light [1-5],Colour [1-5]\nann,4,5\n", "--wide")
    assert rows() == {("ann", "Light [1-5]", 4.0), ("ann", "Colour [1-5]", 5.0)}


@pytest.mark.parametrize(
    "text",
    [
        '"","rater","image","rating"\n"1","ann","a.png",4\n"2","bob","a.png",NA\n',
        "Unnamed: 0,rater,image,rating\n0,ann,a.png,4\n1,bob,a.png,\n",
        ",,rater,image,rating\n0,x,ann,a.png,4\n0,y,bob,a.png,nan\n",
        "rater,image,rating,,\nann,a.png,4,,\nbob,a.png,NULL,,\n",
    ],
)
def test_row_labels_and_empty_columns_say_nothing_and_rows_without_a_rating_are_counted(
    tmp_path: Path, text: str
) -> None:
    assert "rows without a rating: 1 ('line 3')" in imported(tmp_path, text)
    assert rows() == {("ann", "a.png", 4.0)}


def test_what_stands_in_a_column_without_a_name_is_not_dropped_in_silence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"line 3: 'doubtful' stands in column 4, which has no name; name it in"):
        imported(tmp_path, "rater,image,rating,\nann,a.png,4,\nbob,a.png,1,doubtful\n")
    book = openpyxl.Workbook()
    for cells in (["rater", "image", "rating", None], ["ann", "a.png", 4, None], ["bob", "a.png", 1, 7]):
        book.active.append(cells)
    book.save(tmp_path / "ratings.xlsx")
    with pytest.raises(CommandError, match=r"ratings\.xlsx, line 3: '7' stands in column 4"):
        ratings_in(tmp_path / "ratings.xlsx")


def test_a_row_with_a_blank_beginning_is_no_second_heading(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="line 2, rater = '': it is blank"):
        imported(tmp_path, "rater,image,rating,\n,a.png,4,\n")


def test_label_studio_s_pairs_are_said_to_hold_no_ratings(tmp_path: Path) -> None:
    text = (
        '[{"id": 1, "data": {"left": "a.png", "right": "b.png"}, "annotations": [{"id": 5, "completed_by": 1, '
        '"result": [{"from_name": "pw", "to_name": "left,right", "type": "pairwise", "value": {}}]}]}]'
    )
    with pytest.raises(CommandError, match="holds no ratings"):
        imported(tmp_path, text, "--format", "label-studio", name="export.json")


def test_a_workbook_in_a_folder_describes_it_and_other_texts_are_called_texts(tmp_path: Path) -> None:
    make_study(slug="s")
    folder = written(tmp_path / "set", {"a.png": DRAWN["red"], "notes.txt": b"a cat on a sofa", "Notes.xlsx": b"PK"})
    book = openpyxl.Workbook()
    for cells in (["File Name", "Caption"], ["a.png", "one"]):
        book.active.append(cells)
    book.save(folder / "metadata.xlsx")
    said = images_in(folder)
    assert prompts() == {"a.png": "one"}
    assert "rejected notes.txt: it is a text and no picture; a list called metadata.csv describes" in said
    assert "rejected Notes.xlsx: it is a table and no picture" in said


def test_of_a_form_s_columns_only_those_with_a_picture_in_brackets_are_pictures(tmp_path: Path) -> None:
    head = '"Timestamp","Username","How beautiful? [a.png]","How beautiful? [b.png]"\n'
    said = imported(
        tmp_path,
        head + '"2024/03/01 3:04:05 PM GMT+1","u1","4","1"\n"2024/03/01 3:05:05 PM GMT+1","u2","","2"\n',
        *("--wide", "--rater-column", "Username"),
    )
    assert rows() == {("u1", "a.png", 4.0), ("u1", "b.png", 1.0), ("u2", "b.png", 2.0)}
    assert "columns that are not read: 1 ('Timestamp')" in said
    assert "cells without a rating: 1" in said


def test_marks_that_nobody_sees_make_no_second_rater_and_capital_letters_are_named(tmp_path: Path) -> None:
    text = "rater\u200b,image,rating\nann,a.png,4\n\u200eann\u200b,b.png,3\nAnn,a.png,1\n"
    said = imported(tmp_path, text)
    assert rows() == {("ann", "a.png", 4.0), ("ann", "b.png", 3.0), ("Ann", "a.png", 1.0)}
    assert "raters that differ only in capital letters, counted as different people: 1 ('ann and Ann')" in said


def test_formulas_without_a_result_are_refused_and_computed_ones_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()  # which writes formulas and never computes them
    for cells in (["rater", "image", "rating"], ["ann", "a.png", 4], ["bob", "a.png", "=2+1"]):
        book.active.append(cells)
    book.save(tmp_path / "ratings.xlsx")
    with pytest.raises(CommandError, match=r"formulas that were never computed, the first in C3; open it in a spread"):
        ratings_in(tmp_path / "ratings.xlsx")
    with zipfile.ZipFile(tmp_path / "ratings.xlsx") as parts:
        files = {part: parts.read(part) for part in parts.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    assert b"<f>2+1</f><v></v>" in sheet or b"<f>2+1</f><v/>" in sheet or b"<f>2+1</f><v />" in sheet
    computed = re.sub(rb"<f>2\+1</f><v ?/>|<f>2\+1</f><v></v>", b"<f>2+1</f><v>3</v>", sheet)
    empty = b'<row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row></sheetData>'  # as Excel writes =""
    files["xl/worksheets/sheet1.xml"] = computed.replace(b"</sheetData>", empty)
    ratings_in(packed(tmp_path / "computed.xlsx", files))
    assert rows() == {("ann", "a.png", 4.0), ("bob", "a.png", 3.0)}


def test_rows_of_a_json_list_in_one_line_are_known_by_their_place(tmp_path: Path) -> None:
    items = '[{"rater":"ann","image":"a.png","rating":4},{"rater":"bob","image":"a.png","rating":9}]'
    with pytest.raises(CommandError, match=r"line 2, rating = '9': the scale is 1 to 5"):
        imported(tmp_path, items, name="ratings.json")
    with pytest.raises(CommandError, match=r"line 3, rating = '9'"):
        imported(tmp_path, items.replace("{", "\n{"), name="ratings.json")


@pytest.mark.parametrize("name", ["ratings.json", "ratings.jsonl"])
def test_rows_that_are_nested_too_deeply_are_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    row = '{"rater": "ann", "image": "a.png", "rating": 4, "age": ' + "[" * 600 + "]" * 600 + "}"
    with pytest.raises(CommandError, match="line 1: lists or objects are nested too deeply; export it flat"):
        imported(tmp_path, f"[{row}]" if name.endswith(".json") else row, name=name)
