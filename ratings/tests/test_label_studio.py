"""Label Studio's exports are read in every shape, and of several controls or pictures the import asks which.

The shapes are those that HumanSignal/label-studio-sdk writes: src/label_studio_sdk/converter/converter.py
(`annotation_result_from_task`, `convert_to_json_min`) and exports/csv2.py (`prepare_annotation`), at 97fcff19fa5a.
"""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ratings.models import DatasetImage, DatasetRating

pytestmark = pytest.mark.django_db


def rating(value: int, control: str = "quality", about: str = "image") -> dict[str, Any]:
    return {
        "id": f"{control}{value}",
        "type": "rating",
        "value": {"rating": value},
        "from_name": control,
        "to_name": about,
        "origin": "manual",
    }


COMMENT = {"id": "t", "type": "textarea", "value": {"text": ["cannot judge"]}, "from_name": "why", "to_name": "image"}


def annotation(number: int, by: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "completed_by": by,
        "result": list(results),
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 4.2,
        **more,
    }


def task(number: int, *annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "data": {"image": f"/data/upload/1/0a1b2c3d-{number}.png"},
        "annotations": list(annotations),
        "predictions": [],
        "drafts": [],
        **more,
    }


def run(tmp_path: Path, *tasks: dict[str, Any], options: tuple[str, ...] = ()) -> str:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    return brought_in(path, *options)


def brought_in(path: Path, *options: str, layout: str = "label-studio") -> str:
    out = StringIO()
    arguments = (str(path), "--dataset", "d", "--format", layout, "--scale", "1", "5")
    call_command("import_ratings", *arguments, *options, stdout=out)
    return out.getvalue()


def stored() -> set[tuple[str, str, float]]:
    return set(DatasetRating.objects.values_list("rater__key", "dataset_image__key", "value"))


def test_of_several_controls_the_import_asks_which(tmp_path: Path) -> None:
    both = (rating(5, "aesthetics"), rating(1, "prompt_match"))
    tasks = [task(1, annotation(11, 1, *both), annotation(12, 2, *reversed(both)))]
    with pytest.raises(CommandError, match=r"several controls .*: aesthetics, prompt_match; choose with --control"):
        run(tmp_path, *tasks)
    run(tmp_path, *tasks, options=("--control", "prompt_match"))
    assert stored() == {("1", "1.png", 1), ("2", "1.png", 1)}
    with pytest.raises(CommandError, match="no control 'taste'; it has aesthetics, prompt_match"):
        run(tmp_path, *tasks, options=("--control", "taste"))


def test_a_control_that_holds_no_numbers_is_not_asked_about(tmp_path: Path) -> None:
    genre = {"type": "choices", "value": {"choices": ["portrait"]}, "from_name": "genre", "to_name": "image"}
    score = {"type": "choices", "value": {"choices": ["4"]}, "from_name": "score", "to_name": "image"}
    run(tmp_path, task(1, annotation(11, 1, genre, COMMENT, score)))
    assert stored() == {("1", "1.png", 4)}


def test_what_says_nothing_is_passed_over_counted_and_named(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        task(
            1,
            annotation(11, 1, rating(5), COMMENT),
            annotation(12, 2, COMMENT),
            annotation(13, 3, rating(1), was_cancelled=True),
            annotation(14, None, rating(2)),
            annotation(15, 5, rating(2), ground_truth=True),
            annotation(16, 6),
            predictions=[{"id": 1, "model_version": "m", "result": [rating(3)]}],
            drafts=[{"id": 2, "result": [rating(4)]}],
        ),
        task(2),
    )
    assert stored() == {("1", "1.png", 5)}
    for line in (
        "annotations without a rating by 'quality': 2 ('annotation 12', 'annotation 16')",
        "annotations that were skipped or cancelled: 1 ('annotation 13')",
        "annotations without an annotator: 1 ('annotation 14')",
        "annotations that are ground truth: 1 ('annotation 15')",
        "predictions: 1 ('task 1')",
        "drafts: 1 ('task 1')",
    ):
        assert line in said


def test_several_annotations_by_one_annotator_are_repeats_each_known_by_its_number(tmp_path: Path) -> None:
    first, second = annotation(11, 1, rating(4)), annotation(12, 1, rating(4))
    run(tmp_path, task(1, first))
    assert "1 added, 0 changed, 1 known" in run(tmp_path, task(1, first, second))
    assert "0 added, 0 changed, 2 known" in run(tmp_path, task(1, second, first))
    assert DatasetRating.objects.count() == 2
    with pytest.raises(CommandError, match="4 and 4 known, 3 in the file"):
        run(tmp_path, task(1, annotation(11, 1, rating(3))))


def test_two_answers_of_one_control_in_one_annotation_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"line 1, quality = '4': it holds 2 answers of the control 'quality'"):
        run(tmp_path, task(1, annotation(11, 1, rating(4), rating(2))))


def test_of_several_pictures_in_a_task_the_one_that_is_rated_or_named_counts(tmp_path: Path) -> None:
    data = {"left": "/data/upload/1/0a1b2c3d-a.png", "right": "s3://b/b.png", "prompt": "a fox", "width": 512}
    tasks = [task(1, annotation(11, 1, rating(4, about="picture")), data=data)]
    with pytest.raises(CommandError, match=r"several pictures in a task: left, right; choose with --image-column NAME"):
        run(tmp_path, *tasks)
    run(tmp_path, *tasks, options=("--image-column", "right"))
    assert stored() == {("1", "b.png", 4)}
    image = DatasetImage.objects.get()
    assert (image.prompt, image.metadata["width"]) == ("a fox", 512)
    tasks = [task(1, annotation(11, 1, rating(4, about="left")), data=data)]
    run(tmp_path, *tasks)
    assert ("1", "a.png", 4) in stored()


def minimal(number: int | None, by: Any, **columns: Any) -> dict[str, Any]:
    return {
        "image": "/data/upload/1/0a1b2c3d-1.png",
        "id": 1,
        **columns,
        "annotator": by,
        "annotation_id": number,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "lead_time": 3.1,
    }


def test_json_min_and_csv_hold_the_same(tmp_path: Path) -> None:
    rows = [
        minimal(11, 1, quality=[{"rating": 4}], why="fine"),
        minimal(12, "ann@example.org", quality=[{"rating": 2}]),
        minimal(13, 3, why="cannot judge"),
        minimal(None, "None"),
    ]
    expected = {("1", "1.png", 4), ("ann@example.org", "1.png", 2)}
    (tmp_path / "min.json").write_text(json.dumps(rows))
    said = brought_in(tmp_path / "min.json")
    assert stored() == expected
    assert "annotations without a rating by 'quality': 1 ('annotation 13')" in said
    assert "tasks without an annotation: 1 ('line 4')" in said
    with (tmp_path / "flat.csv").open("w") as file:
        columns = sorted({name for row in rows for name in row})
        writer = csv.DictWriter(file, fieldnames=columns, quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        for row in rows:
            cells = {name: json.dumps(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
            writer.writerow(cells)
    assert "0 added, 0 changed, 2 known" in brought_in(tmp_path / "flat.csv")


def test_a_single_choice_stands_bare_in_json_min(tmp_path: Path) -> None:
    (tmp_path / "min.json").write_text(json.dumps([minimal(11, 1, score="4"), minimal(12, 2, score="5")]))
    brought_in(tmp_path / "min.json")
    assert stored() == {("1", "1.png", 4), ("2", "1.png", 5)}
    (tmp_path / "min.json").write_text(json.dumps([minimal(13, 1, score="4", width="512")]))
    with pytest.raises(CommandError, match="several controls that hold numbers: score, width"):
        brought_in(tmp_path / "min.json")


def test_an_export_in_the_tidy_layout_gets_a_message_naming_its_layout(tmp_path: Path) -> None:
    (tmp_path / "min.json").write_text(json.dumps([minimal(11, 1, quality=[{"rating": 4}])]))
    with pytest.raises(CommandError, match="an export of Label Studio; give --format label-studio"):
        brought_in(tmp_path / "min.json", layout="tidy")
    (tmp_path / "full.json").write_text(json.dumps([task(1, annotation(11, 1, rating(4)))]))
    with pytest.raises(CommandError, match="an export of Label Studio; give --format label-studio"):
        brought_in(tmp_path / "full.json", layout="tidy")
    (tmp_path / "tidy.csv").write_text("rater,image,rating\nr1,x,4\n")
    with pytest.raises(CommandError, match="no CSV export of Label Studio"):
        brought_in(tmp_path / "tidy.csv")
