"""Read the colours that an AV1 stream declares in its sequence header (AV1 Bitstream and Decoding Process, 5.5)."""

from ratings.files.decoding.profiles import CodePoints

SEQUENCE_HEADER = 1  # kind of a unit of the stream
DECODER_MODEL, TIMING, OPERATING_POINT = 5 + 32 + 5 + 5, 32 + 32, 12 + 5  # bits of these fields
HIGH_PROFILE, PROFESSIONAL_PROFILE = 1, 2
FIRST_LEVEL_WITH_TIER = 8
MOST_LEADING_ZEROS = 32
MALFORMED = (IndexError, ValueError)  # what a damaged stream may bring up; the decoder is the judge of the file


class Bits:
    """Reads numbers of any number of bits, one after the other; raises `IndexError` behind the end."""

    def __init__(self, content: bytes) -> None:
        """Begin at the first bit."""
        self.value, self.left = int.from_bytes(content), 8 * len(content)

    def number(self, width: int) -> int:
        """Read a number of so many bits."""
        self.left -= width
        if self.left < 0:
            raise IndexError
        return self.value >> self.left & ((1 << width) - 1)

    def flag(self) -> bool:
        """Read one bit."""
        return bool(self.number(1))

    def skip_variable(self) -> None:
        """Pass over a number that says itself how long it is (4.10.3)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros >= MOST_LEADING_ZEROS:
                return
        self.number(zeros)


def stream_points(stream: bytes) -> CodePoints | None:
    """Give the code points in the first sequence header of a stream; None where it has none."""
    try:
        header = sequence_header(stream)
        return header_points(Bits(header)) if header else None
    except MALFORMED:  # says nothing of colours, then
        return None


def sequence_header(stream: bytes) -> bytes:
    """Find the first sequence header among the units of a stream (5.3); nothing where there is none."""
    place = 0
    while place < len(stream):
        head = stream[place]
        place += 2 if head & 4 else 1
        size, place = leb128(stream, place=place) if head & 2 else (len(stream) - place, place)
        if head >> 3 & 15 == SEQUENCE_HEADER:
            return stream[place : place + size]
        place += size
    return b""


def leb128(stream: bytes, *, place: int) -> tuple[int, int]:
    """Read a number in bytes of which the lower seven bits count (4.10.5); give it and the place behind it."""
    value = 0
    for index in range(8):
        byte = stream[place + index]
        value |= (byte & 127) << 7 * index
        if byte < 128:  # noqa: PLR2004 - no further byte
            return value, place + index + 1
    raise ValueError


def header_points(bits: Bits) -> CodePoints | None:
    """Read a sequence header up to its colours (5.5.1)."""
    profile = bits.number(3)
    bits.flag()  # a still picture
    is_reduced = bits.flag()
    if is_reduced:
        bits.number(5)
    else:
        skip_operating_points(bits)
    skip_size(bits, is_reduced=is_reduced)
    skip_tools(bits, is_reduced=is_reduced)
    return colour_points(bits, profile=profile)


def skip_operating_points(bits: Bits) -> None:
    """Pass over timing and operating points."""
    delay = 0  # bits of a delay in the buffer, where there is a decoder model
    if bits.flag():
        bits.number(TIMING)
        if bits.flag():
            bits.skip_variable()
        if bits.flag():
            delay = (bits.number(DECODER_MODEL) >> DECODER_MODEL - 5) + 1
    has_display_delay = bits.flag()
    for _ in range(bits.number(5) + 1):
        level = bits.number(OPERATING_POINT) & 31
        if level >= FIRST_LEVEL_WITH_TIER:
            bits.flag()
        if delay and bits.flag():
            bits.number(2 * delay + 1)
        if has_display_delay and bits.flag():
            bits.number(4)


def skip_size(bits: Bits, *, is_reduced: bool) -> None:
    """Pass over the size and the numbers of frames."""
    widths = bits.number(8)
    bits.number((widths >> 4) + 1)
    bits.number((widths & 15) + 1)
    if not is_reduced and bits.flag():
        bits.number(4 + 3)


def skip_tools(bits: Bits, *, is_reduced: bool) -> None:
    """Pass over the tools of coding."""
    bits.number(3)
    if not is_reduced:
        bits.number(4)
        has_order_hint = bits.flag()
        if has_order_hint:
            bits.number(2)
        has_screen_tools = True if bits.flag() else bits.flag()
        if has_screen_tools and not bits.flag():
            bits.flag()
        if has_order_hint:
            bits.number(3)
    bits.number(3)


def colour_points(bits: Bits, *, profile: int) -> CodePoints | None:
    """Read the colours (5.5.2)."""
    is_deep = bits.flag()
    if profile == PROFESSIONAL_PROFILE and is_deep:
        bits.flag()
    if profile != HIGH_PROFILE:
        bits.flag()  # one channel alone
    if not bits.flag():
        return None
    primaries, transfer = bits.number(8), bits.number(8)
    return CodePoints(primaries=primaries, transfer=transfer)
