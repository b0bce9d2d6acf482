"""The files that Label Studio exports, each read into the same annotations."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.table_files import TEXTS, Wanted, cell_name, table_lines
from ratings.files.text_files import WORKBOOKS, json_array
from ratings.sentences import staff_gettext
from ratings.services.datasets.columns import FLAT
from ratings.services.datasets.rows import LeftOut, RowProblem

OF_THE_ROW = frozenset((*FLAT, "id", "created_at", "updated_at", "agreement", "history"))
VALUES = ("rating", "number", "choices")  # kinds of answer that may hold a number


@dataclass(frozen=True, kw_only=True)
class ControlAnswer:
    """What one control says: a number, a word, or several; and the name of what it is about."""

    control: str
    value: Any
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What one annotator said of one task; `left_out` says why it counts for nothing."""

    line: int
    name: str
    annotator: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[ControlAnswer, ...] = ()
    source_id: str = ""
    left_out: str = ""


Annotations = Iterator[Annotation | LeftOut | RowProblem]


def annotations(path: Path, *, sheet: str) -> Annotations:
    """Read an export of any shape."""
    if path.suffix.lower() in {*TEXTS, *WORKBOOKS}:
        for line in table_lines(path=path, wanted=Wanted(sheet=sheet)):
            if not line.cells.keys() >= FLAT:
                raise FileRejectedError(
                    staff_gettext(
                        "{name} is no CSV export of Label Studio (it has no column {line}); import it in the "
                        "layout tidy."
                    ).format(name=path.name, line=f"{min(FLAT - line.cells.keys())!r}")
                )
            yield flat_annotation({name: opened(cell) for name, cell in line.cells.items()}, line=line.number)
        return
    for number, task in json_array(path):
        if task.keys() >= FLAT:
            yield flat_annotation(task, line=number)
        else:
            yield from task_annotations(task, line=number)


def opened(cell: Any) -> Any:
    """Read the JSON that the CSV export writes into cells that hold lists."""
    if not isinstance(cell, str) or not cell.startswith("["):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):  # a text that begins so
        return cell


def flat_annotation(row: Mapping[str, Any], *, line: int) -> Annotation:
    """Read a row of JSON-MIN or CSV: a task's data, its controls' answers, and who gave them, side by side."""
    number = cell_name(row["annotation_id"]) or ""
    controls = {name: value for name, value in row.items() if is_answer(value)}
    plain = {name: value for name, value in row.items() if name not in OF_THE_ROW and name not in controls}
    if not controls:  # a single choice is written as it is, and looks like any other column
        controls = {name: value for name, value in plain.items() if isinstance(value, str) and value.strip().isdigit()}
    return Annotation(
        line=line,
        name=annotation_name(number) if number else staff_gettext("line {line}").format(line=line),
        annotator=cell_name(row["annotator"]) or "",
        data={name.removeprefix("_data_"): value for name, value in plain.items() if name not in controls},
        answers=tuple(answer for name, value in controls.items() for answer in answers_of(name, value)),
        source_id=number,
        left_out="" if number else staff_gettext("tasks without an annotation"),
    )


def annotation_name(number: str) -> str:
    """Name an annotation by its number."""
    return staff_gettext("annotation {number}").format(number=number)


def is_answer(value: Any) -> bool:
    """Tell the list of a control's results, as the flat exports write it."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and is_value(one) for one in value)


def is_value(value: Mapping[str, Any]) -> bool:
    """Tell whether a result's value is of a kind that may hold a number."""
    return any(kind in value for kind in VALUES)


def answers_of(control: str, value: Any) -> Iterator[ControlAnswer]:
    """Give the answers in a flat export's cell."""
    for one in value if isinstance(value, list) else [value]:
        yield from result_answers(control, one if isinstance(one, dict) else {"choices": [one]})


def result_answers(control: str, value: Mapping[str, Any], about: str = "") -> Iterator[ControlAnswer]:
    """Give the answers in one result's value."""
    for kind in VALUES:
        given = value.get(kind)
        if kind in value:
            several = given if isinstance(given, list) else [given]
            yield from (ControlAnswer(control=control, value=one, about=about) for one in several)


def task_annotations(task: Mapping[str, Any], *, line: int) -> Annotations:
    """Read a task's annotations; predictions and drafts count for nothing, and are counted."""
    number = cell_name(task.get("id"))
    name = (
        staff_gettext("task {number}").format(number=number)
        if number
        else staff_gettext("task in line {line}").format(line=line)
    )
    given = task.get("annotations", task.get("completions", "missing"))
    for what in ("predictions", "drafts"):
        for _ in range(len(task[what]) if isinstance(task.get(what), list) else 0):
            yield LeftOut(what=what, name=name)
    if not isinstance(given or [], list):
        fix = staff_gettext("this is no export of Label Studio; choose JSON, JSON-MIN or CSV there")
        yield RowProblem(line=line, column="annotations", value=str(given), fix=fix)
        return
    data = task["data"] if isinstance(task.get("data"), dict) else {}
    for one in given or []:
        if isinstance(one, dict):
            yield full_annotation(one, data=data, line=line, name=name)
        else:
            yield RowProblem(line=line, column="annotations", value=str(one), fix=staff_gettext("it is no annotation"))


def full_annotation(one: Mapping[str, Any], *, data: Mapping[str, Any], line: int, name: str) -> Annotation:
    """Read an annotation of the JSON export."""
    number = cell_name(one.get("id")) or ""
    results = one.get("result")
    by = one.get("completed_by")
    return Annotation(
        line=line,
        name=annotation_name(number) if number else name,
        annotator=cell_name(by.get("id") or by.get("email") if isinstance(by, dict) else by) or "",
        data=data,
        answers=tuple(
            answer
            for result in (results if isinstance(results, list) else [])
            if isinstance(result, dict) and isinstance(result.get("value"), dict)
            for answer in result_answers(
                str(result.get("from_name") or result.get("type") or "result"),
                result["value"],
                about=str(result.get("to_name") or ""),
            )
        ),
        source_id=number,
        left_out=reason_to_skip(one),
    )


def reason_to_skip(one: Mapping[str, Any]) -> str:
    """Say why an annotation counts for nothing; nothing where it does."""
    if one.get("was_cancelled") or one.get("skipped"):
        return staff_gettext("annotations that were skipped or cancelled")
    if one.get("ground_truth"):
        return staff_gettext("annotations that are ground truth")
    if one.get("type") == "prediction" or one.get("model_version"):
        return "predictions"
    return ""
