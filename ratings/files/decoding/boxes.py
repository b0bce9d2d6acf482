"""Read the boxes of AVIF files and their kin (ISO/IEC 14496-12 and 23008-12): brands, and the colours they declare."""

import struct
from collections.abc import Iterator

from ratings.files.decoding.profiles import CodePoints

HEADER = 8
VISUAL_ENTRY = 78  # bytes before the boxes of a visual sample entry
SAMPLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
# What a damaged structure may bring up; the decoder is the judge of the file.
MALFORMED = (struct.error, IndexError, StopIteration)

Boxes = list[tuple[bytes, memoryview]]


def boxes(view: memoryview) -> Boxes:
    """Give the kind and the body of each box; what is cut off is left out."""
    return list(each_box(view))


def each_box(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Walk over boxes, with sizes of 32 or 64 bits or up to the end."""
    start = 0
    while start + HEADER <= len(view):
        size, kind = struct.unpack(">I4s", view[start : start + HEADER])
        head = HEADER
        if size == 1 and start + 16 <= len(view):
            size, head = struct.unpack(">Q", view[start + HEADER : start + 16])[0], 16
        end = start + size if size else len(view)
        if end < start + head or end > len(view):
            return
        yield kind, view[start + head : end]
        start = end


def body(found: Boxes, kind: bytes) -> memoryview:
    """Give the first box of a kind, or an empty one."""
    return next((one for name, one in found if name == kind), memoryview(b""))


def brands(content: bytes) -> list[bytes]:
    """Give the brands of a file, the major one first; none where it is no such file."""
    first = bytes(body(boxes(memoryview(content[:4096])), b"ftyp"))
    return [first[:4], *(first[place : place + 4] for place in range(8, len(first), 4))] if first else []


def declared_points(content: bytes) -> CodePoints | None:
    """Give the code points (`colr` of kind `nclx`) of the picture that is shown; None where there are none."""
    found = boxes(memoryview(content))
    readers = [item_colours, track_colours]
    if brands(content)[:1] == [b"avis"]:
        readers.reverse()
    for reader in readers:
        try:
            points = reader(found)
        except MALFORMED:  # says nothing of colours, then
            continue
        if points is not None:
            return points
    return None


def item_colours(found: Boxes) -> CodePoints | None:
    """Read the colours of the primary item: the properties that are associated with it."""
    meta = boxes(body(found, b"meta")[4:])
    properties = boxes(body(meta, b"iprp"))
    container = boxes(body(properties, b"ipco"))
    item = primary_item(body(meta, b"pitm"))
    associated = [
        container[index - 1]
        for kind, one in properties
        if kind == b"ipma"
        for index in associations(one, item=item)
        if index
    ]
    return nclx(associated)


def primary_item(pitm: memoryview) -> int:
    """Read which item is shown."""
    return int(struct.unpack(">H" if pitm[0] == 0 else ">I", pitm[4 : 6 if pitm[0] == 0 else 8])[0])


def associations(ipma: memoryview, *, item: int) -> Iterator[int]:
    """Give the numbers, from 1, of the properties that belong to an item."""
    version, is_wide, place = ipma[0], ipma[3] & 1, 8
    for _ in range(struct.unpack(">I", ipma[4:8])[0]):
        width = 4 if version else 2
        number = struct.unpack(">I" if version else ">H", ipma[place : place + width])[0]
        count, place = ipma[place + width], place + width + 1
        for _ in range(count):
            index = struct.unpack(">H", ipma[place : place + 2])[0] & 0x7FFF if is_wide else ipma[place] & 0x7F
            place += 2 if is_wide else 1
            if number == item:
                yield index


def track_colours(found: Boxes) -> CodePoints | None:
    """Read the colours of the first track with pictures."""
    for kind in SAMPLES:
        found = boxes(body(found, kind))
    entries = boxes(body(found, b"stsd")[8:])
    return next((nclx(boxes(entry[VISUAL_ENTRY:])) for kind, entry in entries if kind == b"av01"), None)


def nclx(properties: Boxes) -> CodePoints | None:
    """Read the code points among properties."""
    for kind, one in properties:
        if kind == b"colr" and bytes(one[:4]) == b"nclx":
            primaries, transfer = struct.unpack(">HH", one[4:8])
            return CodePoints(primaries=primaries, transfer=transfer)
    return None
