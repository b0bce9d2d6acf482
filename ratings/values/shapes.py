"""Facts with a shape: frozen dataclasses whose fields say what they mean, and how they are read from JSON and written.

Each field is `Annotated` with a `Note`. There are two ways to read: `checked` takes what somebody gives now and refuses
with one sentence what does not fit; `loaded` takes what this version or a former one stored, and passes over keys that
it does not know. `json_of` writes. Serializers, forms, arguments and reference pages are made from the same fields.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, MISSING, dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ratings.sentences import staff_gettext

F = TypeVar("F")
Loader = Callable[[Any], Any]
BLANK: tuple[Any, ...] = (None, "", (), {})


class ShapeError(ValueError):
    """Something given is not the fact that it should be; the text says where, and what is wanted."""


@dataclass(frozen=True)
class Note:
    """What a field means, and what it takes beyond its type."""

    meaning: str
    _: KW_ONLY
    key: str = ""  # in JSON, where that is not the field's name
    entry: str = ""  # what one entry of a list is called
    tells_apart: bool = False  # entries of one list: no two have the same
    left_out_blank: bool = False  # in JSON, where it is blank or not known
    pattern: str = ""  # of a text, which the meaning explains
    lowest: float | None = None
    highest: float | None = None
    fewest: int = 0  # entries of a list
    label: str = ""  # in forms, where the name does not say enough
    option: str = ""  # on a command line, where that is not the name
    without: str = ""  # what an option means that says no


@dataclass(frozen=True, kw_only=True)
class FactField:
    """One field of a fact: its names, type, note and default."""

    name: str
    kind: Any
    note: Note
    default: Any
    key: str  # its name in JSON
    load: Loader

    @property
    def is_required(self) -> bool:
        """Tell whether it has no default."""
        return self.default is MISSING


FIELDS: dict[type[Any], tuple[FactField, ...]] = {}  # of the facts looked at so far


def fields_of(fact: type[Any]) -> tuple[FactField, ...]:
    """Give the fields of a fact, in their order."""
    if fact not in FIELDS:
        hints = get_type_hints(fact, include_extras=True)
        FIELDS[fact] = tuple(field_of(one, *get_args(hints[one.name])) for one in dataclasses.fields(fact))
    return FIELDS[fact]


def field_of(field: "dataclasses.Field[Any]", kind: Any, note: Note) -> FactField:
    """Describe one field."""
    default = field.default if field.default_factory is MISSING else field.default_factory()
    key, load = note.key or field.name, loader_of(kind)
    return FactField(name=field.name, kind=kind, note=note, default=default, key=key, load=load)


def optional_kind(kind: Any) -> tuple[Any, bool]:
    """Give a type without its None, and whether it had one."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind, False
    given = [one for one in get_args(kind) if one is not NoneType]
    return given[0], True


def entry_kind(kind: Any) -> Any:
    """Give the type of the entries of a list or of a table by name."""
    return get_args(kind)[1] if get_origin(kind) is Mapping else get_args(kind)[0]


def is_list(kind: Any) -> bool:
    """Tell whether a type is a list of entries."""
    return get_origin(kind) is tuple


def is_table(kind: Any) -> bool:
    """Tell whether a type is a table of values by name."""
    return get_origin(kind) is Mapping


def json_of(fact: Any) -> dict[str, Any]:
    """Write a fact as JSON holds it."""
    values = ((field, getattr(fact, field.name)) for field in fields_of(type(fact)))
    return {field.key: plain(value) for field, value in values if not is_left_out(field, value)}


def is_left_out(field: FactField, value: Any) -> bool:
    """Tell whether JSON says nothing of a value: blank, not known, or a no where that is usual."""
    return field.note.left_out_blank and (value in BLANK or value is False)


def plain(value: Any) -> Any:
    """Write a value as JSON holds it."""
    if dataclasses.is_dataclass(value):
        return json_of(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def loaded(fact: type[F], stored: Mapping[str, Any]) -> F:
    """Read what was stored; keys that this version does not know are passed over."""
    values = {}
    for field in fields_of(fact):
        if field.key in stored:
            values[field.name] = field.load(stored[field.key])
        elif field.is_required:
            raise ShapeError(staff_gettext("A stored {name} has no “{key}”.").format(name=fact.__name__, key=field.key))
    return fact(**values)


def loader_of(kind: Any) -> Loader:
    """Give the function that reads a stored value of a type: made once, since rows hold hundreds of values."""
    kind, may_be_absent = optional_kind(kind)
    load = entries_loader(kind) if is_list(kind) or is_table(kind) else LOADERS.get(kind) or parts_loader(kind)
    return (lambda stored: None if stored is None else load(stored)) if may_be_absent else load


def entries_loader(kind: Any) -> Loader:
    """Give what reads a list, or a table of values by name."""
    one = loader_of(entry_kind(kind))
    if is_list(kind):
        return lambda stored: tuple(map(one, stored or ()))
    return lambda stored: {str(name): one(value) for name, value in (stored or {}).items()}


def parts_loader(kind: Any) -> Loader:
    """Give what reads a fact, or one of the values that a type offers; anything else is as it was stored."""
    if hasattr(kind, "from_json"):
        return cast("Loader", kind.from_json)
    if dataclasses.is_dataclass(kind):
        return partial(loaded, kind)  # type: ignore[arg-type]  # a class, never an instance
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else as_stored


def as_stored(stored: Any) -> Any:
    """Give a value as it was stored."""
    return stored


def loaded_text(stored: Any) -> str:
    """Read a text, which former versions may have stored as a number or as nothing."""
    return "" if stored is None else str(stored)


LOADERS: Mapping[Any, Loader] = {str: loaded_text, datetime: datetime.fromisoformat}


def wanted_keys(fact: type[Any]) -> list[str]:
    """Name the keys without which there is no fact; all where none is required."""
    fields = fields_of(fact)
    return [field.key for field in fields if field.is_required] or [field.key for field in fields]


def checked(fact: type[F], given: Any, *, place: str) -> F:
    """Take what somebody gives; raise with one sentence, which begins with the place, for what does not fit."""
    fields = {field.key: field for field in fields_of(fact)}
    if not isinstance(given, Mapping):
        raise ShapeError(staff_gettext("{place} needs {listed}.").format(place=place, listed=listed(wanted_keys(fact))))
    unknown = sorted(set(map(str, given)) - fields.keys())
    if unknown:
        raise ShapeError(
            staff_gettext("{place} has no “{unknown}”{suggestion}.").format(
                place=place, unknown=unknown[0], suggestion=suggestion(unknown[0], fields)
            )
        )
    missing = [field for key, field in fields.items() if field.is_required and key not in given]
    if missing:
        raise ShapeError(needed(missing[0], place=place))
    known = [field for key, field in fields.items() if key in given]
    return fact(**{field.name: checked_value(field.kind, given[field.key], field, place=place) for field in known})


def checked_list(fact: type[F], given: Any, *, entry: str) -> tuple[F, ...]:
    """Take a list of facts that somebody gives; no two have the same in a field that tells them apart."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ShapeError(
            staff_gettext("give a list; each {entry} needs {listed}.").format(
                entry=entry, listed=listed(wanted_keys(fact))
            )
        )
    called = staff_gettext(entry)
    facts = tuple(checked(fact, one, place=f"{called} {number}") for number, one in enumerate(given, start=1))
    require_distinct(facts, entry=entry)
    return facts


def require_distinct(facts: Sequence[Any], *, entry: str, place: str = "") -> None:
    """Raise where two entries have the same in a field that tells them apart."""
    for field in fields_of(type(facts[0])) if facts else ():
        values = [getattr(fact, field.name) for fact in facts] if field.note.tells_apart else []
        again = next((number for number, value in enumerate(values) if value in values[:number]), None)
        if again is not None:
            raise ShapeError(
                staff_gettext("{place}each {entry} needs a {key} of its own; two have “{values}”.").format(
                    place=place, entry=entry, key=field.key, values=values[again]
                )
            )


def checked_value(kind: Any, given: Any, field: FactField, *, place: str) -> Any:
    """Take one value that somebody gives."""
    kind, may_be_absent = optional_kind(kind)
    if given is None and may_be_absent:
        return None
    if is_list(kind):
        return checked_entries(kind, given, field, place=place)
    if is_table(kind):
        return checked_table(kind, given, field, place=place)
    if dataclasses.is_dataclass(kind):
        return checked(kind, given, place=f"{place}, {field.key}")  # type: ignore[arg-type]
    taken = SCALARS.get(kind, taken_choice)(kind, given, field.note)
    if taken is None or (taken == "" and field.is_required):
        raise ShapeError(needed(field, place=place))
    return taken


def checked_entries(kind: Any, given: Any, field: FactField, *, place: str) -> tuple[Any, ...]:
    """Take a list."""
    if not isinstance(given, list | tuple) or len(given) < field.note.fewest:
        raise ShapeError(needed(field, place=place))
    entry, one_kind = field.note.entry, entry_kind(kind)
    if not dataclasses.is_dataclass(one_kind):
        return tuple(checked_value(one_kind, one, field, place=place) for one in given)
    numbered = enumerate(given, start=1)
    called = staff_gettext(entry)
    facts = tuple(checked(one_kind, one, place=f"{place}, {called} {number}") for number, one in numbered)  # type: ignore[arg-type]
    require_distinct(facts, entry=entry, place=f"{place}: ")
    return facts


def checked_table(kind: Any, given: Any, field: FactField, *, place: str) -> dict[str, Any]:
    """Take a table of values by name; a pattern is that of the names."""
    if not isinstance(given, Mapping) or not all(fits(str(name), field.note) for name in given):
        raise ShapeError(needed(field, place=place))
    one = dataclasses.replace(field, note=dataclasses.replace(field.note, pattern=""))
    return {str(name): checked_value(entry_kind(kind), value, one, place=place) for name, value in given.items()}


def fits(text: str, note: Note) -> bool:
    """Tell whether a text has the form that a note wants."""
    return not note.pattern or re.fullmatch(note.pattern, text) is not None


def taken_text(kind: Any, given: Any, note: Note) -> str | None:  # noqa: ARG001 - as of every type
    """Take a text; one of blanks alone is blank."""
    return (given if given.strip() else "") if isinstance(given, str) and fits(given, note) else None


def taken_truth(kind: Any, given: Any, note: Note) -> bool | None:  # noqa: ARG001
    """Take yes or no."""
    return given if isinstance(given, bool) else None


def taken_number(kind: Any, given: Any, note: Note) -> float | None:
    """Take a number within its range."""
    if isinstance(given, bool) or not isinstance(given, kind if kind is int else int | float):
        return None
    is_within = (note.lowest is None or given >= note.lowest) and (note.highest is None or given <= note.highest)
    return given if is_within and math.isfinite(given) else None


def taken_moment(kind: Any, given: Any, note: Note) -> datetime | None:  # noqa: ARG001
    """Take a moment, or its text."""
    try:
        return given if isinstance(given, datetime) else datetime.fromisoformat(given)
    except (TypeError, ValueError):  # no moment: the caller says what is wanted
        return None


def taken_choice(kind: Any, given: Any, note: Note) -> Any:  # noqa: ARG001
    """Take one of the values that are offered."""
    try:
        return kind(given)
    except ValueError:  # none of them: the caller says what is wanted
        return None


SCALARS: Mapping[Any, Callable[[Any, Any, Note], Any]] = {
    str: taken_text,
    bool: taken_truth,
    int: taken_number,
    float: taken_number,
    datetime: taken_moment,
}


def needed(field: FactField, *, place: str) -> str:
    """Say what a field takes."""
    meaning = staff_gettext(field.note.meaning).rstrip(".")
    return staff_gettext("{place} needs “{key}”: {meaning}.").format(
        place=place, key=field.key, meaning=f"{meaning[:1].lower()}{meaning[1:]}"
    )


def suggestion(word: str, known: Iterable[str]) -> str:
    """Name the word that may have been meant, and all there are."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return staff_gettext("; did you mean “{word}”? It has {names}").format(word=close[0], names=listed(names))
    return staff_gettext(": it has {names}").format(names=listed(names))


def listed(words: Iterable[str]) -> str:
    """Write names as a list."""
    *first, last = (f"“{word}”" for word in words)
    return staff_gettext("{names} and {last}").format(names=", ".join(first), last=last) if first else last


def described(fact: type[Any]) -> str:
    """Write the shape of a fact as somebody types it, such as {"key", "label"}."""
    parts = (f'"{field.key}"{described_entries(field.kind)}' for field in fields_of(fact))
    return f"{{{', '.join(parts)}}}"


def described_entries(kind: Any) -> str:
    """Write the shape of a list's entries; nothing for other values."""
    is_nested = is_list(kind) and dataclasses.is_dataclass(entry_kind(kind))
    return f": [{described(entry_kind(kind))}]" if is_nested else ""
