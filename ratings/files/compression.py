"""Decompress a block of any size piece by piece: what Parquet pages are packed with, in bounded memory."""

import zlib
from collections.abc import Callable, Iterator
from typing import IO

import pyarrow as pa

from ratings.files.stored import read_at
from ratings.sentences import staff_gettext

PIECE = 1024 * 1024
WINDOW = 64 * 1024  # how far back a copy may reach: what compressors of both formats keep to
ENOUGH = WINDOW + PIECE  # unpacked bytes that are worth handing on
IN_MEMORY = 16 * 1024 * 1024  # blocks up to this size are decompressed at once
LITERAL_BYTES = 60  # Snappy: lengths from here on stand in the bytes after the tag
LONG = 15  # LZ4: a length that goes on in the next bytes
SHORTEST_MATCH = 4


class PackedError(ValueError):
    """A block is not what its page says it is."""


class Packed:
    """A packed block in a file, read from its start to its end."""

    def __init__(self, *, file: "IO[bytes]", start: int, size: int) -> None:
        self.file = file
        self.at = start
        self.end = start + size
        self.buffer = b""
        self.taken = 0

    def take(self, count: int) -> bytes:
        """Take so many bytes."""
        if len(self.buffer) - self.taken < count:
            more = min(max(PIECE, count), self.end - self.at)
            self.buffer = self.buffer[self.taken :] + read_at(self.file, start=self.at, size=more)
            self.at, self.taken = self.at + more, 0
            if len(self.buffer) < count:
                raise PackedError(staff_gettext("a block ends too early"))
        found = self.buffer[self.taken : self.taken + count]
        self.taken += count
        return found

    def byte(self) -> int:
        """Take a byte."""
        return self.take(1)[0]

    @property
    def left(self) -> int:
        """Count the bytes that are left."""
        return self.end - self.at + len(self.buffer) - self.taken

    def pieces(self) -> Iterator[bytes]:
        """Take everything, piece by piece."""
        while self.left:
            yield self.take(min(PIECE, self.left))


class Unpacked:
    """What was unpacked last, from which copies are made, and what is ready to be handed on."""

    def __init__(self) -> None:
        self.text = bytearray()

    def copy(self, *, distance: int, length: int) -> None:
        """Repeat bytes from so far back; a copy may overlap itself."""
        start = len(self.text) - distance
        if distance <= 0 or start < 0:
            raise PackedError(staff_gettext("a block copies from before its start"))
        pattern = bytes(self.text[start : start + length])
        while len(pattern) < length:
            pattern += pattern
        self.text += pattern[:length]

    def ready(self) -> bytes:
        """Give what no copy can reach any more."""
        done = bytes(self.text[:-WINDOW])
        del self.text[:-WINDOW]
        return done


def snappy_pieces(packed: Packed) -> Iterator[bytes]:
    """Unpack Snappy's raw format (google/snappy, format_description.txt)."""
    while packed.byte() & 0x80:  # the length of the whole, known from the page
        pass
    unpacked = Unpacked()
    while packed.left:
        tag = packed.byte()
        if tag & 3 == 0:
            yield from literal(packed, unpacked, length=snappy_length(packed, tag >> 2) + 1)
        elif tag & 3 == 1:
            unpacked.copy(distance=(tag >> 5 << 8) | packed.byte(), length=4 + (tag >> 2 & 7))
        else:
            distance = int.from_bytes(packed.take(2 if tag & 3 == 2 else 4), "little")  # noqa: PLR2004 - kinds of tag
            unpacked.copy(distance=distance, length=1 + (tag >> 2))
        if len(unpacked.text) > ENOUGH:
            yield unpacked.ready()
    yield bytes(unpacked.text)


def snappy_length(packed: Packed, length: int) -> int:
    """Read a literal's length, less one."""
    return length if length < LITERAL_BYTES else int.from_bytes(packed.take(length - LITERAL_BYTES + 1), "little")


def literal(packed: Packed, unpacked: Unpacked, *, length: int) -> Iterator[bytes]:
    """Take bytes as they are, however many."""
    while length:
        piece = packed.take(min(length, PIECE))
        unpacked.text += piece
        length -= len(piece)
        if len(unpacked.text) > ENOUGH:
            yield unpacked.ready()


def lz4_pieces(packed: Packed) -> Iterator[bytes]:
    """Unpack LZ4's raw format (lz4/lz4, doc/lz4_Block_format.md)."""
    unpacked = Unpacked()
    while packed.left:
        token = packed.byte()
        yield from literal(packed, unpacked, length=lz4_length(packed, token >> 4))
        if packed.left:
            distance = int.from_bytes(packed.take(2), "little")
            unpacked.copy(distance=distance, length=SHORTEST_MATCH + lz4_length(packed, token & LONG))
        if len(unpacked.text) > ENOUGH:
            yield unpacked.ready()
    yield bytes(unpacked.text)


def lz4_length(packed: Packed, length: int) -> int:
    """Read a length, which goes on while its bytes are full."""
    more = 0xFF if length == LONG else 0
    while more == 0xFF:  # noqa: PLR2004 - a full byte
        more = packed.byte()
        length += more
    return length


def gzip_pieces(packed: Packed) -> Iterator[bytes]:
    """Unpack gzip."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in packed.pieces():
            rest = piece
            while rest:
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise PackedError(staff_gettext("a block is no gzip")) from error


def arrow_pieces(codec: str) -> Callable[[Packed], Iterator[bytes]]:
    """Unpack what Arrow unpacks as a stream."""

    def pieces(packed: Packed) -> Iterator[bytes]:
        with pa.CompressedInputStream(pa.PythonFile(Readable(packed), mode="r"), codec) as stream:
            while piece := stream.read(PIECE):
                yield piece

    return pieces


class Readable:
    """A packed block as a file that Arrow reads."""

    closed = False

    def __init__(self, packed: Packed) -> None:
        self.packed = packed

    def read(self, size: int) -> bytes:
        """Read at most so many bytes."""
        return self.packed.take(min(size, self.packed.left))

    def close(self) -> None:
        """Close nothing: the file is in use elsewhere."""


STREAMS: dict[str, Callable[[Packed], Iterator[bytes]]] = {
    "UNCOMPRESSED": Packed.pieces,
    "SNAPPY": snappy_pieces,
    "LZ4": lz4_pieces,  # what Arrow calls the format's LZ4_RAW
    "GZIP": gzip_pieces,
    "ZSTD": arrow_pieces("zstd"),
    "BROTLI": arrow_pieces("brotli"),
}


def unpacked_pieces(*, packed: Packed, codec: str, size: int) -> Iterator[bytes]:
    """Unpack a block of a known size: a small one at once, a large one piece by piece."""
    if codec == "UNCOMPRESSED" or max(size, packed.left) > IN_MEMORY:
        yield from exactly(STREAMS[codec](packed), size=size)
    elif size:
        name = "lz4_raw" if codec == "LZ4" else codec.lower()
        yield pa.Codec(name).decompress(packed.take(packed.left), size, asbytes=True)


def exactly(pieces: Iterator[bytes], *, size: int) -> Iterator[bytes]:
    """Hand pieces on, and refuse a block that unpacks to more or less than its page says."""
    for piece in pieces:
        size -= len(piece)
        if size < 0:
            break
        yield piece
    if size:
        raise PackedError(staff_gettext("a block does not unpack to its size"))
