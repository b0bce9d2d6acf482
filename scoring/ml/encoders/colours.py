"""Bring a picture's colours into sRGB, as an import does with what it stores."""

from io import BytesIO

from PIL import Image, ImageCms

FITTING_MODES = {b"RGB ": ("RGB", "L"), b"GRAY": ("L",), b"CMYK": ("CMYK",)}  # by the profile's own name of its colours


def in_srgb(pixels: Image.Image, *, profile: bytes) -> Image.Image:
    """Convert grey, RGB or CMYK pixels to RGB; without a profile that fits them they count as sRGB."""
    if pixels.mode not in FITTING_MODES.get(profile[16:20], ()):
        return pixels.convert("RGB")
    source = pixels.convert("RGB") if profile[16:20] == b"RGB " else pixels
    try:
        converted = ImageCms.profileToProfile(
            source, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile: viewers show such pictures as if sRGB
        return pixels.convert("RGB")
    return converted or pixels.convert("RGB")
