"""A published set comes in with one command from the folder it was unpacked to: scale, raters, images and all."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from ratings.models import Dataset, DatasetImage, DatasetRater, DatasetRating
from ratings.tests.factories import make_picture
from ratings.tests.handing_in import DRAWN, linked

pytestmark = pytest.mark.django_db


def brought_in(folder: Path, layout: str) -> str:
    """Import a folder as somebody would, and give what was said."""
    out = StringIO()
    call_command("import_ratings", str(folder), "--dataset", "set", "--format", layout, stdout=out)
    return out.getvalue()


def stored() -> set[tuple[str, str, float, int]]:
    return set(DatasetRating.objects.values_list("rater__key", "dataset_image__key", "value", "count"))


def scale() -> tuple[float, float]:
    found = Dataset.objects.get()
    return found.scale_min, found.scale_max


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_para(tmp_path: Path) -> None:
    written(
        tmp_path / "annotation" / "PARA-Images.csv",
        "sessionId,imageName,userId,aestheticScore,qualityScore,compositionScore,colorScore,dofScore,contentScore,"
        "lightScore,isObjectEmphasis,imageEmotion,difficultyOfJudgment,contentPreference,willingnessToShare,semantic\n"
        "session1,iaa_pub1_.jpg,A1,3.5,3.2,3,3,3,3,3,0,content,0,3,3,portrait\n"
        "session2,iaa_pub1_.jpg,A2,2.0,2.2,3,3,3,3,3,0,content,0,3,3,food\n",
    )
    written(
        tmp_path / "annotation" / "PARA-UserInfo.csv",
        "userId,age,gender,EducationalLevel,artExperience,photographyExperience,personality-E,personality-A,"
        "personality-N,personality-O,personality-C\nA1,22_25,female,university,beginner,beginner,7,5,4,8,6\n",
    )
    for session, color in (("session1", "red"), ("session2", "blue")):
        make_picture(tmp_path / "imgs" / session / "iaa_pub1_.jpg", color=color, image_format="JPEG")
    assert "2 images" in brought_in(tmp_path, "para")
    assert scale() == (1, 5)
    assert stored() == {("A1", "session1/iaa_pub1_.jpg", 3.5, 1), ("A2", "session2/iaa_pub1_.jpg", 2.0, 1)}
    assert DatasetRater.objects.get(key="A1").attributes["personality-O"] == "8"
    portrait, food = DatasetImage.objects.order_by("key")
    assert (portrait.domain, food.domain) == ("portrait", "food")
    assert portrait.image != food.image
    assert DatasetRating.objects.get(rater__key="A2").dataset_image == food


# The heading of LAPIS and the names of its lists are facts from its co-author's reader:
# lwchen6309/aesthetics_transfer_learning, LAPIS_PIAA_dataloader.py and README.md at commit 7271851a4c4d.
def test_lapis(tmp_path: Path) -> None:
    traits = ",".join([*(f"VAIAK{number}" for number in range(1, 8)), *(f"2VAIAK{number}" for number in range(1, 5))])
    written(
        tmp_path / "annotation" / "LAPIS_individualratings_metaANDdemodata.csv",
        f"image_id,file,style,genre,participant_id,response,age,nationality,demo_gender,demo_edu,"
        f"demo_colorblind,{traits}\n"
        "7,abstract/klee.jpg,Expressionism,abstract,P1,73.0,34,british,female,Master,No,5,5,5,5,5,5,5,2,2,2,2\n"
        "8,abstract/marc.jpg,Expressionism,animal,P1,,34,british,female,Master,No,5,5,5,5,5,5,5,2,2,2,2\n",
    )
    make_picture(tmp_path / "images" / "klee.jpg", image_format="JPEG")
    assert "1 ratings by 1 raters" in brought_in(tmp_path, "lapis")
    assert scale() == (0, 100)
    assert stored() == {("P1", "abstract/klee.jpg", 73.0, 1)}
    attributes = DatasetRater.objects.get().attributes
    assert (attributes["demo_edu"], attributes["VAIAK7"], attributes["2VAIAK4"]) == ("Master", "5", "2")
    assert DatasetImage.objects.get().metadata == {"style": "Expressionism", "genre": "abstract"}


def test_lapis_keeps_its_published_parts_and_folds(tmp_path: Path) -> None:
    written(
        tmp_path / "annotation" / "LAPIS_individualratings_metaANDdemodata.csv",
        "image_id,file,style,genre,participant_id,response\n"
        "7,abstract/klee.jpg,Expressionism,abstract,101,73\n8,abstract/marc.jpg,Expressionism,animal,101,20\n"
        "9,abstract/macke.jpg,Expressionism,animal,102,55\n10,abstract/kubin.jpg,Expressionism,animal,102,5\n",
    )
    for part, name in (("Train", "klee.jpg"), ("Val", "macke.jpg"), ("Test", "marc.jpg")):
        written(tmp_path / "imageset" / f"{part}ImageSet.txt", f"{name}\n")
    for fold, rater in ((1, "102"), (2, "101")):
        written(tmp_path / "userset" / f"TestUserIDs_Fold{fold}.txt", f"{rater}\n")
    brought_in(tmp_path, "lapis")
    assert dict(DatasetRating.objects.values_list("dataset_image__key", "part")) == {
        "abstract/klee.jpg": "train",
        "abstract/marc.jpg": "test",
        "abstract/macke.jpg": "val",
        "abstract/kubin.jpg": "",
    }
    assert dict(DatasetRater.objects.values_list("key", "fold")) == {"101": 2, "102": 1}


def test_para_keeps_its_published_parts(tmp_path: Path) -> None:
    rows = "".join(f"session1,iaa_pub{number}_.jpg,A1,3.5,portrait\n" for number in (1, 2, 3))
    written(tmp_path / "annotation" / "PARA-Images.csv", "sessionId,imageName,userId,aestheticScore,semantic\n" + rows)
    # PARA-GiaaTrain lists validation images, too (PARA_PIAA_dataloader.py of the reader named above)
    for name, images in (("PARA-GiaaTrain", (1, 2)), ("PARA-GiaaTest", (3,))):
        listed = "".join(f"iaa_pub{number}_.jpg,session1,portrait\n" for number in images)
        written(tmp_path / "annotation" / f"{name}.csv", "imageName,sessionId,semantic\n" + listed)
    written(tmp_path / "validation_images.txt", "iaa_pub2_.jpg\n")
    written(tmp_path / "userset" / "TestUserIDs_Fold3.txt", "A1\n")
    brought_in(tmp_path, "para")
    assert dict(DatasetRating.objects.values_list("dataset_image__key", "part")) == {
        "session1/iaa_pub1_.jpg": "train",
        "session1/iaa_pub2_.jpg": "val",
        "session1/iaa_pub3_.jpg": "test",
    }
    assert DatasetRater.objects.get().fold == 3


def test_flickr_aes(tmp_path: Path) -> None:
    written(
        tmp_path / "FLICKR-AES_image_labeled_by_each_worker.csv",
        " worker, imagePair, score\nA1LZ, farm1_262_b.jpg, 4\nA2XX, farm1_gone_b.jpg, 2\n",
    )
    make_picture(tmp_path / "40K" / "farm1_262_b.jpg", image_format="JPEG")
    assert "1 rated images without a file" in brought_in(tmp_path, "flickr-aes")
    assert scale() == (1, 5)
    assert stored() == {("A1LZ", "farm1_262_b.jpg", 4.0, 1), ("A2XX", "farm1_gone_b.jpg", 2.0, 1)}


def test_eva(tmp_path: Path) -> None:
    written(
        tmp_path / "data" / "votes_filtered.csv",
        "image_id=user_id=score=difficulty=visual=composition=quality=semantic=vote_time=1=2=3=4\n"
        "10261=E1=8=3=3=3=3=3=12=1=0=0=1\n10261=E2=0=1=2=2=2=2=9=0=0=1=0\n",
    )
    written(
        tmp_path / "data" / "users.csv", "id=age=region=photographic_level_id=gender_id=eyecheck\nE1=1990=12=1=2=0\n"
    )
    written(tmp_path / "data" / "image_content_category.csv", '"image_id","category"\n"10261","5"\n')
    make_picture(tmp_path / "images" / "EVA_together" / "10261.jpg", image_format="JPEG")
    brought_in(tmp_path, "eva")
    assert scale() == (0, 10)
    assert stored() == {("E1", "10261", 8.0, 1), ("E2", "10261", 0.0, 1)}
    assert DatasetRater.objects.get(key="E1").attributes["photographic_level_id"] == "1"
    assert DatasetImage.objects.get().domain == "still life"


def test_ava(tmp_path: Path) -> None:
    written(tmp_path / "AVA.txt", "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n")
    written(tmp_path / "tags.txt", "1 Abstract\n22 Black and White\n")
    written(tmp_path / "challenges.txt", "1396 At the Seaside\n")
    make_picture(tmp_path / "images" / "953619.jpg", image_format="JPEG")
    brought_in(tmp_path, "ava")
    assert scale() == (1, 10)
    votes = {2: 1, 3: 5, 4: 17, 5: 38, 6: 36, 7: 15, 8: 6, 9: 5, 10: 1}
    assert stored() == {("population", "953619", float(value), count) for value, count in votes.items()}
    assert DatasetRater.objects.get().is_population
    assert DatasetImage.objects.get().metadata == {
        "tags": ["Abstract", "Black and White"],
        "challenge": "At the Seaside",
    }


def test_pamela(tmp_path: Path) -> None:
    def row(participant: str, image: str, score: int, **metadata: Any) -> dict[str, Any]:
        return {
            "participant_id": participant,
            "image_id": 1,
            "image_path": f"./images/{image}",
            "original_score": score,
            "participant_metadata": {"age": 31, "gender": "female", "nationality": "Belgium"},
            "image_metadata": metadata,
        }

    art = {"group": "portrait", "style": "Cubism", "type": "Art", "prompt": "a sailor", "model": "Flux 2"}
    splits = {
        "pamela_train": [row("p1", "a.png", 4, **art), row("p1", "b.png", 2, group="food", style=None)],
        "pamela_test_unseen": [row("p2", "a.png", 5, **art)],
    }
    for name, rows in splits.items():
        written(tmp_path / "annotations" / f"{name}.json", json.dumps(rows, indent=1))
    for name, color in (("a.png", "red"), ("b.png", "blue")):
        make_picture(tmp_path / "images" / name, color=color)
    brought_in(tmp_path, "pamela")
    assert scale() == (1, 5)
    assert {row[:3] for row in stored()} == {
        ("p1", "images/a.png", 4.0),
        ("p1", "images/b.png", 2.0),
        ("p2", "images/a.png", 5.0),
    }
    assert DatasetRater.objects.get(key="p2").attributes == {"age": 31, "gender": "female", "nationality": "Belgium"}
    assert set(DatasetRating.objects.values_list("rater__key", "part")) == {
        ("p1", "pamela_train"),
        ("p2", "pamela_test_unseen"),
    }
    image = DatasetImage.objects.get(prompt="a sailor")
    assert (image.generator, image.domain) == ("Flux 2", "portrait")
    assert image.metadata == {"style": "Cubism", "type": "Art"}


# Columns as a reader of the release's annotations takes them (build_pamela_index.py of a public project that builds on
# PAMELA.zip: participant_id, image_id, original_score, image_metadata with group, style and type), in shards as
# datasets' `push_to_hub` names and writes them: {"bytes", "path"} for each picture, once more in every row.
@pytest.mark.parametrize("named", [True, False])
def test_pamela_as_shards_with_its_pictures_in_every_row(tmp_path: Path, named: bool) -> None:  # noqa: FBT001
    pictures = {1: DRAWN["red"], 2: DRAWN["blue"], 3: b"\x89PNG\r\n\x1a\n" + bytes(100)}

    def row(participant: str, image: int, score: int) -> dict[str, Any]:
        return {
            "image": {"bytes": pictures[image], "path": f"{image:04d}.png" if named else None},
            "image_id": image,
            "participant_id": participant,
            "original_score": score,
            "participant_metadata": {"age": 31, "gender": "female", "nationality": "Belgium"},
            "image_metadata": {"group": "portrait", "style": None, "type": "Photorealism"},
        }

    shards = {
        "pamela_train-00000-of-00002": [row("p1", 1, 4), row("p2", 1, 2), row("p1", 2, 3)],
        "pamela_train-00001-of-00002": [row("p2", 2, 5), row("p1", 3, 1)],
        "pamela_test_unseen-00000-of-00001": [row("p3", 1, 5)],
    }
    (tmp_path / "data").mkdir()
    for name, rows in shards.items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data" / f"{name}.parquet")
    said = StringIO()
    call_command(
        "import_ratings", str(tmp_path), "--dataset", "set", "--format", "pamela", stdout=said, stderr=said
    )  # fmt: skip
    names = {image: f"{image:04d}.png" if named else str(image) for image in pictures}
    assert stored() == {
        ("p1", names[1], 4.0, 1),
        ("p2", names[1], 2.0, 1),
        ("p1", names[2], 3.0, 1),
        ("p2", names[2], 5.0, 1),
        ("p1", names[3], 1.0, 1),
        ("p3", names[1], 5.0, 1),
    }
    assert set(DatasetRating.objects.filter(rater__key="p3").values_list("part", flat=True)) == {"pamela_test_unseen"}
    assert "5 of 6 ratings can teach a model: 2 of 3 images have a picture here. Without one: " in said.getvalue()
    assert said.getvalue().count("rejected ") == 1
    assert "the file is damaged or cut short" in said.getvalue()
    assert linked()[names[2]] == "blue"
    image = DatasetImage.objects.get(key=names[1])
    assert (image.domain, image.metadata) == ("portrait", {"type": "Photorealism"}), "and nothing of any rater"


def test_label_studio_uploads_get_their_own_names_back_and_empty_annotations_say_nothing(tmp_path: Path) -> None:
    tasks = [
        {
            "id": 1,
            "data": {"image": "/data/upload/3/42d46c4c-red.png", "prompt": "red"},
            "annotations": [
                {"completed_by": 5, "result": [{"type": "rating", "value": {"rating": 4}}]},
                {"completed_by": 6, "result": []},
            ],
        },
        {"id": 2, "data": {"image": "blue.png"}, "annotations": []},
    ]
    path = written(tmp_path / "export.json", json.dumps(tasks))
    make_picture(tmp_path / "images" / "red.png")
    call_command(
        "import_ratings", str(path), "--dataset", "set", "--format", "label-studio", "--scale", "1", "5",
        stdout=StringIO(),
    )  # fmt: skip
    assert stored() == {("5", "red.png", 4.0, 1)}
    assert DatasetImage.objects.get().prompt == "red"


@pytest.mark.parametrize("layout", ["tidy", "label-studio"])
def test_what_has_no_scale_of_its_own_asks_for_one(tmp_path: Path, layout: str) -> None:
    path = written(tmp_path / "ratings.csv", "rater,image,rating\na,b,3\n")
    with pytest.raises(CommandError, match="give the lowest and the highest value") as caught:
        call_command("import_ratings", str(path), "--dataset", "set", "--format", layout)
    assert caught.value.returncode == 2


def test_a_folder_without_the_file_names_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"annotation/PARA-Images"):
        call_command("import_ratings", str(tmp_path), "--dataset", "set", "--format", "para")
