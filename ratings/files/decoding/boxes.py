"""Read the boxes of AVIF files and their kin (ISO/IEC 14496-12 and 23008-12): brands, and the colours they declare."""

import struct
from collections.abc import Callable, Iterator
from functools import partial

from ratings.files.decoding.profiles import CodePoints
from ratings.files.decoding.sequence_header import stream_points

HEADER = 8
MOST_ITEMS, MOST_EXTENTS = 1000, 16  # of which the streams are looked for
STREAM_HEAD = 4096  # bytes among which a stream has its sequence header
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
    """Give the code points of the picture that is shown; None where there are none.

    The file's own (`colr` of kind `nclx`) count before those in its AV1 stream, as in libavif (src/read.c,
    avifDecoderReset: cicpSet).
    """
    view = memoryview(content)
    found = boxes(view)
    readers: list[Callable[[Boxes], CodePoints | None]] = [item_colours, track_colours]
    if brands(content)[:1] == [b"avis"]:
        readers.reverse()
    readers.append(partial(stream_colours, view=view))
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


def stream_colours(found: Boxes, *, view: memoryview) -> CodePoints | None:
    """Read the colours that the AV1 stream of the primary item declares, or else that of the parts it is made of."""
    meta = boxes(body(found, b"meta")[4:])
    item = primary_item(body(meta, b"pitm"))
    streams = item_streams(body(meta, b"iloc"), file=view, inner=body(meta, b"idat"))
    own = stream_points(streams.get(item, b""))
    return own or next((points for one in streams.values() if (points := stream_points(one)) is not None), None)


def item_streams(iloc: memoryview, *, file: memoryview, inner: memoryview) -> dict[int, bytes]:
    """Give the beginning of what each item holds, in the file or in the box for small items (14496-12, 8.11.3)."""
    version = iloc[0]
    offset_size, length_size, base_size, index_size = (
        nibble for byte in iloc[4:6] for nibble in (byte >> 4, byte & 15)
    )
    numbers = Numbers(iloc[6:])
    streams: dict[int, bytes] = {}
    wide = 4 if version > 1 else 2
    for _ in range(few(numbers.next(wide), most=MOST_ITEMS)):
        item = numbers.next(wide)
        is_inner = bool(version and numbers.next(2) & 15)
        numbers.next(2)
        base = numbers.next(base_size)
        extents = []
        for _ in range(few(numbers.next(2), most=MOST_EXTENTS)):
            numbers.next(index_size if version else 0)
            extents.append((base + numbers.next(offset_size), numbers.next(length_size)))
        whole = inner if is_inner else file
        pieces = [whole[start : start + length] if length else whole[start:] for start, length in extents]
        streams[item] = b"".join(bytes(piece[:STREAM_HEAD]) for piece in pieces)[:STREAM_HEAD]
    return streams


def few(count: int, *, most: int) -> int:
    """Give a count that a sound file may have; raise `IndexError` at any other."""
    if count > most:
        raise IndexError
    return count


class Numbers:
    """Reads whole numbers of some bytes each, one after the other; raises `IndexError` behind the end."""

    def __init__(self, view: memoryview) -> None:
        """Begin at the first byte."""
        self.view, self.place = view, 0

    def next(self, size: int) -> int:
        """Read a number of so many bytes."""
        self.place += size
        if self.place > len(self.view):
            raise IndexError
        return int.from_bytes(self.view[self.place - size : self.place])


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
