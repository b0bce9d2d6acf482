"""The plates of the colour-vision and screen check, and what a rater said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ratings.choices import PlateKind
from ratings.values.shapes import Note, json_of, loaded

# In the order in which they are shown: the first one is seen by everybody.
COLOUR_PLATES = (
    PlateKind.CONTROL,
    *(PlateKind.PROTAN, PlateKind.DEUTAN),
    *(PlateKind.PROTAN, PlateKind.DEUTAN),
    *(PlateKind.PROTAN, PlateKind.DEUTAN),
)
SCREEN_PLATES = (PlateKind.DARK, PlateKind.LIGHT)
KINDS = dict(enumerate((*COLOUR_PLATES, *SCREEN_PLATES), start=1))
COLOUR_PLACES = tuple(place for place, kind in KINDS.items() if kind not in SCREEN_PLATES)
SCREEN_PLACES = tuple(place for place, kind in KINDS.items() if kind in SCREEN_PLATES)
CLEAR_DIGITS = "2345679"  # that are not taken for one another in dots
NUMBERS = tuple(int(f"{tens}{ones}") for tens in CLEAR_DIGITS for ones in CLEAR_DIGITS if tens != ones)


@dataclass(frozen=True, kw_only=True)
class Plate:
    """A picture with a number that is seen by who tells its colours or greys apart."""

    place: int  # among all plates, which names it
    kind: PlateKind
    number: int
    seed: str  # of where its dots lie


@dataclass(frozen=True, kw_only=True)
class PlateAnswer:
    """What a rater said of a plate."""

    said: Annotated[int | None, Note("The number that was typed; none where none was seen.")]
    right: Annotated[bool, Note("Whether it is the number of the plate.")]

    def as_json(self) -> dict[str, Any]:
        """Give what a participation's row holds."""
        return json_of(self)


def stored_answers(stored: Mapping[str, Any] | None) -> dict[int, PlateAnswer]:
    """Read what a participation's row holds: answers by the place of their plate."""
    return {int(place): loaded(PlateAnswer, answer) for place, answer in (stored or {}).items()}


def right_among(answers: Mapping[int, PlateAnswer], places: tuple[int, ...]) -> int:
    """Count the right answers among some plates."""
    return sum(answers[place].right for place in places if place in answers)
