"""Hand files in as somebody would, and look at what came of it."""

import hashlib
import zipfile
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from ratings.models import DatasetRating, StudyImage
from ratings.tests.factories import picture_bytes

COLORS = ("red", "green", "blue", "teal", "navy", "olive", "maroon", "purple")
DRAWN = {color: picture_bytes(color=color) for color in COLORS}


def images_in(*arguments: object) -> str:
    """Import pictures as somebody would, and give everything that was said."""
    said = StringIO()
    call_command("import_images", *map(str, arguments), "--study", "s", stdout=said, stderr=said)
    return said.getvalue()


def ratings_in(path: Path, *more: object, name: str = "set") -> str:
    """Import ratings as somebody would, and give everything that was said."""
    said = StringIO()
    arguments = [str(path), "--dataset", name, "--scale", "1", "5", *map(str, more)]
    call_command("import_ratings", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def prompts() -> dict[str, str]:
    """Give the prompt of each picture of the studies, by its name."""
    return dict(StudyImage.objects.values_list("name", "prompt"))


def linked() -> dict[str, str | None]:
    """Give the colour of the picture of each rated image, by its key."""
    colors = {hashlib.sha256(content).hexdigest(): color for color, content in DRAWN.items()}
    rows = DatasetRating.objects.values_list("dataset_image__key", "dataset_image__image__sha256")
    return {key: colors.get(digest) for key, digest in rows}


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def values() -> dict[str, float]:
    """Give each rating's value by the key of its image: one that came twice would hide another, so it fails."""
    rows = list(DatasetRating.objects.values_list("dataset_image__key", "value"))
    assert len(dict(rows)) == len(rows), rows
    return dict(rows)
