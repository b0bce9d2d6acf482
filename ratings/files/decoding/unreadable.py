"""Say of a file that is no picture to be read what it is instead, by its first bytes, and what to do about it."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.files.decoding.boxes import brands
from ratings.sentences import staff_gettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise, StrPromise

DAMAGED = staff_gettext_lazy("the file is damaged or cut short; export or download it again")
READABLE = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP", re.DOTALL)
# What to do about a file, after what it is.
SAVE = staff_gettext_lazy("{what}; save it as JPEG, PNG, WebP, AVIF or GIF")
SAVE_SRGB = staff_gettext_lazy("{what}; save it as JPEG, PNG, WebP, AVIF or GIF, in sRGB")
SAVE_ONE = staff_gettext_lazy("{what}; save it as JPEG, PNG, WebP, AVIF or GIF, one picture of it")
UNPACK = staff_gettext_lazy("{what}; unpack it and import the folder, or pack the pictures as a zip archive")
FETCHED = staff_gettext_lazy(
    "{what}, such as a server sends in place of a picture that it cannot give; download the picture again"
)
THAT_IS_ALL = "{what}"
RAW = staff_gettext_lazy("it is a camera's raw file, which is not read")
VIDEO = staff_gettext_lazy("it is a video")
TEXT = staff_gettext_lazy(
    "it is a text and no picture; a list called metadata.csv describes the pictures of its folder"
)
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
LOOKED_AT = 4096
# The formats' own marks, in the order in which they are looked for.
MARKS: tuple[tuple[re.Pattern[bytes], "StrPromise", "StrOrPromise"], ...] = tuple(
    (re.compile(mark, re.DOTALL | re.IGNORECASE), what, fix)
    for mark, what, fix in (
        (
            rb"version https://git-lfs",
            staff_gettext_lazy("it is a pointer of Git LFS, not the file itself; run git lfs pull"),
            THAT_IS_ALL,
        ),
        (
            rb"(\.\./)*(\.git|/annex/objects)/",
            staff_gettext_lazy("it is a pointer of git-annex, not the file itself; run git annex get"),
            THAT_IS_ALL,
        ),
        (
            rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b",
            staff_gettext_lazy("it is a web page (HTML)"),
            FETCHED,
        ),
        (
            rb".{0,4000}<svg",
            staff_gettext_lazy("it is an SVG drawing, which may carry scripts; export it as PNG"),
            THAT_IS_ALL,
        ),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", staff_gettext_lazy("it is an XML document"), FETCHED),
        (
            rb"\s*[\[{]\s*[\"{]",
            staff_gettext_lazy(
                "it is JSON and no picture; if a server sent it in place of one, download the picture again"
            ),
            THAT_IS_ALL,
        ),
        (rb"\x1f\x8b", staff_gettext_lazy("it is compressed with gzip, as a .tar.gz is"), UNPACK),
        (
            rb"PK(\x03\x04|\x05\x06)",
            staff_gettext_lazy("it is a zip archive, or a document that is one; import archives by themselves"),
            THAT_IS_ALL,
        ),
        (rb".{257}ustar", staff_gettext_lazy("it is a tar archive"), UNPACK),
        (
            rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd",
            staff_gettext_lazy("it is an archive"),
            UNPACK,
        ),
        (rb"II[*+]\0|MM\0[*+]", staff_gettext_lazy("it is a TIFF or a camera's raw file, which is not read"), SAVE),
        (rb"IIR[OS]|IIU\0|FUJIFILMCCD-RAW", RAW, SAVE),
        (rb"BM.{4}\0\0\0\0", staff_gettext_lazy("it is a BMP, which is not read"), SAVE),
        (rb"8BPS", staff_gettext_lazy("it is a Photoshop document, which is not read"), SAVE),
        (rb"%PDF", staff_gettext_lazy("it is a PDF, which is not read"), SAVE),
        (rb"\xff\x0a|\0\0\0\x0cJXL ", staff_gettext_lazy("it is a JPEG XL picture, which is not read"), SAVE),
        (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ", staff_gettext_lazy("it is a JPEG 2000 picture, which is not read"), SAVE),
        (rb"\x76\x2f\x31\x01|#\?RADIANCE", staff_gettext_lazy("it is an HDR picture, which is not read"), SAVE_SRGB),
        (rb"P[1-7]\s", staff_gettext_lazy("it is a PPM picture, which is not read"), SAVE),
        (rb"\0\0\x01\0", staff_gettext_lazy("it is an icon (ICO), which is not read"), SAVE),
        (rb"\x1aE\xdf\xa3|RIFF.{4}AVI ", VIDEO, SAVE_ONE),
    )
)
HEIF = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"heif"}


def unreadable_reason(content: bytes) -> str:
    """Say why a file did not open as a picture: what it is, or that it is damaged."""
    start = content[:LOOKED_AT]
    found = next((fix.format(what=what) for mark, what, fix in MARKS if mark.match(start)), "")
    found = found or container_reason(start)
    if found:
        return found
    if READABLE.match(start):
        return str(DAMAGED)
    return str(TEXT) if is_text(start) else SAVE.format(what=staff_gettext("it is not a picture that can be read"))


def is_text(start: bytes) -> bool:
    """Tell whether a file is written in letters, by its beginning."""
    return bool(start) and not NO_TEXT.search(start) and start[:-4].isascii()


def container_reason(start: bytes) -> str:
    """Say what a file of boxes is: HEIC, a video, a raw file, or an AVIF that is damaged."""
    names = brands(start)
    if not names:
        return ""
    if {b"avif", b"avis"}.intersection(names):
        return str(DAMAGED)
    if HEIF.intersection(names):
        return SAVE.format(what=staff_gettext("it is a HEIC picture, as telephones take them, which is not read"))
    if names[0] == b"crx ":
        return SAVE.format(what=RAW)
    return SAVE_ONE.format(what=VIDEO)
