"""Take the values of a binary Parquet column apart page by page, each value left on disk until it is read.

Arrow reads whole pages into memory, and writers put up to a thousand pictures on one. Here a page of any size is
unpacked to a temporary file, and a value is a piece of it. Written after the format's own description
(apache/parquet-format: src/main/thrift/parquet.thrift, Encodings.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import IO, Any

import pyarrow.parquet as pq

from ratings.files.compression import STREAMS, Packed, PackedError, unpacked_pieces
from ratings.files.stored import StoredBytes, read_at, stored_pieces
from ratings.files.thrift import read_struct
from ratings.sentences import staff_gettext

DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 0, 2, 3
PLAIN = 0
HEADER = {DATA_PAGE: 5, DICTIONARY_PAGE: 7, DATA_PAGE_V2: 8}  # the header's field that describes such a page
NEEDED = {DATA_PAGE: (1, 2), DICTIONARY_PAGE: (1,), DATA_PAGE_V2: (1, 4, 5, 6)}  # the fields of these headers
ENCODINGS = frozenset(("PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "RLE", "BIT_PACKED"))
LENGTH = 4  # bytes that tell how long a value or a list of levels is


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a column: its kind, its own header, and where its packed content lies."""

    kind: int
    header: dict[int, Any]
    start: int
    packed_size: int
    size: int


@dataclass(frozen=True, kw_only=True)
class BinaryColumn:
    """A binary column in one row group of a file."""

    file: "IO[bytes]"
    chunk: "pq.ColumnChunkMetaData"
    most_defined: int  # the definition level of a value that is there

    @property
    def is_readable(self) -> bool:
        """Tell whether it is written in a way that is understood here."""
        return self.chunk.compression in STREAMS and ENCODINGS.issuperset(self.chunk.encodings)


def column_values(column: BinaryColumn) -> Iterator[StoredBytes | None]:
    """Give the values of a column in order, None where there is none."""
    dictionary: Sequence[StoredBytes] = ()
    for page in pages(column):
        content = page_content(page, column=column)
        if page.kind == DICTIONARY_PAGE:
            dictionary = list(taken(plain_values(content), page.header[1]))
        elif page.kind in {DATA_PAGE, DATA_PAGE_V2}:
            yield from page_values(page, content=content, column=column, dictionary=dictionary)


def pages(column: BinaryColumn) -> Iterator[Page]:
    """Read the headers of a column's pages."""
    chunk = column.chunk
    at = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
    end = at + chunk.total_compressed_size
    while at < end:
        header = Packed(file=column.file, start=at, size=end - at)
        page = described_page(read_struct(header), start=end - header.left)
        at = page.start + page.packed_size
        if at > end or min(page.packed_size, page.size) < 0:
            raise PackedError(staff_gettext("a page reaches beyond its column"))
        yield page


def described_page(found: dict[int, Any], *, start: int) -> Page:
    """Take from a header what is needed of it."""
    try:
        kind = int(found[1])
        own = dict(found.get(HEADER.get(kind, 0), {}))
        needed = NEEDED.get(kind, ())
        return Page(
            kind=kind,
            header=own | {number: int(own[number]) for number in needed},
            start=start,
            packed_size=int(found[3]),
            size=int(found[2]),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise PackedError(staff_gettext("a page has no proper header")) from error


def page_content(page: Page, *, column: BinaryColumn) -> StoredBytes:
    """Unpack a page; one that is not packed stays where it is. Version 2 keeps its levels before what is packed."""
    codec = column.chunk.compression
    if codec == "UNCOMPRESSED" or (page.kind == DATA_PAGE_V2 and page.header.get(7) is False):
        return StoredBytes(file=column.file, start=page.start, size=page.packed_size)
    before = page.header[5] + page.header[6] if page.kind == DATA_PAGE_V2 else 0
    packed = Packed(file=column.file, start=page.start, size=page.packed_size)
    levels = packed.take(before)
    pieces = unpacked_pieces(packed=packed, codec=codec, size=page.size - before)
    return stored_pieces(piece for part in ((levels,), pieces) for piece in part)


def page_values(
    page: Page, *, content: StoredBytes, column: BinaryColumn, dictionary: Sequence[StoredBytes]
) -> Iterator[StoredBytes | None]:
    """Give the values of a data page."""
    levels, rest, encoding = split_levels(page, content=content, has_levels=column.most_defined > 0)
    values = plain_values(rest) if encoding == PLAIN else named_values(rest, dictionary=dictionary)
    defined = small_numbers(levels, width=column.most_defined.bit_length())
    for level in taken(defined, page.header[1]):
        yield from taken(values, 1) if level == column.most_defined else (None,)


def taken(values: Iterator[Any], count: int) -> Iterator[Any]:
    """Take so many values; refuse a page that holds fewer."""
    for _ in range(count):
        try:
            yield next(values)
        except StopIteration as error:
            raise PackedError(staff_gettext("a page holds fewer values than it says")) from error


def named_values(indices: StoredBytes, *, dictionary: Sequence[StoredBytes]) -> Iterator[StoredBytes]:
    """Give the values of a dictionary that a page names by number."""
    content = indices.read() or b"\0"
    for number in small_numbers(content[1:], width=content[0]):
        yield looked_up(dictionary, number)


def looked_up(dictionary: Sequence[StoredBytes], number: int) -> StoredBytes:
    """Give a dictionary's value."""
    if number >= len(dictionary):
        raise PackedError(staff_gettext("a page names a value that its dictionary lacks"))
    return dictionary[number]


def split_levels(page: Page, *, content: StoredBytes, has_levels: bool) -> tuple[bytes, StoredBytes, int]:
    """Part a page's definition levels from its values, and give the encoding of these."""
    if page.kind == DATA_PAGE_V2:
        start, length, encoding = page.header[6], page.header[5], page.header[4]
    elif has_levels:
        start, encoding = LENGTH, page.header[2]
        length = int.from_bytes(read_at(content.file, start=content.start, size=LENGTH), "little")
    else:
        start, length, encoding = 0, 0, page.header[2]
    if min(start, length) < 0 or start + length > content.size:
        raise PackedError(staff_gettext("levels reach beyond their page"))
    levels = read_at(content.file, start=content.start + start, size=length)
    skipped = start + length
    rest = StoredBytes(file=content.file, start=content.start + skipped, size=content.size - skipped)
    return levels, rest, encoding


def plain_values(content: StoredBytes) -> Iterator[StoredBytes]:
    """Give values that follow each other, each after its length."""
    at, end = content.start, content.start + content.size
    while at < end:
        size = int.from_bytes(read_at(content.file, start=at, size=LENGTH), "little")
        at += LENGTH
        if at + size > end:
            raise PackedError(staff_gettext("a value reaches beyond its page"))
        yield StoredBytes(file=content.file, start=at, size=size)
        at += size


def small_numbers(content: bytes, *, width: int) -> Iterator[int]:
    """Read small numbers that are written in runs or packed in bits; of no width all are 0, without an end."""
    return hybrid_runs(content, width=width) if width else repeat(0)


def hybrid_runs(content: bytes, *, width: int) -> Iterator[int]:
    """Read small numbers, run by run."""
    at, size = 0, (width + 7) // 8
    while at < len(content):
        head, at = varint(content, at)
        if head & 1:
            packed = int.from_bytes(content[at : at + (head >> 1) * width], "little")
            at += (head >> 1) * width
            yield from ((packed >> place * width) & ((1 << width) - 1) for place in range((head >> 1) * 8))
        else:
            number = int.from_bytes(content[at : at + size], "little")
            at += size
            yield from (number for _ in range(head >> 1))


def varint(content: bytes, at: int) -> tuple[int, int]:
    """Read a number of variable length; give the place behind it, too."""
    number = shift = 0
    while True:
        if at >= len(content):
            raise PackedError(staff_gettext("a number ends too early"))
        number |= (content[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not content[at - 1] & 0x80:
            return number, at
