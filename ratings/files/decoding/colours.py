"""Bring a picture's colours into sRGB, whichever way its file declares them."""

from io import BytesIO

from PIL import Image as Pillow
from PIL import ImageCms

from ratings.files.decoding.boxes import declared_points
from ratings.files.decoding.errors import CODEC_ERRORS
from ratings.files.decoding.profiles import (
    ADOBE_CURVE,
    ADOBE_RGB,
    SRGB_CURVE,
    made_profile,
    profile_of_points,
    reject_hdr,
)

INTEROPERABILITY = 0xA005  # EXIF's directory that names the DCF rule
ADOBE_RULE = "R03"  # DCF 2.0: the colours are those of Adobe RGB, with or without a profile
# The kinds of pixels that a profile of each kind may describe.
FITTING_MODES = {b"RGB ": ("RGB", "L"), b"GRAY": ("L",), b"CMYK": ("CMYK",)}
TAGS_START, TAG_ENTRY, MOST_TAGS = 132, 12, 200


def declared_profile(*, picture: Pillow.Image, content: bytes) -> bytes:
    """Give the ICC profile that a JPEG, WebP, AVIF or GIF holds, or one made of what it says otherwise; or none."""
    profile: bytes = picture.info.get("icc_profile") or b""
    if profile:
        return profile
    if picture.format == "AVIF":
        points = declared_points(content)
        # For AVIF the curves of broadcasting count as sRGB's, as in Chromium: encoders write them without meaning it.
        return profile_of_points(points, broadcast=SRGB_CURVE) if points is not None else b""
    return made_profile(primaries=ADOBE_RGB, curve=ADOBE_CURVE) if is_adobe_by_rule(picture) else b""


def is_adobe_by_rule(picture: Pillow.Image) -> bool:
    """Tell whether a camera's file says by DCF's rule, in its EXIF, that its colours are those of Adobe RGB."""
    if picture.format not in {"JPEG", "MPO"} or "exif" not in picture.info:
        return False
    try:
        rule = picture.getexif().get_ifd(INTEROPERABILITY).get(1)
    except CODEC_ERRORS:  # broken EXIF says nothing
        return False
    return isinstance(rule, str) and rule.rstrip("\0") == ADOBE_RULE


def in_srgb(picture: Pillow.Image, *, profile: bytes) -> Pillow.Image:
    """Convert grey, RGB or CMYK pixels to RGB in sRGB; a profile that makes no sense for them is dropped."""
    if picture.mode not in FITTING_MODES.get(profile[16:20], ()):
        return picture.convert("RGB")
    reject_hdr(transfer=transfer_of(profile))
    source = picture.convert("RGB") if profile[16:20] == b"RGB " else picture
    try:
        converted = ImageCms.profileToProfile(
            source,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile: shown as viewers show it, as if sRGB
        return picture.convert("RGB")
    return converted or picture.convert("RGB")


def transfer_of(profile: bytes) -> int:
    """Read the transfer characteristics from a profile that names code points (ICC.1:2022, 9.2.17); 0 for none."""
    count = int.from_bytes(profile[128:TAGS_START])
    for place in range(TAGS_START, TAGS_START + TAG_ENTRY * min(count, MOST_TAGS), TAG_ENTRY):
        if profile[place : place + 4] == b"cicp":
            start = int.from_bytes(profile[place + 4 : place + 8])
            return int.from_bytes(profile[start + 9 : start + 10])
    return 0
