"""Label Studio's JSON export: tasks with annotations, each with a rating, a number or a numbered choice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ratings.exceptions import ImageRejectedError
from ratings.files.tables import cell_name
from ratings.files.texts import json_array
from ratings.services.datasets.rows import RatingRow, RowProblem, Rows, checked_row, number
from ratings.services.ingest_sources import PATH_COLUMNS, row_details

PICTURES = (*PATH_COLUMNS, "img", "picture")


def read_label_studio(path: Path) -> Rows:
    """Read an export, a task at a time."""
    for line, task in json_array(path):
        yield from task_rows(task, line=line)


def task_rows(task: dict[str, Any], *, line: int) -> Iterator[RatingRow | RowProblem]:
    """Read the annotations of a task; cancelled and empty ones say nothing."""
    annotations = task.get("annotations", "missing")
    if not isinstance(annotations or [], list):
        yield RowProblem(line=line, column="annotations", value=str(annotations), mend="export as JSON, not JSON-MIN")
        return
    for annotation in annotations or []:
        if not isinstance(annotation, dict):
            yield RowProblem(line=line, column="annotations", value=str(annotation), mend="it is no annotation")
        elif annotation.get("result") and not annotation.get("was_cancelled"):
            yield annotation_row(task, annotation, line=line)


def annotation_row(task: dict[str, Any], annotation: dict[str, Any], *, line: int) -> RatingRow | RowProblem:
    """Read one annotation."""
    data = table_or_none(task.get("data")) or {}
    name = next((key for key in PICTURES if isinstance(data.get(key), str)), "")
    image = data[name].strip() if name else ""
    value = annotated_value(annotation["result"])
    if value is None:
        return RowProblem(line=line, column="result", value="", mend="it holds no rating, number or numbered choice")
    try:
        details = row_details({key: cell for key, cell in data.items() if key != name})
    except ImageRejectedError as error:
        return RowProblem(line=line, column="data", value=image, mend=error.message)
    return checked_row(RatingRow(line=line, rater=annotator(annotation), image=image, value=value, details=details))


def table_or_none(found: Any) -> dict[str, Any] | None:
    """Take a table, and nothing else."""
    return found if isinstance(found, dict) else None


def annotator(annotation: dict[str, Any]) -> str:
    """Name who annotated: by number where there is one."""
    by = annotation.get("completed_by")
    return cell_name(by.get("id") or by.get("email") if isinstance(by, dict) else by) or ""


def annotated_value(results: Any) -> float | None:
    """Find the first number among the results."""
    for result in results if isinstance(results, list) else []:
        value = table_or_none((table_or_none(result) or {}).get("value"))
        found = number_in(value) if value else None
        if found is not None:
            return found
    return None


def number_in(value: dict[str, Any]) -> float | None:
    """Find the number in one result."""
    if "rating" in value or "number" in value:
        return number(value.get("rating", value.get("number")))
    choices = value.get("choices")
    return number(choices[0]) if isinstance(choices, list) and choices else None
