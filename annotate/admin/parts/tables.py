"""Tables of figures on the admin's pages: a name in each row, and a figure under each heading."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Cell = TypeVar("Cell")


@dataclass(frozen=True)
class Linked:
    """A name or a count that leads to what it is of."""

    text: str
    url: str
    template: ClassVar[str] = "admin/cells/link.html"

    def __str__(self) -> str:
        """Give the text."""
        return self.text


@dataclass(frozen=True, kw_only=True)
class FigureTable(Generic[Cell]):
    """A titled table, as `admin/table.html` shows it.

    A cell is a text, or whatever names in `template` the file that shows it.
    """

    title: str
    note: "StrOrPromise"
    columns: "Sequence[StrOrPromise]"  # the first is that of the names
    rows: "Sequence[tuple[StrOrPromise | Linked, Sequence[Cell]]]"
    links: Mapping[str, str] = field(default_factory=dict)  # to the data
    words: Container[str] = ()  # columns that hold words, and start on the left
    kind: str = ""  # a look of its own: models, pictures

    @property
    def marked_rows(self) -> "Iterator[tuple[StrOrPromise | Linked, list[tuple[Cell, bool]]]]":
        """Give the rows, each cell with whether it stands in a column of words."""
        are_words = [name in self.words for name in self.columns[1:]]
        for name, cells in self.rows:
            yield name, list(zip(cells, are_words, strict=True))
