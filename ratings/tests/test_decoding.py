"""Whatever a file is and however it declares its colours: decoded as a viewer shows it, or refused as what it is."""

import gzip
import io
import struct
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from ratings.exceptions import ImageRejectedError
from ratings.files.decoding import decode
from ratings.files.decoding.profiles import ADOBE_CURVE, ADOBE_RGB, LINEAR, SRGB, made_profile
from ratings.tests.factories import picture_bytes
from ratings.tests.picture_files import (
    BROWN,
    EXACT,
    GREY,
    GREY_ALPHA,
    P3,
    P3_CHROMATICITIES,
    P3_POINTS,
    PALETTE,
    RGBA,
    SRGB_CURVE_POINT,
    animation,
    assert_refused,
    assert_shows,
    avif_file,
    box,
    chrm,
    chunk_bytes,
    decoded_pixel,
    fading,
    gama,
    iccp,
    itxt,
    plain,
    png_file,
    saved,
    trns,
    ztxt,
)

MEBIBYTE = 1024 * 1024


# Text and profiles of PNGs: https://github.com/python-pillow/Pillow/issues/8363, chunks as in PNG, third edition, 11.3.
@pytest.mark.parametrize(
    "extra",
    [
        ztxt(b"workflow", b'{"nodes": []}' * 300_000),
        itxt(b"prompt", b"a picture " * 300_000),
        (b"tEXt", b"parameters\0" + b"steps " * 600_000),
        iccp(made_profile(primaries=SRGB, curve=LINEAR).ljust(3 * MEBIBYTE, b"\0")),
    ],
    ids=["zTXt", "iTXt", "tEXt", "iCCP"],
)
def test_a_png_is_taken_whatever_the_size_of_its_texts_and_profile(extra: tuple[bytes, bytes]) -> None:
    expected = (229, 168, 122) if extra[0] == b"iCCP" else BROWN
    assert_shows(png_file(BROWN, extra), expected)


def test_texts_after_the_pixels_are_left_out_too() -> None:
    content = png_file(BROWN)
    text = chunk_bytes(*ztxt(b"workflow", bytes(3 * MEBIBYTE)))
    assert decoded_pixel(content[:-12] + text + content[-12:]) == BROWN


def test_a_profile_that_unpacks_to_a_bomb_is_refused_unread() -> None:
    assert_refused(png_file(BROWN, iccp(bytes(200 * MEBIBYTE))), "colour profile is larger than 16 MiB")


def test_a_png_cut_short_is_still_called_damaged() -> None:
    content = png_file(BROWN, ztxt(b"workflow", bytes(3 * MEBIBYTE)))
    for length in (len(content) - 30, 60, 40, 20, 9):
        assert_refused(content[:length], "damaged or cut short")


# Modes: https://github.com/python-pillow/Pillow/blob/main/src/PIL/PngImagePlugin.py; PNG, third edition, 11.3.1.1.
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png_file((60_000,), trns(60_000), colour_type=GREY, depth=16), (255, 255, 255)),
        (png_file((59_999,), trns(60_000), colour_type=GREY, depth=16), (233, 233, 233)),
        (png_file((60_000, 0, 9), trns(60_000, 0, 9), depth=16), (255, 255, 255)),
        (png_file((100,), trns(100), colour_type=GREY), (255, 255, 255)),
        (png_file((5,), trns(5), colour_type=GREY, depth=4), (255, 255, 255)),
        (png_file((2,), trns(1), colour_type=GREY, depth=2), (170, 170, 170)),
        (png_file((1,), trns(1), colour_type=GREY, depth=1), (255, 255, 255)),
        (png_file((0,), trns(1), colour_type=GREY, depth=1), (0, 0, 0)),
        (png_file((0, 32_768), colour_type=GREY_ALPHA, depth=16), (127, 127, 127)),
        (png_file((0,), colour_type=PALETTE, palette=bytes(BROWN)), BROWN),
        (png_file((0,), (b"tRNS", b"\0"), colour_type=PALETTE, palette=bytes(BROWN)), (255, 255, 255)),
    ],
)
def test_odd_modes_look_as_in_a_viewer_and_transparent_parts_are_white(
    content: bytes, expected: tuple[int, ...]
) -> None:
    assert_shows(content, expected)


def test_transparency_is_reported_only_where_there_is_some() -> None:
    assert decode(content=png_file((*BROWN, 254), colour_type=RGBA)).flattening.is_on_white
    assert not decode(content=png_file((*BROWN, 255), colour_type=RGBA)).flattening.is_on_white


# Fades from black: https://github.com/immich-app/immich/issues/12801.
@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_frame_is_kept_unless_it_is_blank(image_format: str) -> None:
    moving = decode(content=animation(fading(1.0, 0.5, 0.2), image_format, **EXACT[image_format]))
    assert (moving.flattening.frame, moving.flattening.frames) == (0, 3)
    faded_in = decode(content=animation(fading(0.0, 0.05, 1.0, 0.5), image_format, **EXACT[image_format]))
    assert (faded_in.flattening.frame, faded_in.flattening.frames) == (2, 4)
    brightest = faded_in.picture.convert("L").getextrema()[1]
    assert isinstance(brightest, int | float)
    assert brightest > 240


def test_an_animation_without_anything_to_see_keeps_its_first_frame() -> None:
    blank = animation([plain("RGB", (0, 0, value), side=32) for value in (0, 1, 2)], "WEBP", lossless=True)
    assert decode(content=blank).flattening.frame == 0


def test_a_telephones_photo_with_a_preview_beside_it_is_no_animation() -> None:
    both = [plain("RGB", BROWN, side=32), plain("RGB", (0, 0, 0), side=32)]
    photo = decode(content=saved(both[0], "MPO", save_all=True, append_images=both[1:], quality=95))
    assert photo.flattening.frames == 1
    assert max(abs(one - two) for one, two in zip(photo.picture.getpixel((5, 5)), BROWN, strict=True)) <= 2  # type: ignore[arg-type]


def tar_gz() -> bytes:
    """Pack a picture as people do."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.png")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    return out.getvalue()


# Pointers: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md; brands: ISO/IEC 23008-12, 10.2, and MIAF.
UNREADABLE = [
    (box(b"ftyp", b"heic", bytes(4), b"mif1heicmiafhevc") + bytes(200), "a HEIC picture, as telephones take them"),
    (box(b"ftyp", b"mif1", bytes(4), b"mif1heic") + bytes(200), "a HEIC picture"),
    (box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf") + bytes(200), "damaged or cut short"),
    (box(b"ftyp", b"isom", bytes(4), b"isomiso2avc1mp41") + bytes(200), "it is a video"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 123456\n", "git lfs pull"),
    (b"../.git/annex/objects/aa/bb/SHA256E-s1--c.jpg/SHA256E-s1--c.jpg\n", "git annex get"),
    (b"/annex/objects/SHA256E-s1--c.jpg\n", "git annex get"),
    (b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>", r"a web page \(HTML\)"),
    (b"\r\n  <!-- hidden -->\n<HTML lang=en><svg></svg>", r"a web page \(HTML\)"),
    (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>', "an XML document"),
    (b'{"error": "not found"}', "it is JSON"),
    (tar_gz(), r"compressed with gzip, as a .tar.gz is; unpack it"),
    (gzip.decompress(tar_gz()), "a tar archive; unpack it"),
    (b"PK\x03\x04" + bytes(60), "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(60), "an archive; unpack it"),
    (picture_bytes(image_format="TIFF"), "a TIFF or a camera's raw file, which is not read"),
    (picture_bytes(image_format="BMP"), "a BMP, which is not read"),
    (picture_bytes(image_format="JPEG2000"), "a JPEG 2000 picture, which is not read"),
    (b"8BPS\0\1" + bytes(60), "a Photoshop document"),
    (b"%PDF-1.7\n", "a PDF"),
    (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", "a JPEG XL picture"),
    (png_file(BROWN, (b"CgBI", bytes(4))), "Apple's own variant"),
    (b"RIFF\x10\0\0\0WAVEfmt ", "not a picture that can be read"),
    (b"hello", "it is a text and no picture; a list called metadata.csv describes the pictures of its folder"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
]


@pytest.mark.parametrize(("content", "reason"), UNREADABLE, ids=[reason[:30] for _, reason in UNREADABLE])
def test_what_is_no_picture_is_called_what_it_is(content: bytes, reason: str) -> None:
    assert_refused(content, reason)


def exif_block(*entries: bytes, count: int | None = None) -> bytes:
    """Write EXIF with a directory of raw entries (TIFF 6.0, 2)."""
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries) if count is None else count)
    return b"Exif\0\0" + head + b"".join(entries) + bytes(4)


def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    """Write one entry of a directory."""
    return struct.pack("<HHI", tag, kind, count) + value


BROKEN_EXIF = {
    "empty": b"Exif\0\0",
    "no tiff": b"Exif\0\0 not a tiff at all",
    "cut": exif_block(count=1)[:-6],
    "far away": exif_block(entry(0x10F, 2, 40, struct.pack("<I", 9_999_999))),
    "too many": exif_block(entry(0x10F, 2, 0x7FFFFFFF, struct.pack("<I", 26))),
    "unknown type": exif_block(entry(0x112, 99, 1, b"\6\0\0\0")),
    "text for a number": exif_block(entry(0x112, 2, 2, b"6\0\0\0")),
    "two numbers": exif_block(entry(0x112, 3, 2, b"\6\0\1\0")),
    "no such orientation": exif_block(entry(0x112, 3, 1, b"\x09\0\0\0")),
    "divided by zero": exif_block(entry(0x11A, 5, 1, struct.pack("<I", 26))) + bytes(8),
    "directory elsewhere": exif_block(entry(0x8769, 4, 1, struct.pack("<I", 7_777_777))),
}


@pytest.mark.parametrize("exif", BROKEN_EXIF.values(), ids=BROKEN_EXIF.keys())
def test_broken_exif_costs_no_picture(exif: bytes) -> None:
    content = picture_bytes(width=60, height=20, image_format="JPEG", exif=exif)
    assert sorted(decode(content=content).picture.size) == [20, 60]


def test_decoding_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    paths = []
    for number, exif in enumerate(BROKEN_EXIF.values()):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(picture_bytes(image_format="JPEG", exif=exif))
    code = (
        "import pathlib, sys; from ratings.files.decoding import decode; "
        "[decode(content=pathlib.Path(path).read_bytes()) for path in sys.argv[1:]]"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)],
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


@settings(max_examples=150, deadline=None)
@given(
    source=st.sampled_from(
        [
            png_file(BROWN, P3, gama(45455), chrm(P3_CHROMATICITIES), ztxt(b"a", b"b" * 50)),
            png_file(BROWN, iccp(made_profile(primaries=ADOBE_RGB, curve=ADOBE_CURVE))),
            png_file((9,), trns(9), colour_type=GREY, depth=16),
            avif_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT),
            saved(plain("RGB", BROWN), "JPEG", icc_profile=made_profile(primaries=SRGB, curve=LINEAR)),
            animation(fading(0.0, 0.5, 1.0), "GIF"),
            animation(fading(0.0, 0.5, 1.0), "PNG"),
        ]
    ),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8),
    cut=st.integers(0, 200),
)
def test_a_mangled_file_is_read_or_refused_and_raises_nothing_else(
    source: bytes, edits: list[tuple[int, int]], cut: int
) -> None:
    mangled = bytearray(source)
    for place, value in edits:
        mangled[place % len(mangled)] = value
    if source.startswith(b"\x89PNG"):
        mangled = with_checksums(mangled)
    try:
        decode(content=bytes(mangled[: max(0, len(mangled) - cut)]))
    except ImageRejectedError as error:
        assert error.message  # noqa: PT017 - either outcome is right


def with_checksums(content: bytearray) -> bytearray:
    """Make the checksums of a PNG right again, so that what was changed is read."""
    place = 8
    while place + 12 <= len(content):
        length = struct.unpack(">I", content[place : place + 4])[0]
        end = place + 12 + length
        if end > len(content):
            break
        content[end - 4 : end] = struct.pack(">I", zlib.crc32(content[place + 4 : end - 4]))
        place = end
    return content
