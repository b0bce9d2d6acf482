"""Turn uploaded bytes into a safe picture: verified, free of metadata, re-encoded in the sizes that pages ask for."""

import base64
import hashlib
import secrets
import struct
import warnings
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError
from PIL import Image as Pillow
from PIL import ImageCms, ImageFilter, ImageOps

from ratings.exceptions import ConflictError, ImageRejectedError
from ratings.models import Image
from ratings.models.image import Rendition

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
DAMAGED = "the file is damaged or cut short; export or download it again"
FORMAT_NAMES = "JPEG, PNG, WebP, AVIF or GIF"
WIDTHS = (480, 768, 1024, 1536)
MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_383  # what WebP can hold
MIN_SIDE = 8
QUALITY = 90
FEW_COLOURS = 1024  # drawings and patterns: lossless is both exact and smaller
PLACEHOLDER_SIDES = (24, 16, 12, 8)
MAX_PLACEHOLDER = 400
WHITE = (255, 255, 255)
MEBIBYTE = 1024 * 1024
# What Pillow's decoders are known to raise on malformed files.
DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError, RuntimeError,
    struct.error, zlib.error, Pillow.DecompressionBombError,
)  # fmt: skip

# The limit below is lower than Pillow's own, and refuses where Pillow only warns.
warnings.filterwarnings("ignore", category=Pillow.DecompressionBombWarning)


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


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """Where a picture's files lie in storage."""

    sha256: str
    full: Rendition
    renditions: list[Rendition]
    placeholder: str

    @property
    def paths(self) -> list[str]:
        """List every file of the picture."""
        return [self.full["path"], *(rendition["path"] for rendition in self.renditions)]


def digest(*, content: bytes) -> str:
    """Give the SHA-256 that identifies a file."""
    return hashlib.sha256(content).hexdigest()


def reject_large_file(*, size: int) -> None:
    """Refuse a file by its size before its bytes are read."""
    if size > MAX_BYTES:
        raise ImageRejectedError(
            f"it is {size / MEBIBYTE:.0f} MiB large; save it with fewer pixels or more compression, "
            f"at most {MAX_BYTES // MEBIBYTE} MiB"
        )


def encode_picture(*, content: bytes) -> EncodedPicture:
    """Verify and re-encode a picture; raise `ImageRejectedError` with the reason and the mend."""
    picture = decoded_picture(content=content)
    lossless = picture.getcolors(FEW_COLOURS) is not None
    widths = [width for width in WIDTHS if width < picture.width]
    return EncodedPicture(
        sha256=digest(content=content),
        full=encoded_size(picture, lossless=lossless),
        smaller=tuple(encoded_size(scaled_picture(picture, width), lossless=lossless) for width in widths),
        placeholder=blurred_placeholder(picture),
    )


def decoded_picture(*, content: bytes) -> Pillow.Image:
    """Decode to upright RGB pixels in sRGB, transparent parts on white: all that is kept of a file."""
    if not content:
        raise ImageRejectedError("the file is empty; export or download it again")
    reject_large_file(size=len(content))
    try:
        picture = Pillow.open(BytesIO(content), formats=FORMATS)
    except DECODER_ERRORS as error:
        raise ImageRejectedError(unreadable_reason(content=content, error=error)) from error
    reject_unfit_size(width=picture.width, height=picture.height)
    try:
        picture.seek(0)
        picture.load()
        return in_rgb(in_srgb(ImageOps.exif_transpose(picture)))
    except DECODER_ERRORS as error:
        raise ImageRejectedError(DAMAGED) from error


def unreadable_reason(*, content: bytes, error: BaseException) -> str:
    """Say why a file did not open as a picture."""
    if isinstance(error, Pillow.DecompressionBombError):
        return too_many_pixels()
    if b"<svg" in content[:4096].lower():
        return "it is an SVG drawing, which may carry scripts; export it as PNG"
    if content.startswith(SIGNATURES):
        return DAMAGED
    return f"it is not a picture that can be read; save it as {FORMAT_NAMES}"


def too_many_pixels() -> str:
    """Say how many pixels a picture may have."""
    return f"it has more than {MAX_PIXELS // 1_000_000} million pixels or a side over {MAX_SIDE}; scale it down"


def reject_unfit_size(*, width: int, height: int) -> None:
    """Refuse by the size in the header, before a single pixel is decoded."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageRejectedError(too_many_pixels())
    if min(width, height) < MIN_SIDE:
        raise ImageRejectedError(
            f"it is only {width} by {height} pixels; use a picture of at least {MIN_SIDE} by {MIN_SIDE}"
        )


def in_srgb(picture: Pillow.Image) -> Pillow.Image:
    """Convert from the colour profile in the file; a profile that makes no sense is dropped."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    try:
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile: shown as viewers show it, as if sRGB
        return picture
    return converted or picture


def in_rgb(picture: Pillow.Image) -> Pillow.Image:
    """Give plain RGB: 16-bit grey scaled down, transparent parts on white, as most viewers show them."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Pillow.new("RGBA", picture.size, (*WHITE, 255))
        picture = Pillow.alpha_composite(ground, picture)
    return picture.convert("RGB")


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
        tiny = picture.copy() if max(picture.size) <= side else ImageOps.contain(picture, (side, side))
        out = BytesIO()
        tiny.filter(ImageFilter.GaussianBlur(0.7)).save(out, "WEBP", quality=30, method=6)
        uri = "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
        if len(uri) <= MAX_PLACEHOLDER:
            break
    return uri


def store_picture(*, picture: EncodedPicture) -> StoredPicture:
    """Write a picture's files under a random name; when one cannot be written, none stays."""
    token = secrets.token_hex(16)
    stem = f"images/{token[:2]}/{token}"
    sizes = {f"{stem}.webp": picture.full} | {f"{stem}-{size.width}.webp": size for size in picture.smaller}
    try:
        full, *renditions = [stored_size(size, path=path) for path, size in sizes.items()]
    except BaseException:
        discard_files(paths=sizes)
        raise
    return StoredPicture(sha256=picture.sha256, full=full, renditions=renditions, placeholder=picture.placeholder)


def stored_size(size: EncodedSize, *, path: str) -> Rendition:
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
            "This image belongs to a study, a dataset, a pair or a steering run; switch it off there instead."
        ) from error
    transaction.on_commit(lambda: discard_files(paths=paths))
