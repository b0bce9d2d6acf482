"""Say of a file that is no picture to be read what it is instead, by its first bytes, and what to do about it."""

import re

from ratings.files.decoding.boxes import brands

FORMAT_NAMES = "JPEG, PNG, WebP, AVIF or GIF"
DAMAGED = "the file is damaged or cut short; export or download it again"
READABLE = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP", re.DOTALL)
SAVE = f"save it as {FORMAT_NAMES}"
UNPACK = "unpack it and import the folder, or pack the pictures as a zip archive"
AGAIN = "download the picture again"
FETCHED = f"such as a server sends in place of a picture that it cannot give; {AGAIN}"
TEXT = "it is a text and no picture; a list called metadata.csv describes the pictures of its folder"
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
LOOKED_AT = 4096
# The formats' own marks, in the order in which they are looked for.
MARKS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(mark, re.DOTALL | re.IGNORECASE), reason)
    for mark, reason in (
        (rb"version https://git-lfs", "it is a pointer of Git LFS, not the file itself; run git lfs pull"),
        (rb"(\.\./)*(\.git|/annex/objects)/", "it is a pointer of git-annex, not the file itself; run git annex get"),
        (
            rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b",
            f"it is a web page (HTML), {FETCHED}",
        ),
        (rb".{0,4000}<svg", "it is an SVG drawing, which may carry scripts; export it as PNG"),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", f"it is an XML document, {FETCHED}"),
        (rb"\s*[\[{]\s*[\"{]", f"it is JSON and no picture; if a server sent it in place of one, {AGAIN}"),
        (rb"\x1f\x8b", f"it is compressed with gzip, as a .tar.gz is; {UNPACK}"),
        (rb"PK(\x03\x04|\x05\x06)", "it is a zip archive, or a document that is one; import archives by themselves"),
        (rb".{257}ustar", f"it is a tar archive; {UNPACK}"),
        (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd", f"it is an archive; {UNPACK}"),
        (rb"II[*+]\0|MM\0[*+]", f"it is a TIFF or a camera's raw file, which is not read; {SAVE}"),
        (rb"IIR[OS]|IIU\0|FUJIFILMCCD-RAW", f"it is a camera's raw file, which is not read; {SAVE}"),
        (rb"BM.{4}\0\0\0\0", f"it is a BMP, which is not read; {SAVE}"),
        (rb"8BPS", f"it is a Photoshop document, which is not read; {SAVE}"),
        (rb"%PDF", f"it is a PDF, which is not read; {SAVE}"),
        (rb"\xff\x0a|\0\0\0\x0cJXL ", f"it is a JPEG XL picture, which is not read; {SAVE}"),
        (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ", f"it is a JPEG 2000 picture, which is not read; {SAVE}"),
        (rb"\x76\x2f\x31\x01|#\?RADIANCE", f"it is an HDR picture, which is not read; {SAVE}, in sRGB"),
        (rb"P[1-7]\s", f"it is a PPM picture, which is not read; {SAVE}"),
        (rb"\0\0\x01\0", f"it is an icon (ICO), which is not read; {SAVE}"),
        (rb"\x1aE\xdf\xa3|RIFF.{4}AVI ", f"it is a video; {SAVE}, one picture of it"),
    )
)
HEIF = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"heif"}


def unreadable_reason(content: bytes) -> str:
    """Say why a file did not open as a picture: what it is, or that it is damaged."""
    start = content[:LOOKED_AT]
    found = next((reason for mark, reason in MARKS if mark.match(start)), "") or container_reason(start)
    if found:
        return found
    if READABLE.match(start):
        return DAMAGED
    return TEXT if is_text(start) else f"it is not a picture that can be read; {SAVE}"


def is_text(start: bytes) -> bool:
    """Tell whether a file is written in letters, by its beginning."""
    return bool(start) and not NO_TEXT.search(start) and start[:-4].isascii()


def container_reason(start: bytes) -> str:
    """Say what a file of boxes is: HEIC, a video, a raw file, or an AVIF that is damaged."""
    names = brands(start)
    if not names:
        return ""
    if {b"avif", b"avis"}.intersection(names):
        return DAMAGED
    if HEIF.intersection(names):
        return f"it is a HEIC picture, as telephones take them, which is not read; {SAVE}"
    if names[0] == b"crx ":
        return f"it is a camera's raw file, which is not read; {SAVE}"
    return f"it is a video; {SAVE}, one picture of it"
