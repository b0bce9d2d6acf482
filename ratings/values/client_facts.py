"""The circumstances of a click, as the rater's browser tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from ratings.values.prompts import LANGUAGE
from ratings.values.shapes import Note, json_of, loaded

LONGEST_MS = 24 * 3600 * 1000
LARGEST = 100_000  # CSS pixels
LARGEST_ZOOM = 1_000
COLOUR = r"^#[0-9a-fA-F]{6}$"


def size(meaning: str) -> Note:
    """Note a length in CSS pixels, which dumps have as a column."""
    return Note(meaning, lowest=0, highest=LARGEST, left_out_blank=True)


@dataclass(frozen=True, kw_only=True)
class ClientFacts:
    """What was on the rater's screen; a browser may leave out what it does not know."""

    viewport_width: Annotated[int | None, size("Width of the browser's viewport in CSS pixels.")] = None
    viewport_height: Annotated[int | None, size("Height of the browser's viewport in CSS pixels.")] = None
    pixel_ratio: Annotated[
        float | None, Note("Device pixels per CSS pixel.", lowest=0, highest=100, left_out_blank=True)
    ] = None
    shown_width: Annotated[float | None, size("Width at which each picture was shown, in CSS pixels.")] = None
    shown_height: Annotated[float | None, size("Height at which each picture was shown, in CSS pixels.")] = None
    largest_zoom: Annotated[
        float | None,
        Note("How far the rater enlarged it: 1 for not at all.", lowest=0, highest=LARGEST_ZOOM, left_out_blank=True),
    ] = None
    surround: Annotated[
        str | None,
        Note("Colour of the screen around the picture, such as #808080.", pattern=COLOUR, left_out_blank=True),
    ] = None
    prompt_language: Annotated[
        str | None,
        Note(
            "Language in which the prompt was shown, such as de; blank where none was.",
            pattern=LANGUAGE,
            left_out_blank=True,
        ),
    ] = None
    view_ms: Annotated[
        int | None,
        Note("Milliseconds for which the picture was in view.", lowest=0, highest=LONGEST_MS, left_out_blank=True),
    ] = None
    rated_at: Annotated[
        datetime | None, Note("When the rater answered, by the browser's clock.", left_out_blank=True)
    ] = None

    def as_json(self) -> dict[str, Any]:
        """Give what an answer's row holds: what is known."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ClientFacts":
        """Read what a row holds."""
        return loaded(cls, stored)


NOTHING_KNOWN = ClientFacts()
