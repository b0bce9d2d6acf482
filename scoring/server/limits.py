"""What one request, and all together, may take."""

from dataclasses import dataclass

MEBIBYTE = 2**20
MOST_IMAGES = 1000  # in one request
MOST_PICTURES = 256  # among them that are sent or fetched, and so may have to be embedded
MOST_RATERS = 64
MOST_SCORES = 32_000  # images times raters
LONGEST_TEXT = 10_000  # characters of a prompt or of another word about a picture
PICTURE_BYTES = 32 * MEBIBYTE
PICTURE_PIXELS = 50_000_000
PICTURE_SIDE = 16_383
SMALL_PIXELS = 8_000_000  # pictures up to this size are decoded side by side, larger ones one after the other


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an operator sets."""

    body_bytes: int = 128 * MEBIBYTE
    bodies_bytes: int = 512 * MEBIBYTE  # of all requests that are being read or waited for
    body_seconds: float = 60.0  # in which a body has to arrive
    waiting: int = 1024  # pictures in the queue to the network

    @classmethod
    def of(cls, *, body_mib: int, waiting: int) -> "Limits":
        """Set the size of a body and the queue; all bodies together may take what four do."""
        return cls(
            body_bytes=body_mib * MEBIBYTE,
            bodies_bytes=4 * body_mib * MEBIBYTE,
            waiting=max(waiting, MOST_PICTURES),
        )
