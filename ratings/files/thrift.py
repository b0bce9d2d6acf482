"""Read structs of Thrift's compact protocol, such as the headers of Parquet pages (apache/thrift, doc/specs)."""

import struct
from collections.abc import Callable
from typing import Any

from ratings.files.compression import Packed, PackedError
from ratings.sentences import staff_gettext

STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
WHOLE_NUMBERS = (4, 5, 6)
LONGEST_LIST = 15  # a length that stands in the next bytes
DEEPEST = 16


def read_struct(source: Packed, *, depth: int = 0) -> dict[int, Any]:
    """Read a struct: values by the number of their field."""
    if depth > DEEPEST:
        raise PackedError(staff_gettext("a header is nested too deeply"))
    found: dict[int, Any] = {}
    number = 0
    while head := source.byte():
        kind = head & 0x0F
        number = number + (head >> 4) if head >> 4 else zigzag(source)
        found[number] = kind == TRUE if kind in {TRUE, FALSE} else read_value(source, kind, depth=depth)
    return found


def read_value(source: Packed, kind: int, *, depth: int) -> Any:
    """Read a value of a kind."""
    if kind in WHOLE_NUMBERS:
        return zigzag(source)
    readers: dict[int, Callable[[], Any]] = {
        BYTE: source.byte,
        DOUBLE: lambda: struct.unpack("<d", source.take(8))[0],
        BINARY: lambda: source.take(whole(source)),
        LIST: lambda: read_list(source, depth=depth),
        SET: lambda: read_list(source, depth=depth),
        STRUCT: lambda: read_struct(source, depth=depth + 1),
    }
    if kind not in readers:
        raise PackedError(staff_gettext("a header holds a value of no known kind"))
    return readers[kind]()


def read_list(source: Packed, *, depth: int) -> list[Any]:
    """Read a list of values of one kind."""
    head = source.byte()
    count = head >> 4 if head >> 4 < LONGEST_LIST else whole(source)
    kind = head & 0x0F
    if count > source.left:
        raise PackedError(staff_gettext("a header's list is longer than its file"))
    if kind in {TRUE, FALSE}:
        return [source.byte() == TRUE for _ in range(count)]
    return [read_value(source, kind, depth=depth) for _ in range(count)]


def whole(source: Packed) -> int:
    """Read a number that is not negative."""
    number = shift = 0
    while True:
        byte = source.byte()
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number


def zigzag(source: Packed) -> int:
    """Read a number with its sign."""
    number = whole(source)
    return (number >> 1) ^ -(number & 1)
