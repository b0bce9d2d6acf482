"""Every table of a tidy set means its pictures by the same rules, and says which rows mean none."""

import unicodedata
from pathlib import Path

import pytest

from scoring.pipeline.experiments.tidy import TidyError, read_split
from scoring.pipeline.experiments.tidy_images import find_pictures, in_rated_names


def folder_with(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def found(folder: Path, *names: str, others: tuple[str, ...] = ()) -> list[str]:
    pictures = find_pictures(folder, names, others=others, asked_by=folder / "s.csv")
    return [file.relative_to(folder / "images").as_posix() for file in pictures.files]


def test_pictures_are_found_with_or_without_suffix_and_only_inside_the_folder(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "set", "x.jpg", "y.png")
    (tmp_path / "secret.jpg").touch()
    assert found(folder, "x.jpg", "y") == ["x.jpg", "y.png"]
    with pytest.raises(TidyError, match=r"names \.\./secret\.jpg, which is not in"):
        found(folder, "../secret.jpg")


def test_pictures_in_subfolders_are_found_by_path_or_by_a_name_that_only_one_file_has(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a/x.jpg", "b/x.jpg", "b/y.png", "v1.2.png")
    assert found(folder, "a/x.jpg", "b/x", "y.png", "v1.2") == ["a/x.jpg", "b/x.jpg", "b/y.png", "v1.2.png"]
    with pytest.raises(TidyError, match=r"names x: it could mean 'images/a/x\.jpg' or 'images/b/x\.jpg'; write the"):
        found(folder, "x")


# pandas on Windows, `find .`, macOS' decomposed letters, a browser's `%20`, and a path of another computer.
@pytest.mark.parametrize(
    "name",
    [
        "a\\Mü 1.png",
        "./a/Mü 1.png",
        unicodedata.normalize("NFD", "a/Mü 1.png"),
        "a/M%C3%BC%201.png",
        "C:\\set\\a\\Mü 1.png",
    ],
)
def test_any_spelling_of_a_path_is_understood(tmp_path: Path, name: str) -> None:
    assert found(folder_with(tmp_path, "a/Mü 1.png", "b/other.png"), name) == ["a/Mü 1.png"]


def test_a_picture_that_another_rated_image_is_called_after_is_never_taken(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "old/001.png")
    assert found(folder, "001.png") == ["old/001.png"]
    with pytest.raises(TidyError, match=r"names new/001\.png, which is not in"):
        found(folder, "new/001.png")
    with pytest.raises(TidyError, match=r"names new/001\.png: only 'images/old/001\.png' is called so"):
        found(folder, "new/001.png", others=("old/001.png",))


def test_the_table_of_images_is_joined_by_file_and_what_is_left_is_named(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a/1.png", "b/1.png", "c/2.png")
    (folder / "images.csv").write_text(
        "image,prompt,style\na\\1.png,one,oil\n2.png,two,ink\n1.png,lost,\nz.png,lost,\n"
    )
    pictures = find_pictures(folder, ("a/1.png", "b/1.png", "c/2.png"), others=(), asked_by=folder / "s.csv")
    assert pictures.prompts == ("one", "", "two")
    assert pictures.categories(skip=("prompt",)) == {"style": ("oil", "", "ink")}
    assert pictures.notes == ("rows of images.csv that mean no picture for certain: 2 ('z.png', '1.png')",)


def test_a_split_may_write_percent_signs_where_the_ratings_do_not(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("rater,image,role\na,my%20cat.png,train\na,new%20one.png,query\n")
    split = in_rated_names(read_split(path), rated={"my cat.png"}, path=path)
    assert split.pairs["train"] == (("a", "my cat.png"),)
    assert split.written["a", "my cat.png"] == ("a", "my%20cat.png")
    assert split.images == ("my cat.png", "new%20one.png")


def test_a_split_never_takes_the_rating_of_an_image_that_only_sounds_alike(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("rater,image,role\na,new/1.png,train\na,2.png,query\n")
    split = in_rated_names(read_split(path), rated={"old/1.png"}, path=path)
    assert split.pairs["train"] == (("a", "new/1.png"),)
