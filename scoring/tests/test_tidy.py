"""Reading a tidy set: every complaint is one sentence with file, line or column, and the fix."""

from pathlib import Path

import pytest

from scoring.pipeline.experiments import tidy
from scoring.pipeline.experiments.tidy import TidyError


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "split.csv", "\ufeffrater,image,role\r\na,x.jpg,train\r\na,y.jpg,query\r\n")
    assert tidy.read_split(path).pairs["query"] == (("a", "y.jpg"),)


def test_rows_of_other_roles_are_ignored(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "image,rater,role,note\nx,a,train,\ny,a,query,\nz,a,spare,hm\n")
    split = tidy.read_split(path)
    assert split.images == ("x", "y")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rater,picture,role\na,x,train\n", r"s\.csv has no column 'image' \(its columns: rater, picture, role\)"),
        ("rater,image\na,x\n", r"s\.csv has no column 'role' \(its columns: rater, image\); add it"),
        ("rater,image,role\na,x,train\n", r"column role never says query"),
        ("rater,image,role\na,x,query\n", r"column role never says train"),
        ("rater,image,role\na,,train\n", r"line 2: column image is empty"),
        ("rater,image,role\na,x,train\na,x,query\n", r"line 3: column role says query .* train above"),
    ],
)
def test_a_split_that_cannot_be_used_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(TidyError, match=sentence) as caught:
        tidy.read_split(write(tmp_path / "s.csv", text))
    assert "s.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_binary_is_named(tmp_path: Path) -> None:
    with pytest.raises(TidyError, match=r"There is no file .*none\.csv; check the path"):
        tidy.read_split(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"rater,image,role\n\xff\xfe\x00\x01")
    with pytest.raises(TidyError, match=r"bad\.csv, after line 1: not UTF-8 text"):
        tidy.read_split(tmp_path / "bad.csv")


def test_several_ratings_by_one_rater_of_one_image_are_averaged(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,1\na,y,5\na,x,4\n")
    assert tidy.read_ratings(path, [("a", "x")]) == {("a", "x"): 2.5}


def test_a_rating_that_nobody_asked_for_is_never_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,1\na,y,secret\n")
    assert tidy.read_ratings(path, [("a", "x")]) == {("a", "x"): 1.0}


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("good", "says 'good': write a number"),
        ("inf", "says 'inf': write a number"),
        ("1_0", "says '1_0': write a number"),
        ("nan", "is blank; write a number"),
        ("", "is blank; write a number"),
    ],
)
def test_a_rating_that_is_no_number_is_named_with_its_line(tmp_path: Path, cell: str, sentence: str) -> None:
    path = write(tmp_path / "r.csv", f"rater,image,rating\na,x,1\na,y,{cell}\n")
    with pytest.raises(TidyError, match=rf"r\.csv, line 3: column rating {sentence}"):
        tidy.read_ratings(path, [("a", "y")])


def test_decimal_commas_without_quotes_are_refused_and_never_cut_short(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,3,5\na,y,3,0\n")
    with pytest.raises(TidyError, match=r"r\.csv, line 2: 4 cells under 3 columns"):
        tidy.read_ratings(path, [("a", "x")])


def test_a_spreadsheet_s_semicolons_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater;image;rating\na;x;3,5\na;y;1,000\n")
    assert tidy.read_ratings(path, [("a", "x"), ("a", "y")]) == {("a", "x"): 3.5, ("a", "y"): 1.0}


def test_how_a_query_rating_is_written_decides_nothing_before_the_prediction(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater;image;rating\na;x;1,000\na;y;2,5\n")
    with pytest.raises(TidyError, match=r"line 2: column rating says '1,000': it can mean 1000 or 1"):
        tidy.read_ratings(path, [("a", "x")])


def test_a_rating_that_the_split_needs_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,1\n")
    with pytest.raises(TidyError, match="no rating of image y by rater a"):
        tidy.known_ratings(path, [("a", "y")], tmp_path / "s.csv")


def test_images_are_named_in_normal_form_and_remembered_as_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "rater,image,role\na,set\\x.jpg,train\na,./set/y.jpg,query\n")
    split = tidy.read_split(path)
    assert split.images == ("set/x.jpg", "set/y.jpg")
    assert split.written["a", "set/y.jpg"] == ("a", "./set/y.jpg")
    assert tidy.rated_images(path) == {"set/x.jpg": "set\\x.jpg", "set/y.jpg": "./set/y.jpg"}


def test_two_spellings_of_one_image_have_one_role(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "rater,image,role\na,s\\x.jpg,train\na,s/x.jpg,query\n")
    with pytest.raises(TidyError, match=r"line 3: column role says query .* train above"):
        tidy.read_split(path)


def test_an_empty_answer_is_none_and_a_word_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,\na,y,2\na,z,?\n")
    assert tidy.read_answers(path, [("a", "x"), ("a", "y")]) == {("a", "y"): 2.0}
    with pytest.raises(TidyError, match=r"line 4: column rating says '\?'"):
        tidy.read_answers(path, [("a", "z")])


def test_repeats_pass_over_rows_that_hold_no_number(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "rater,image,rating\na,x,1\na,x,?\na,x,3\nb,x,\nb,x,2\n")
    assert tidy.read_repeats(path) == {("a", "x"): (1.0, 3.0)}


def test_blanks_around_column_names_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "rater, image ,role\na,x,train\na,y,query\n")
    assert tidy.read_split(path).images == ("x", "y")


def test_a_column_of_many_numbers_is_banded_and_unknown_cells_stay_unknown(tmp_path: Path) -> None:
    rows = "".join(f"r{age},{age},x\n" for age in range(20, 50))
    path = write(tmp_path / "raters.csv", "rater,age,kind\n" + rows)
    names = [*(f"r{age}" for age in range(20, 50)), "nobody"]
    found = tidy.read_categories(path, "rater", names)
    assert found["age"][::6] == ("band 0", "band 1", "band 2", "band 3", "band 4", "")
    assert found["kind"] == ("x",) * 30 + ("",)
