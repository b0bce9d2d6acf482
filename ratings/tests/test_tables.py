"""One reader of tables: what spreadsheets, R, pandas and survey tools write is read, or named for what it is."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

from ratings.exceptions import ChoiceNeededError, FileRejectedError
from ratings.files.table_files import Wanted, opened_tables, table_lines

FRAME = pd.DataFrame({"rater": ["r1", "r2"], "image": ["x.png", "y.png"], "rating": [4, 3]})
ROWS = [{"rater": "r1", "image": "x.png", "rating": 4}, {"rater": "r2", "image": "y.png", "rating": 3}]
TEXT_ROWS = [{name: str(cell) for name, cell in row.items()} for row in ROWS]


def cells(path: Path, **wanted: Any) -> list[dict[str, Any]]:
    return [line.cells for line in table_lines(path=path, wanted=Wanted(**wanted))]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nrater;image;rating\r\nr1;x.png;4\r\nr2;y.png;3\r\n",  # Excel's own first line
        "rater\timage\trating\nr1\tx.png\t4\nr2\ty.png\t3\n",
        '"","rater","image","rating"\n"1","r1","x.png",4\n"2","r2","y.png",3\n',  # R: write.csv
        '"rater","image","rating"\n"1","r1","x.png",4\n"2","r2","y.png",3\n',  # R: write.table(sep = ",")
        '"rater" "image" "rating"\n"1" "r1" "x.png" 4\n"2" "r2" "y.png" 3\n',  # R: write.table
        "rater,image,rating,,\nr1,x.png,4,,\nr2,y.png,3,,\n",  # Excel, where a cell was once filled
        "\nrater,image,rating\n\nr1,x.png,4\n,,\nr2,y.png,3\n",
    ],
)
def test_dialects_of_separated_text_are_understood(tmp_path: Path, text: str) -> None:
    assert cells(written(tmp_path / "t.csv", text)) == TEXT_ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_excel_s_unicode_text_is_understood(tmp_path: Path, encoding: str) -> None:
    text = "rater\timage\trating\r\nr1\tx.png\t4\r\nr2\ty.png\t3\r\n"
    assert cells(written(tmp_path / "t.txt", text, encoding)) == TEXT_ROWS


def test_row_labels_of_pandas_are_no_column(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "a.csv")
    assert cells(tmp_path / "a.csv") == TEXT_ROWS
    pd.read_csv(tmp_path / "a.csv").to_csv(tmp_path / "b.csv")  # read and written again: a column `Unnamed: 0`
    assert cells(tmp_path / "b.csv") == TEXT_ROWS
    pd.read_csv(tmp_path / "a.csv").to_excel(tmp_path / "b.xlsx")
    assert cells(tmp_path / "b.xlsx") == ROWS
    FRAME.set_index(pd.Index([7, 9])).to_parquet(tmp_path / "c.parquet", index=True)
    assert cells(tmp_path / "c.parquet") == ROWS


@pytest.mark.parametrize("write", [pd.DataFrame.to_csv, pd.DataFrame.to_excel])
@pytest.mark.parametrize(
    "shape",
    [
        lambda frame: frame.pivot_table(values=["rating"], index="rater", columns="image"),
        lambda frame: frame.groupby("rater").agg({"rating": ["mean", "count"]}),
        lambda frame: frame.groupby("rater").agg({"rating": ["mean", "count"]}).rename_axis(None),
    ],
    ids=["pivot", "groups", "groups without a name"],
)
def test_columns_of_several_levels_are_named_for_what_they_are(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], None], shape: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    path = tmp_path / ("t.csv" if write is pd.DataFrame.to_csv else "t.xlsx")
    write(shape(FRAME), path)
    with pytest.raises(FileRejectedError, match="several lines of column names, as pandas writes"):
        cells(path)


def test_qualtrics_questions_and_import_ids_are_passed_over(tmp_path: Path) -> None:
    # Three heading lines: names, questions, import ids (Qualtrics, "Data export formats"; read the same way by
    # ropensci/qualtRics, R/read_survey.R, which skips the second and third line).
    text = (
        'ResponseId,rater,image,rating\nResponse ID,"Who are\nyou?",Picture,How do you like it?\n'
        '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3""}"\n'
        "R_1,r1,x.png,4\n"
    )
    (line,) = table_lines(path=written(tmp_path / "t.csv", text))
    assert line.cells == {"ResponseId": "R_1", "rater": "r1", "image": "x.png", "rating": "4"}
    assert line.number == 5


def test_a_row_with_a_cell_too_many_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "rater,image,rating\n1,x.png,3,5\n2,y.png,3,0\n")
    with pytest.raises(FileRejectedError, match=r"t\.csv, line 2: 4 cells under 3 columns; .*decimal points"):
        cells(path)


def filled(sheet: Worksheet, *rows: tuple[object, ...]) -> None:
    for row in rows:
        sheet.append(row)


def book(path: Path, **sheets: list[tuple[object, ...]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        filled(made.create_sheet(name), *rows)
    made.save(path)
    return path


HEAD = ("rater", "image", "rating")
FIRST, SECOND = ("r1", "x.png", 4), ("r2", "y.png", 3)


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_a_workbook_s_only_filled_sheet_is_read(tmp_path: Path, suffix: str) -> None:
    path = book(tmp_path / f"t{suffix}", Notes=[], Ratings=[HEAD, FIRST, SECOND])
    lines = list(table_lines(path=path))
    assert [line.cells for line in lines] == ROWS
    assert [line.number for line in lines] == [2, 3]


def test_of_several_sheets_one_has_to_be_named(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", Day1=[HEAD, FIRST], Day2=[HEAD, SECOND])
    with pytest.raises(
        ChoiceNeededError, match=r"t\.xlsx has several sheets: Day1, Day2; choose with --sheet"
    ) as caught:
        cells(path)
    assert (caught.value.option, caught.value.choices) == ("sheet", ("Day1", "Day2"))
    assert cells(path, sheet="Day2") == ROWS[1:]
    with pytest.raises(FileRejectedError, match="no sheet 'Day3'; it has Day1, Day2"):
        cells(path, sheet="Day3")


def test_a_hidden_sheet_is_not_asked_about(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", Ratings=[HEAD, FIRST, SECOND], Choices=[("a",)])
    made = openpyxl.load_workbook(path)
    made["Choices"].sheet_state = "hidden"
    made.save(path)
    assert cells(path) == ROWS


def test_cells_of_a_workbook_keep_their_kind(tmp_path: Path) -> None:
    moment = datetime.datetime(2026, 5, 3, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no time zones
    row = ("007", 12, 2.5, True, moment, "#N/A", None, "NA")
    path = book(tmp_path / "t.xlsx", S=[("a", "b", "c", "d", "e", "f", "g", "h"), row])
    (found,) = cells(path)
    assert found == {"a": "007", "b": 12, "c": 2.5, "d": True, "e": moment, "f": "", "g": "", "h": "NA"}
    assert isinstance(found["b"], int)


def test_a_workbook_of_the_old_kind_and_one_of_libreoffice_are_read(tmp_path: Path) -> None:
    old = xlwt.Workbook()
    sheet = old.add_sheet("Ratings")
    for place, row in enumerate((HEAD, FIRST, SECOND)):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    old.save(str(tmp_path / "t.xls"))
    assert cells(tmp_path / "t.xls") == ROWS
    FRAME.to_excel(tmp_path / "t.ods", index=False)
    assert cells(tmp_path / "t.ods") == ROWS


def test_a_cell_far_from_its_table_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", S=[HEAD, FIRST])
    made = openpyxl.load_workbook(path)
    made["S"]["XFD1048576"] = "x"
    made.save(path)
    with pytest.raises(FileRejectedError, match="too large to be read as a workbook; remove stray cells"):
        cells(path)


def test_a_workbook_cut_short_anywhere_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = book(tmp_path / "whole.xlsx", S=[HEAD, *[(f"r{row}", "x.png", row % 5) for row in range(200)]]).read_bytes()
    path = tmp_path / "t.xlsx"
    for end in range(5, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:end])
        with pytest.raises(FileRejectedError, match=r"t\.xlsx is damaged or no workbook"):
            cells(path)


def test_the_parts_of_a_folder_are_one_table(tmp_path: Path) -> None:
    FRAME[:1].to_csv(tmp_path / "a.csv", index=False)
    FRAME[1:].to_parquet(tmp_path / "b.parquet")
    assert cells(tmp_path) == [TEXT_ROWS[0], ROWS[1]]
    assert [table.columns for table in opened_tables(path=tmp_path)] == [HEAD, HEAD]
