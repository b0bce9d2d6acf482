"""Pictures as a caller has them, as files to send."""

import io
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import PamelaError

Picture: TypeAlias = "str | os.PathLike[str] | bytes | Image.Image | NDArray[Any]"
COLOURS = (3, 4)
LARGEST = 255


def content_of(picture: Picture) -> bytes:
    """Give the bytes of a file, of a picture of Pillow, or of an array of pixels (height, width, 3 or 4)."""
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, Image.Image):
        return png_of(picture)
    if isinstance(picture, np.ndarray):
        return png_of(Image.fromarray(pixels_of(picture)))
    return Path(picture).read_bytes()


def name_of(picture: Picture, *, place: int) -> str:
    """Name a picture for the server: a file by its name, another by its place."""
    return Path(picture).name if isinstance(picture, str | os.PathLike) else f"{place}.png"


def distinct_names(pictures: Sequence[Picture]) -> list[str]:
    """Name pictures for the server; raise where two would have one name, by which details are joined to them."""
    names = [name_of(picture, place=place) for place, picture in enumerate(pictures)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise PamelaError(f"Several pictures are named {twice[0]}: rename the files, or add each folder by itself.")
    return names


def pixels_of(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Give 8-bit pixels; numbers with a point are taken as 0 to 1."""
    if array.ndim != 3 or array.shape[2] not in COLOURS:  # noqa: PLR2004 - height, width, colours
        raise PamelaError(f"A picture is an array of (height, width, 3 or 4), not of {array.shape}.")
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
            raise PamelaError("Pixels with a decimal point run from 0 to 1; these do not.")
        return np.round(array * LARGEST).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PamelaError(f"Pixels are uint8, or floating from 0 to 1, not {array.dtype}.")
    return array


def png_of(picture: Image.Image) -> bytes:
    """Write a picture without loss."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
