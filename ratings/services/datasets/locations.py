"""Find where a set's files lie, and on which scale it was rated."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ratings.exceptions import FileRejectedError, InvalidInputError
from ratings.files.embedded import ANY_COLUMN, PictureColumn, holds_pictures
from ratings.files.table_files import is_table, table_parts
from ratings.files.text_files import reject_disguised
from ratings.sentences import staff_gettext
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.rows import AS_IT_IS, Differing, Format, Reading


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which file to import, how it is laid out, and where its pictures are."""

    path: Path
    layout: str = "tidy"
    images: Path | None = None  # a folder, an archive, or a table that holds them
    scale_min: float
    scale_max: float
    best_is_low: bool = False
    asked: Reading = AS_IT_IS  # what the layout leaves open
    differing: Differing = Differing.REFUSE

    @property
    def reading(self) -> Reading:
        """Say how the file is read."""
        return replace(self.asked, scale=(self.scale_min, self.scale_max))

    @property
    def column(self) -> PictureColumn:
        """Say which pictures are meant in a table that holds several in a row."""
        return PictureColumn(name=self.asked.picture, hint=self.asked.image, option="picture-column")


@dataclass(frozen=True, kw_only=True)
class SetLocation:
    """Where a set's files lie: its ratings, and its pictures where there are any."""

    ratings: Path
    images: Path | None
    column: PictureColumn = ANY_COLUMN  # of the pictures, where a table holds several in a row


def scale_of(*, layout: str, given: Sequence[float] | None, path: Path | None = None) -> tuple[float, float]:
    """Take the scale that is given, or the one on which the set was published, or that of a dump."""
    scale = tuple(given) if given else FORMATS[layout].scale or (dump_scale(path) if path else None)
    if scale is None:
        raise InvalidInputError(
            staff_gettext(
                "Sets in the layout {layout} have no scale of their own: give the lowest and the highest value."
            ).format(layout=f"{layout!r}"),
            fields={"scale": staff_gettext("Give both ends.")},
        )
    return scale[0], scale[1]


def dump_scale(path: Path) -> tuple[float, float] | None:
    """Read the scale from the manifest of a dump of another installation; none where there is no such file."""
    manifest = (path if path.is_dir() else path.parent) / "manifest.json"
    try:
        study = json.loads(manifest.read_text(encoding="utf-8"))["study"]
        return float(study["scale_min"]), float(study["scale_max"])
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
    ):  # not a manifest of ours: the person who imports is asked for the scale
        return None


def reject_bad_scale(*, source: Source) -> None:
    """Refuse a scale that is no range of numbers."""
    if not math.isfinite(source.scale_max - source.scale_min):
        raise InvalidInputError(
            staff_gettext("The ends of the scale have to be numbers."),
            fields={"scale": staff_gettext("Write numbers.")},
        )
    if source.scale_min >= source.scale_max:
        low, high = source.scale_max, source.scale_min
        raise InvalidInputError(
            staff_gettext(
                "The scale's lower end has to be below its upper end: give {low} {high}, and --best-is-low if "
                "the lowest value is the best."
            ).format(low=f"{low:g}", high=f"{high:g}"),
            fields={"scale": staff_gettext("Swap them.")},
        )


def find_location(*, path: Path, layout: Format, images: Path | None = None) -> SetLocation:
    """Find the ratings, and the pictures that are named or lie where the set has them."""
    ratings = rating_file(path, layout=layout)
    if ratings.is_file():
        reject_disguised(ratings)
    if images is not None:
        return SetLocation(ratings=ratings, images=images)
    around = [ratings, ratings.parent] if ratings.is_dir() else [ratings.parent]
    places = (beside / (name + suffix) for name in layout.images for beside in around for suffix in ("", ".zip"))
    found = next((one for one in places if may_hold_pictures(one)), None)
    return SetLocation(ratings=ratings, images=ratings if found is None and holds_pictures(ratings) else found)


def rating_file(path: Path, *, layout: Format) -> Path:
    """Take the file itself, or find it in a set's folder: alone, or as a folder of parts as in a Hugging Face dump."""
    if path.is_dir():
        named = (one for stem in layout.files for one in sorted((path / stem).parent.glob(f"{Path(stem).name}*")))
        found = next((one for one in named if one.stem in {Path(stem).name for stem in layout.files}), None)
        if found is not None and (found.is_file() or table_parts(found)):
            return found
        if table_parts(path) and is_parts(path):
            return path
        names = ", ".join(f"{stem}.*" for stem in layout.files)
        raise FileRejectedError(
            staff_gettext("{path} holds no file of ratings ({names}); name the file.").format(path=path, names=names)
        )
    if not path.is_file():
        raise FileRejectedError(staff_gettext("There is no file {path}; check the path.").format(path=path))
    return path


def is_parts(folder: Path) -> bool:
    """Tell whether a folder holds nothing but the parts of a table."""
    return all(is_table(name=one.name) for one in folder.iterdir())


def may_hold_pictures(place: Path) -> bool:
    """Tell whether pictures may lie there: in an archive, or in a folder that has more than plain tables."""
    if not place.is_dir():
        return place.is_file()
    return any(not is_table(name=one.name) for one in place.iterdir()) or holds_pictures(place)
