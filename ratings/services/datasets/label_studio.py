"""Label Studio's exports: JSON with tasks and their annotations, and the flat tables JSON-MIN and CSV.

The shapes are those that HumanSignal/label-studio-sdk writes (src/label_studio_sdk/converter/converter.py and
exports/csv2.py at commit 97fcff19fa5a). A control says how it was answered, and which picture it is about; where
several of either could be meant, the import asks which.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ratings.exceptions import ChoiceNeededError, FileRejectedError, ImageRejectedError
from ratings.files.numbers import PLAINLY, NumberError, is_blank
from ratings.files.table_files import cell_name, listed_columns
from ratings.sentences import staff_gettext
from ratings.services.datasets.label_studio_files import Annotation, ControlAnswer, annotations
from ratings.services.datasets.rows import LeftOut, RatingRow, Reading, RowProblem, Rows, checked_row
from ratings.services.ingest_sources import PATH_COLUMNS, row_details

PICTURES = (*PATH_COLUMNS, "img", "picture", "photo")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic")
LOCAL = ("/data/upload/", "/data/local-files/")


@dataclass(kw_only=True)
class FoundControls:
    """The controls that hold numbers and the keys that hold pictures, each with how often, in the file's order."""

    controls: Counter[str] = field(default_factory=Counter)
    others: dict[str, str] = field(default_factory=dict)  # controls without a number, and what one says
    pictures: Counter[str] = field(default_factory=Counter)
    about: dict[str, set[str]] = field(default_factory=dict)  # what a control's results say they are about


def read_label_studio(path: Path, reading: Reading) -> Rows:
    """Read an export, an annotation at a time."""
    found = FoundControls()
    for one in annotations(path, sheet=reading.sheet):
        if isinstance(one, Annotation) and not one.left_out:
            note(one, found=found)
    control = chosen_control(found, path=path, asked=reading.control) if found.controls or found.others else ""
    picture = chosen_picture(found, path=path, asked=reading.image, control=control) if control else ""
    for one in annotations(path, sheet=reading.sheet):
        if not isinstance(one, Annotation):
            yield one
        elif reason := one.left_out or unanswered(one, control=control):
            yield LeftOut(what=reason, name=one.name)
        else:
            yield annotation_row(one, control=control, picture=picture)


def note(one: Annotation, *, found: FoundControls) -> None:
    """Note what an annotation's controls say, and which keys of its task hold pictures."""
    for control in dict.fromkeys(answer.control for answer in one.answers):
        answers = [answer for answer in one.answers if answer.control == control]
        if any(value_of(answer) is not None for answer in answers):
            found.controls[control] += 1
            found.about.setdefault(control, set()).update(answer.about for answer in answers)
        else:
            found.others.setdefault(control, str(answers[0].value)[:40])
    found.pictures.update(key for key, value in one.data.items() if is_picture(key, value))


def is_picture(key: str, value: Any) -> bool:
    """Tell whether a task's value names a picture, by its look or its key."""
    if not isinstance(value, str) or not value.strip():
        return False
    bare = value.split("?", 1)[0].lower()
    return key.lower() in PICTURES or bare.endswith(SUFFIXES) or value.startswith(LOCAL)


def value_of(answer: ControlAnswer) -> float | None:
    """Read an answer's number; None where it is none."""
    try:
        return PLAINLY.number(answer.value)
    except NumberError:  # a word
        return None


def chosen_control(found: FoundControls, *, path: Path, asked: str) -> str:
    """Take the control that is asked for, or the only one that holds numbers."""
    known = [*found.controls, *(name for name in found.others if name not in found.controls)]
    if asked and asked not in known:
        raise FileRejectedError(
            staff_gettext("{name} has no control {asked}; it has {listed_columns}.").format(
                name=path.name, asked=f"{asked!r}", listed_columns=listed_columns(known)
            )
        )
    if asked:
        return asked
    if not found.controls:
        said = "; ".join(
            staff_gettext("{name} says {value}").format(name=name, value=f"{value!r}")
            for name, value in list(found.others.items())[:10]
        )
        raise FileRejectedError(
            staff_gettext("{name} holds no rating, number or numbered choice ({said}).").format(
                name=path.name, said=said
            )
        )
    if len(found.controls) > 1:
        raise ChoiceNeededError(
            staff_gettext("{name} has several controls that hold numbers").format(name=path.name),
            option="control",
            choices=tuple(found.controls),
        )
    return next(iter(found.controls))


def chosen_picture(found: FoundControls, *, path: Path, asked: str, control: str) -> str:
    """Take the key of the picture that is asked for, or the only one, or the one that the control says it is about."""
    keys = tuple(found.pictures)
    if asked or len(keys) < 2:  # noqa: PLR2004 - no choice
        return asked or "".join(keys)
    about = {name.removeprefix("$") for name in found.about.get(control, ())}
    if len(about) == 1 and about <= set(keys):
        return about.pop()
    raise ChoiceNeededError(
        staff_gettext("{name} has several pictures in a task").format(name=path.name),
        option="image-column",
        choices=keys,
    )


def unanswered(one: Annotation, *, control: str) -> str:
    """Say why an annotation holds no rating; nothing where it does."""
    if is_blank(one.annotator):
        return staff_gettext("annotations without an annotator")
    if all(answer.control != control for answer in one.answers):
        return (
            staff_gettext("annotations without a rating by {control}").format(control=f"{control!r}")
            if control
            else staff_gettext("annotations without a rating")
        )
    return ""


def annotation_row(one: Annotation, *, control: str, picture: str) -> RatingRow | RowProblem:
    """Read one annotation."""
    answers = [answer for answer in one.answers if answer.control == control]
    image = cell_name(one.data.get(picture)) or ""
    if len(answers) > 1:
        fix = staff_gettext("it holds {count} answers of the control {control}; export one for each picture").format(
            count=len(answers), control=f"{control!r}"
        )
        return RowProblem(line=one.line, column=control, value=str(answers[0].value), fix=fix)
    try:
        value = PLAINLY.number(answers[0].value)
        details = row_details({key: cell for key, cell in one.data.items() if key != picture})
    except NumberError as error:
        return RowProblem(line=one.line, column=control, value=str(answers[0].value), fix=str(error))
    except ImageRejectedError as error:
        return RowProblem(line=one.line, column="data", value=image, fix=error.message)
    if value is None:
        return RowProblem(line=one.line, column=control, value="", fix=staff_gettext("it holds no number"))
    return checked_row(
        RatingRow(
            line=one.line, rater=one.annotator, image=image, value=value, details=details, source_id=one.source_id
        )
    )
