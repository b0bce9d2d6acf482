"""Turn uploaded bytes into a safe image: verified, free of metadata, re-encoded in the sizes that pages ask for."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError
from PIL import Image as Pillow
from PIL import ImageFilter

from ratings.exceptions import ConflictError, ImageRejectedError
from ratings.files.decoding import MAX_PIXELS, Decoded, Flattening, PixelBudget, decode_opened, open_picture
from ratings.files.decoding.errors import CODEC_ERRORS
from ratings.models import Image
from ratings.models.image import Rendition
from ratings.sentences import staff_gettext

WIDTHS = (480, 768, 1024, 1536)
QUALITY = 90
FEW_COLOURS = 1024  # drawings and patterns: lossless is both exact and smaller
PLACEHOLDER_SIDES = (24, 16, 12, 8)
MAX_PLACEHOLDER = 400
AT_ONCE = PixelBudget(MAX_PIXELS)  # 0.8 GiB, for one picture of the largest size or for many small ones


@dataclass(frozen=True, kw_only=True)
class EncodedSize:
    """One size of a picture, as the file to be stored."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True, kw_only=True)
class EncodedPicture:
    """A picture ready to be stored: the full size, smaller ones, and a tiny blurred stand-in."""

    sha256: str
    full: EncodedSize
    smaller: tuple[EncodedSize, ...]
    placeholder: str
    flattening: Flattening


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """Where a picture's files lie in storage."""

    sha256: str
    full: Rendition
    renditions: list[Rendition]
    placeholder: str
    flattening: Flattening

    @property
    def paths(self) -> list[str]:
        """List every file of the picture."""
        return [self.full["path"], *(rendition["path"] for rendition in self.renditions)]


def digest(*, content: bytes) -> str:
    """Give the SHA-256 that identifies a file."""
    return hashlib.sha256(content).hexdigest()


def encode_picture(*, content: bytes) -> EncodedPicture:
    """Verify and re-encode a picture; raise `ImageRejectedError` with the reason and what to do."""
    opened = open_picture(content=content)
    with AT_ONCE.room_for(opened.pixels):
        return encode_pixels(decoded=decode_opened(opened), sha256=digest(content=content))


def encode_pixels(*, decoded: Decoded, sha256: str) -> EncodedPicture:
    """Encode a picture in its sizes; whatever the encoder raises, lack of memory included, is about this file alone."""
    picture = decoded.picture
    try:
        lossless = picture.getcolors(FEW_COLOURS) is not None
        widths = [width for width in WIDTHS if width < picture.width]
        return EncodedPicture(
            sha256=sha256,
            full=encoded_size(picture, lossless=lossless),
            smaller=tuple(encoded_size(scaled_picture(picture, width), lossless=lossless) for width in widths),
            placeholder=blurred_placeholder(picture),
            flattening=decoded.flattening,
        )
    except CODEC_ERRORS as error:
        raise ImageRejectedError(
            staff_gettext("it could not be encoded at {width} by {height} pixels; scale it down or crop it").format(
                width=picture.width, height=picture.height
            )
        ) from error


def scaled_picture(picture: Pillow.Image, width: int) -> Pillow.Image:
    """Shrink to a width."""
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=3.0)


def encoded_size(picture: Pillow.Image, *, lossless: bool) -> EncodedSize:
    """Encode as WebP; nothing of the original's metadata is handed on."""
    out = BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4, lossless=lossless, exif=b"", icc_profile=b"", xmp=b"")
    return EncodedSize(width=picture.width, height=picture.height, content=out.getvalue())


def blurred_placeholder(picture: Pillow.Image) -> str:
    """Give a data URI of a few hundred bytes that stands in while the picture loads."""
    uri = ""
    for side in PLACEHOLDER_SIDES:
        out = BytesIO()
        contained(picture, side).filter(ImageFilter.GaussianBlur(0.7)).save(out, "WEBP", quality=30, method=6)
        uri = "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
        if len(uri) <= MAX_PLACEHOLDER:
            break
    return uri


def contained(picture: Pillow.Image, side: int) -> Pillow.Image:
    """Shrink into a square, no side below one pixel."""
    share = min(1.0, side / max(picture.size))
    width, height = (max(1, round(length * share)) for length in picture.size)
    return picture.resize((width, height), Pillow.Resampling.BICUBIC, reducing_gap=3.0)


def store_picture(*, picture: EncodedPicture) -> StoredPicture:
    """Write a picture's files under a random name; when one cannot be written, none stays."""
    token = secrets.token_hex(16)
    stem = f"images/{token[:2]}/{token}"
    sizes = {f"{stem}.webp": picture.full} | {f"{stem}-{size.width}.webp": size for size in picture.smaller}
    try:
        full, *renditions = [store_size(size, path=path) for path, size in sizes.items()]
    except BaseException:
        discard_files(paths=sizes)
        raise
    return StoredPicture(
        sha256=picture.sha256,
        full=full,
        renditions=renditions,
        placeholder=picture.placeholder,
        flattening=picture.flattening,
    )


def store_size(size: EncodedSize, *, path: str) -> Rendition:
    """Write one size."""
    saved = default_storage.save(path, ContentFile(size.content))
    return Rendition(width=size.width, height=size.height, path=saved)


def discard_files(*, paths: Iterable[str]) -> None:
    """Delete files from storage; those already gone are no matter."""
    for path in paths:
        default_storage.delete(path)


def image_paths(*, image: Image) -> list[str]:
    """List the files of an image."""
    return [image.path, *(rendition["path"] for rendition in image.renditions)]


@transaction.atomic
def delete_image(*, image: Image) -> None:
    """Delete an image that nothing uses, and its files once that is certain."""
    paths = image_paths(image=image)
    try:
        image.delete()
    except ProtectedError as error:
        raise ConflictError(
            staff_gettext(
                "This image belongs to a study, a dataset, a pair or a steering run; switch it off there instead."
            )
        ) from error
    transaction.on_commit(lambda: discard_files(paths=paths))
