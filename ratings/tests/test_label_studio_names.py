"""Images of Label Studio are named by their addresses: each by itself, and the same in every export."""

import json
from pathlib import Path

import pytest

from ratings.models import DatasetImage
from ratings.tests.handing_in import COLORS, DRAWN, linked, ratings_in, values, written

pytestmark = pytest.mark.django_db

# label-studio: data_import/models.py (`upload_name_generator`: eight digits of a UUID and a hyphen),
# io_storages/s3 (s3://bucket/key), io_storages/localfiles (`/data/local-files/?d=`, with the host before it),
# io_storages/proxy_api.py (`/tasks/<id>/resolve/?fileuri=` and base64).
SAME_NAMES = {
    "s3://bucket/model-a/001.png": "model-a/001.png",
    "/tasks/7/resolve/?fileuri=czM6Ly9idWNrZXQvbW9kZWwtYi8wMDEucG5n": "model-b/001.png",
    "http://localhost:8080/data/local-files/?d=model-c/001.png": "model-c/001.png",
    "/data/upload/1/0a1b2c3d-001.png": "0a1b2c3d-001.png",
    "http://localhost:8080/data/upload/1/9f8e7d6c-001.png": "9f8e7d6c-001.png",
}


def export(path: Path, addresses: list[str], first: int = 1) -> Path:
    """Write an export as label-studio's JSON converter does: one annotation of one rating for each task.

    The tasks are numbered from `first`, and each is rated by its number: a task keeps its number in every export.
    """
    tasks = [
        {
            "id": number,
            "data": {"image": address},
            "annotations": [
                {
                    "id": 10 + number,
                    "completed_by": 1,
                    "was_cancelled": False,
                    "result": [
                        {"type": "rating", "from_name": "quality", "to_name": "image", "value": {"rating": number}}
                    ],
                }
            ],
        }
        for number, address in enumerate(addresses, start=first)
    ]
    path.write_text(json.dumps(tasks))
    return path


def test_five_tasks_of_one_file_name_are_five_images(tmp_path: Path) -> None:
    ratings_in(export(tmp_path / "export.json", list(SAME_NAMES)), "--format", "label-studio")
    assert values() == {key: float(number) for number, key in enumerate(SAME_NAMES.values(), start=1)}


def test_pictures_that_stayed_on_the_server_are_named_and_the_others_linked(tmp_path: Path) -> None:
    written(
        tmp_path / "images", {f"model-{name}/001.png": DRAWN[color] for name, color in zip("ab", COLORS, strict=False)}
    )
    said = ratings_in(export(tmp_path / "export.json", list(SAME_NAMES)), "--format", "label-studio")
    assert "3 rated images without a file" in said
    assert "0a1b2c3d-001.png: it could mean 'images/model-a/001.png' or 'images/model-b/001.png'" in said
    assert {key for key, name in linked().items() if name} == {"model-a/001.png", "model-b/001.png"}


# label-studio-converter pull 172, label-studio issue 1266: `%20`; boto3's generate_presigned_url: a signature with `/`.
ENCODED = {
    "/data/upload/1/0a1b2c3d-my%20cat.png": "my cat.png",
    "https://bucket.s3.amazonaws.com/b.png?X-Amz-Expires=60&X-Amz-Signature=abc/def": "b.png",
    "http://localhost:8080/data/upload/1/0a1b2c3d-c.png": "c.png",
}


@pytest.mark.parametrize("with_pictures", [True, False])
def test_addresses_are_named_by_their_path_without_signature_and_mark(tmp_path: Path, with_pictures: bool) -> None:  # noqa: FBT001
    if with_pictures:
        written(tmp_path / "images", dict(zip(ENCODED.values(), DRAWN.values(), strict=False)))
    ratings_in(export(tmp_path / "export.json", list(ENCODED)), "--format", "label-studio")
    assert linked() == dict(
        zip(ENCODED.values(), list(DRAWN) if with_pictures else [None] * len(ENCODED), strict=False)
    )


def test_a_grown_export_renames_nothing_that_is_known(tmp_path: Path) -> None:
    first, later = "s3://bucket/model-a/001.png", "s3://bucket/model-b/001.png"
    ratings_in(export(tmp_path / "export.json", [first]), "--format", "label-studio")
    assert values() == {"001.png": 1.0}
    said = ratings_in(export(tmp_path / "export.json", [first, later]), "--format", "label-studio")
    assert "1 added, 0 changed, 1 known already" in said
    assert values() == {"001.png": 1.0, "model-b/001.png": 2.0}
    path = export(tmp_path / "export.json", [first, later])
    path.write_text(json.dumps(json.loads(path.read_text())[::-1]))
    said = ratings_in(path, "--format", "label-studio")
    assert "0 added, 0 changed, 2 known already" in said, "the order of tasks does not matter"
    assert values() == {"001.png": 1.0, "model-b/001.png": 2.0}


def test_an_upload_keeps_its_name_when_another_of_that_name_comes_and_when_it_goes_alone(tmp_path: Path) -> None:
    uploads = ["/data/upload/1/0a1b2c3d-c.png", "http://ls.org/data/upload/1/ffffffff-c.png"]
    ratings_in(export(tmp_path / "export.json", uploads[:1]), "--format", "label-studio")
    ratings_in(export(tmp_path / "export.json", uploads), "--format", "label-studio")
    said = ratings_in(export(tmp_path / "export.json", uploads[1:], first=2), "--format", "label-studio")
    assert "0 added, 0 changed, 1 known already" in said
    assert values() == {"c.png": 1.0, "ffffffff-c.png": 2.0}


def test_a_new_signature_is_no_new_image(tmp_path: Path) -> None:
    address = "https://bucket.s3.amazonaws.com/set/b.png?X-Amz-Signature="
    for signature in ("abc", "def/ghi"):
        ratings_in(export(tmp_path / "export.json", [address + signature]), "--format", "label-studio")
    assert values() == {"b.png": 1.0}


def test_keys_from_before_addresses_were_kept_are_taken_over(tmp_path: Path) -> None:
    ratings_in(export(tmp_path / "export.json", list(ENCODED)), "--format", "label-studio")
    DatasetImage.objects.update(address="")
    DatasetImage.objects.filter(key="my cat.png").update(key="my%20cat.png")
    assert "0 added" in ratings_in(export(tmp_path / "export.json", list(ENCODED)), "--format", "label-studio")
    assert set(values()) == {"my%20cat.png", "b.png", "c.png"}
    assert DatasetImage.objects.get(key="b.png").address == "bucket.s3.amazonaws.com/b.png"
