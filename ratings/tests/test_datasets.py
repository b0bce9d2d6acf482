"""Ratings from elsewhere come in whole, once, from every published layout; a wrong row changes nothing."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ratings.exceptions import ConflictError, FileRejectedError
from ratings.models import AuditEntry, Dataset, DatasetImage, DatasetRater, DatasetRating
from ratings.services.datasets import DatasetReport, Source, import_ratings
from ratings.tests.factories import make_picture
from ratings.tests.picture_files import RGBA, animation, fading, png_file

pytestmark = pytest.mark.django_db

TIDY = "rater,image,rating\nann,red.png,1\nann,blue.png,5\nbob,red.png,3\nann,red.png,2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ratings.csv").write_text(TIDY)
    return tmp_path


def run(path: Path, *, layout: str = "tidy", scale: tuple[float, float] = (1, 5), name: str = "set") -> DatasetReport:
    source = Source(path=path, layout=layout, scale_min=scale[0], scale_max=scale[1])
    return import_ratings(name=name, source=source)


def stored() -> set[tuple[str, str, int, float, int]]:
    rows = DatasetRating.objects.values_list("rater__key", "dataset_image__key", "ordinal", "value", "count")
    return set(rows)


def test_a_tidy_file_comes_in_with_repeats_numbered(folder: Path) -> None:
    report = run(folder / "ratings.csv")
    assert (report.rows, report.added, report.raters) == (4, 4, 2)
    assert stored() == {
        ("ann", "red.png", 0, 1.0, 1),
        ("ann", "red.png", 1, 2.0, 1),
        ("ann", "blue.png", 0, 5.0, 1),
        ("bob", "red.png", 0, 3.0, 1),
    }


def test_running_twice_changes_nothing(folder: Path) -> None:
    run(folder / "ratings.csv")
    again = run(folder)
    assert (again.added, again.changed) == (0, 0)
    assert DatasetRating.objects.count() == 4


def test_pictures_beside_the_file_are_taken_in_and_linked(folder: Path) -> None:
    run(folder)
    assert not DatasetRating.objects.filter(dataset_image__image__isnull=False).exists()
    for color in ("red", "blue"):
        make_picture(folder / "images" / f"{color}.png", color=color)
    (folder / "images.csv").write_text("image,prompt\nred.png,a red field\n")
    report = run(folder)
    assert (report.added, report.linked, report.images, report.completed) == (0, 2, 2, 1)
    assert DatasetRating.objects.filter(dataset_image__key="red.png", dataset_image__image__isnull=False).count() == 3
    assert DatasetImage.objects.get(key="red.png").prompt == "a red field"


def test_each_set_keeps_what_it_says_of_a_picture_and_what_it_says_first(tmp_path: Path) -> None:
    for name, prompt in (("one", "a draft"), ("other", "the final text")):
        make_picture(tmp_path / name / "images" / f"{name}.png", color="red")
        (tmp_path / name / "ratings.csv").write_text(f"rater,image,rating,prompt\nann,{name}.png,3,{prompt}\n")
        run(tmp_path / name, name=name)
    (tmp_path / "one" / "ratings.csv").write_text("rater,image,rating,prompt,domain\nann,one.png,3,another text,art\n")
    assert run(tmp_path / "one", name="one").completed == 1
    assert set(DatasetImage.objects.values_list("key", "prompt", "domain")) == {
        ("one.png", "a draft", "art"),
        ("other.png", "the final text", ""),
    }
    assert DatasetImage.objects.values("image").distinct().count() == 1


def test_raters_beside_the_file_are_described(folder: Path) -> None:
    (folder / "raters.csv").write_text("rater;age;likes\nann;30-44;\nbob;;cats\n")
    run(folder)
    assert dict(DatasetRater.objects.values_list("key", "attributes")) == {
        "ann": {"age": "30-44"},
        "bob": {"likes": "cats"},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rater,image,rating\nann,a.png,9\n", r"line 2, rating = '9': the scale is 1 to 5"),
        ("rater,image,rating\nann,a.png,good\n", r"line 2, rating = 'good': write a number"),
        ("rater,image,rating\nann,a.png,\n", r"holds no ratings; .* rows without a rating: 1 \('line 2'\)"),
        ("rater,image,rating\n,a.png,3\n", r"line 2, rater = '': it is blank"),
        ("rater,rating\nann,3\n", "no column 'image'"),
        ("rater,image,rating\n", "holds no ratings"),
        ("", "is empty"),
        ('rater,image,rating\nann,"a.png,3\n', "check the quotes"),
        ("rater,image,rating\nann,a.png,3,4\n", "4 cells under 3 columns"),
        ("rater,rater,image,rating\n", "column 'rater' twice"),
    ],
)
def test_wrong_rows_are_named_and_nothing_is_imported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "ratings.csv").write_text(text)
    with pytest.raises(FileRejectedError, match=message):
        run(tmp_path)
    assert not Dataset.objects.exists()


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_bytes("rater,image,rating\nJürgen,a.png,3\n".encode("latin-1"))
    with pytest.raises(FileRejectedError, match="not UTF-8"):
        run(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_spreadsheet_dialects_are_understood(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "ratings.csv").write_bytes("Rater;Image;Rating\r\nJürgen;a.png;2,5\r\n\r\n".encode(encoding))
    run(tmp_path)
    assert stored() == {("Jürgen", "a.png", 0, 2.5, 1)}


def test_json_lines_with_a_broken_line_are_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "ratings.jsonl"
    path.write_text('{"rater": "ann", "image": "a", "rating": 3}\n{"rater": \n')
    with pytest.raises(FileRejectedError, match="line 2: not JSON"):
        run(path)


def test_a_rated_image_without_a_file_is_refused(folder: Path) -> None:
    make_picture(folder / "images" / "red.png")
    with pytest.raises(FileRejectedError, match=r"1 rated images have no file under .*'blue.png'"):
        run(folder)
    assert not Dataset.objects.exists()


def test_a_file_named_with_other_capital_letters_is_pointed_out(folder: Path) -> None:
    make_picture(folder / "images" / "red.png")
    make_picture(folder / "images" / "Blue.PNG")
    with pytest.raises(FileRejectedError, match=r"blue\.png: 'images/Blue\.PNG' is there, with other capital letters"):
        run(folder)
    assert not Dataset.objects.exists()


def test_another_scale_is_refused(folder: Path) -> None:
    run(folder)
    with pytest.raises(ConflictError, match="has the scale 1 to 5"):
        run(folder, scale=(1, 7))


def test_para_is_read_in_its_published_layout(tmp_path: Path) -> None:
    (tmp_path / "PARA-Images.csv").write_text(
        "sessionId,imageName,userId,aestheticScore,qualityScore,semantic\n"
        "session1,iaa_pub1_.jpg,A1,3.5,3.2,portrait\nsession2,iaa_pub1_.jpg,A2,2.0,2.2,food\n"
    )
    (tmp_path / "PARA-UserInfo.csv").write_text(
        "userId,age,gender,EducationalLevel,artExperience,personality-E\nA1,22_25,female,university,beginner,7\n"
    )
    run(tmp_path / "PARA-Images.csv", layout="para")
    assert stored() == {
        ("A1", "session1/iaa_pub1_.jpg", 0, 3.5, 1),
        ("A2", "session2/iaa_pub1_.jpg", 0, 2.0, 1),
    }
    assert DatasetRater.objects.get(key="A1").attributes["EducationalLevel"] == "university"


def test_lapis_is_read_in_its_published_layout(tmp_path: Path) -> None:
    (tmp_path / "LAPIS_PIAA.csv").write_text(
        "participant_id,image_filename,response,age,nationality,demo_gender,VAIAK1,style\n"
        "P1,abstract/kandinsky.jpg,73.0,34,british,female,5,Expressionism\nP1,abstract/klee.jpg,,34,british,female,5,\n"
    )
    report = run(tmp_path / "LAPIS_PIAA.csv", layout="lapis", scale=(0, 100))
    assert stored() == {("P1", "abstract/kandinsky.jpg", 0, 73.0, 1)}
    assert report.rows == 1
    assert DatasetRater.objects.get().attributes == {
        "age": "34",
        "nationality": "british",
        "demo_gender": "female",
        "VAIAK1": "5",
    }


def test_flickr_aes_is_read_in_its_published_layout(tmp_path: Path) -> None:
    path = tmp_path / "FLICKR-AES_image_labeled_by_each_worker.csv"
    path.write_text(" worker, imagePair, score\nA1LZ, farm1_262_b.jpg, 4\nA2XX, farm1_262_b.jpg, 2\n")
    run(path, layout="flickr-aes")
    assert stored() == {("A1LZ", "farm1_262_b.jpg", 0, 4.0, 1), ("A2XX", "farm1_262_b.jpg", 0, 2.0, 1)}


def test_eva_is_read_in_its_published_layout(tmp_path: Path) -> None:
    (tmp_path / "votes_filtered.csv").write_text(
        "image_id=user_id=score=difficulty=visual=composition=quality=semantic=vote_time\n"
        "10261=E1=8=3=3=3=3=3=12\n10261=E2=0=1=2=2=2=2=9\n"
    )
    (tmp_path / "users.csv").write_text("id=age=region=gender_id\nE1=1990=12=2\n")
    run(tmp_path / "votes_filtered.csv", layout="eva", scale=(0, 10))
    assert stored() == {("E1", "10261", 0, 8.0, 1), ("E2", "10261", 0, 0.0, 1)}
    assert DatasetRater.objects.get(key="E1").attributes == {"age": "1990", "region": "12", "gender_id": "2"}


def test_ava_becomes_population_data_and_comes_in_once(tmp_path: Path) -> None:
    path = tmp_path / "AVA.txt"
    path.write_text("1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n2 953958 10 7 15 26 26 21 10 8 1 2 15 21 1396\n")
    run(path, layout="ava", scale=(1, 10))
    run(path, layout="ava", scale=(1, 10))
    assert DatasetRater.objects.get().is_population
    votes = DatasetRating.objects.filter(dataset_image__key="953619").values_list("value", "count")
    expected = {2: 1, 3: 5, 4: 17, 5: 38, 6: 36, 7: 15, 8: 6, 9: 5, 10: 1}
    assert dict(votes) == expected


def test_a_release_of_this_kind_of_study_is_read_with_its_raters_and_prompts(tmp_path: Path) -> None:
    rows = [
        {"user_id": "u1", "image": "a.png", "score": 4, "prompt": "a lake", "model": "flux", "age": "25", "gender": "f"}
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    run(path, layout="pamela")
    assert stored() == {("u1", "a.png", 0, 4.0, 1)}
    assert DatasetRater.objects.get().attributes == {"age": "25", "gender": "f"}


def test_label_studio_is_read_as_it_is_exported(tmp_path: Path) -> None:
    def annotation(by: object, value: dict[str, object], **more: object) -> dict[str, object]:
        return {"completed_by": by, "result": [{"type": "rating", "value": value}], **more}

    tasks = [
        {
            "id": 1,
            "data": {"image": "/data/local-files/?d=set/red.png", "prompt": "red"},
            "annotations": [
                annotation({"id": 7, "email": "ann@example.org"}, {"rating": 4}),
                annotation(8, {"choices": ["2"]}),
                annotation(9, {"rating": 1}, was_cancelled=True),
            ],
        }
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    run(path, layout="label-studio")
    assert stored() == {("7", "red.png", 0, 4.0, 1), ("8", "red.png", 0, 2.0, 1)}


def test_the_command_imports_and_refuses_with_code_2(folder: Path) -> None:
    out = StringIO()
    arguments = [str(folder / "ratings.csv"), "--dataset", "set", "--scale", "1", "5"]
    call_command("import_ratings", *arguments, stdout=out)
    assert "set: 4 ratings by 2 raters read: 4 added" in out.getvalue()
    assert AuditEntry.objects.get(action="import-ratings").detail == {"added": 4, "changed": 0}
    with pytest.raises(CommandError, match="There is no file") as caught:
        call_command("import_ratings", str(folder / "none.csv"), "--dataset", "set", "--scale", "1", "5")
    assert caught.value.returncode == 2
    with pytest.raises(CommandError, match="no name for a dataset"):
        call_command("import_ratings", *arguments[:1], "--dataset", "a b", "--scale", "1", "5")


def test_of_many_pictures_refused_fifty_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(52)]
    (tmp_path / "images").mkdir()
    for name in names:
        (tmp_path / "images" / name).write_text(f"no picture called {name}")
    rows = "".join(f"ann,{name},3\n" for name in names)
    (tmp_path / "ratings.csv").write_text(f"rater,image,rating\n{rows}")
    said = StringIO()
    arguments = [str(tmp_path / "ratings.csv"), "--dataset", "set", "--scale", "1", "5"]
    call_command("import_ratings", *arguments, stdout=StringIO(), stderr=said)
    assert said.getvalue().count("rejected ") == 50
    assert "and 2 more" in said.getvalue()


def test_a_set_gathered_from_the_web_may_lack_pictures_and_says_how_many(tmp_path: Path) -> None:
    path = tmp_path / "AVA.txt"
    path.write_text("1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n2 953958 10 7 15 26 26 21 10 8 1 2 15 21 1396\n")
    make_picture(tmp_path / "images" / "953619.jpg", image_format="JPEG")
    report = run(path, layout="ava", scale=(1, 10))
    assert (report.images, report.without_file) == (1, 1)
    assert "1 rated images without a file" in report.summary
    assert not DatasetRating.objects.filter(dataset_image__key="953958", dataset_image__image__isnull=False).exists()
    path.write_text(path.read_text().replace("9536", "1536").replace("9539", "1539"))  # none of them known
    with pytest.raises(FileRejectedError, match="2 rated images have no file"):
        run(path, layout="ava", scale=(1, 10), name="again")


def test_pictures_beside_ratings_that_are_flattened_are_counted_and_named(folder: Path) -> None:
    (folder / "images").mkdir()
    (folder / "images" / "red.png").write_bytes(animation(fading(1.0, 0.5), "PNG"))
    (folder / "images" / "blue.png").write_bytes(png_file((0, 0, 255, 9), colour_type=RGBA))
    out = StringIO()
    call_command("import_ratings", str(folder), "--dataset", "set", "--scale", "1", "5", stdout=out)
    assert "1 animated file: the first frame is used: red.png\n" in out.getvalue()
    assert "1 file with transparency: laid on white: blue.png\n" in out.getvalue()
