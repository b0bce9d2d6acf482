"""Small renditions of pictures."""

from django.core.files.storage import default_storage

from ratings.models import Image

THUMBNAIL = 480  # px: sharp on a dense screen at the size shown


def image_url(*, image: Image, width: int = THUMBNAIL) -> str:
    """Give the address of the smallest rendition at least so wide, or of the picture itself."""
    fitting = sorted((size["width"], size["path"]) for size in image.renditions if size["width"] >= width)
    return default_storage.url(fitting[0][1] if fitting else image.path)
