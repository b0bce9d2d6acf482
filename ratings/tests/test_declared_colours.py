"""Colours come out in sRGB however a file declares them, or are refused by name."""

import struct

import pytest
from PIL import Image as Pillow

from ratings.exceptions import ImageRejectedError
from ratings.files.decoding import decode
from ratings.files.decoding.boxes import declared_points
from ratings.files.decoding.profiles import ADOBE_CURVE, ADOBE_RGB, LINEAR, SRGB, CodePoints, made_profile
from ratings.files.decoding.sequence_header import stream_points
from ratings.tests.picture_files import (
    BROWN,
    BROWN_OF_P3,
    EXACT,
    GREY,
    HLG,
    P3,
    P3_CHROMATICITIES,
    P3_POINTS,
    PALETTE,
    PQ,
    RGBA,
    SRGB_CHROMATICITIES,
    SRGB_CURVE_POINT,
    animation,
    assert_refused,
    assert_shows,
    avif_file,
    avif_stream_file,
    chrm,
    cicp,
    decoded_pixel,
    gama,
    plain,
    png_file,
    saved,
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png_file(BROWN, P3), BROWN_OF_P3),
        (png_file(BROWN, P3, (b"sRGB", b"\0")), BROWN_OF_P3),
        (png_file((*BROWN, 255), P3, colour_type=RGBA), BROWN_OF_P3),
        (png_file((0,), P3, colour_type=PALETTE, palette=bytes(BROWN)), BROWN_OF_P3),
        (png_file([value * 257 for value in BROWN], P3, depth=16), BROWN_OF_P3),
        (png_file([value * 257 for value in (*BROWN, 255)], P3, depth=16, colour_type=RGBA), BROWN_OF_P3),
        (png_file((100,), P3, colour_type=GREY), (100, 100, 100)),
        (png_file((100,), cicp(P3_POINTS, 8), colour_type=GREY), (168, 168, 168)),
        (png_file((100 * 257,), cicp(P3_POINTS, 8), colour_type=GREY, depth=16), (168, 168, 168)),
        (png_file(BROWN, cicp(9, SRGB_CURVE_POINT)), (241, 76, 29)),
        (png_file(BROWN, cicp(P3_POINTS, 1)), (212, 83, 9)),
        (png_file(BROWN, cicp(2, 2)), BROWN),
        (png_file(BROWN, gama(45455), chrm(P3_CHROMATICITIES)), (216, 93, 24)),
        (png_file(BROWN, gama(45455), chrm(SRGB_CHROMATICITIES)), BROWN),
        (png_file(BROWN, gama(100_000)), (229, 168, 122)),
        (png_file((100,), gama(100_000), colour_type=GREY), (168, 168, 168)),
        (png_file(BROWN, (b"sRGB", b"\0"), gama(100_000), chrm(P3_CHROMATICITIES)), BROWN),
        (png_file(BROWN, chrm(P3_CHROMATICITIES)), BROWN),
        (png_file(BROWN, gama(0), chrm(P3_CHROMATICITIES)), BROWN),
        (png_file(BROWN, gama(45455), chrm((0,) * 8)), BROWN),
        (png_file(BROWN, (b"cICP", b"\x0c")), BROWN),
        (avif_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT), BROWN_OF_P3),
        (avif_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=1), BROWN_OF_P3),
        (avif_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=2), BROWN_OF_P3),
        (avif_file(plain("RGBA", (*BROWN, 255)), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT), BROWN_OF_P3),
        (avif_file(plain("L", 100), primaries=P3_POINTS, transfer=8), (168, 168, 168)),
        (avif_file(plain("RGB", BROWN), primaries=2, transfer=2), BROWN),
        (avif_stream_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT), BROWN_OF_P3),
        (avif_stream_file(plain("RGBA", (*BROWN, 255)), primaries=P3_POINTS, transfer=2), BROWN_OF_P3),
        (avif_stream_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=1, subsampling="4:2:0"), BROWN_OF_P3),
        (avif_stream_file(plain("RGB", BROWN), primaries=2, transfer=2), BROWN),
    ],
)
def test_wide_gamut_is_converted_however_and_in_whichever_mode_it_is_declared(
    content: bytes, expected: tuple[int, ...]
) -> None:
    assert_shows(content, expected)


@pytest.mark.parametrize(
    ("image_format", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "RGBA", "L", "P", "LA")),
        *(("JPEG", mode) for mode in ("RGB", "L")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
        *(("AVIF", mode) for mode in ("RGB", "RGBA", "L")),
    ],
)
def test_a_profile_is_applied_in_every_mode(image_format: str, mode: str) -> None:
    profile = made_profile(primaries=SRGB, curve=LINEAR)
    grey = plain("L", 100).convert(mode)
    assert_shows(saved(grey, image_format, icc_profile=profile, **EXACT[image_format]), (168, 168, 168))


def test_a_profile_of_another_kind_of_pixels_is_dropped() -> None:
    profile = made_profile(primaries=SRGB, curve=LINEAR)
    cmyk = saved(plain("RGB", BROWN).convert("CMYK"), "JPEG", quality=100, icc_profile=profile)
    assert_shows(cmyk, BROWN)


def test_adobe_rgb_declared_by_a_camera_in_exif_alone_is_converted() -> None:
    exif = Pillow.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}  # DCF 2.0, 7.3: the rule of the optional colour space
    by_rule = saved(plain("RGB", BROWN), "JPEG", quality=100, exif=exif)
    profile = made_profile(primaries=ADOBE_RGB, curve=ADOBE_CURVE)
    by_profile = saved(plain("RGB", BROWN), "JPEG", quality=100, icc_profile=profile)
    assert decoded_pixel(by_rule) == decoded_pixel(by_profile) != BROWN


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png_file(BROWN, cicp(9, PQ)), r"HDR picture \(transfer function PQ\); export it in standard"),
        (png_file(BROWN, cicp(9, HLG)), r"HDR picture \(transfer function HLG\)"),
        (avif_stream_file(plain("RGB", BROWN), primaries=9, transfer=PQ), r"HDR picture \(transfer function PQ\)"),
        (avif_file(plain("RGB", BROWN), primaries=9, transfer=PQ), r"HDR picture \(transfer function PQ\)"),
        (png_file(BROWN, cicp(P3_POINTS, 13, 0, 0)), "declared as those of video"),
        (png_file(BROWN, cicp(200, 13)), "primaries 200, transfer 13"),
        (png_file(BROWN, cicp(12, 200)), "primaries 12, transfer 200"),
    ],
)
def test_colours_that_srgb_cannot_show_are_refused_by_name(content: bytes, reason: str) -> None:
    assert_refused(content, reason)


def test_an_hdr_profile_is_refused_by_its_code_points() -> None:
    profile = made_profile(primaries=SRGB, curve=LINEAR)
    count = struct.unpack(">I", profile[128:132])[0]
    table_end = 132 + 12 * count
    moved = profile[:128] + struct.pack(">I", count + 1)
    for place in range(132, table_end, 12):
        start = struct.unpack(">I", profile[place + 4 : place + 8])[0]
        moved += profile[place : place + 4] + struct.pack(">I", start + 12) + profile[place + 8 : place + 12]
    moved += b"cicp" + struct.pack(">II", len(profile) + 12, 12) + profile[table_end:]
    moved += b"cicp" + bytes(4) + bytes((9, PQ, 0, 1))
    hdr = struct.pack(">I", len(moved)) + moved[4:]
    assert_refused(saved(plain("RGB", BROWN), "JPEG", icc_profile=hdr), "transfer function PQ")


@pytest.mark.parametrize("damage", [b"ipma", b"ipco", b"pitm", b"iprp"])
def test_an_avif_whose_structure_is_damaged_is_read_or_called_damaged(damage: bytes) -> None:
    content = avif_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT)
    place = content.index(damage)
    for broken in (content[:place] + b"free" + content[place + 4 :], content[: place + 6]):
        try:
            decode(content=broken)
        except ImageRejectedError as error:
            assert "damaged" in error.message  # noqa: PT017 - either outcome is right


def test_an_animated_avif_declares_its_colours_too() -> None:
    frames = [plain("RGB", BROWN, side=64), plain("RGB", (0, 0, 0), side=64)]
    content = animation(frames, "AVIF", quality=100, subsampling="4:4:4")
    nclx = b"colrnclx" + struct.pack(">HH", 1, 13)
    assert content.count(nclx) == 2
    assert_shows(content.replace(nclx, b"colrnclx" + struct.pack(">HH", 12, 13)), BROWN_OF_P3)


def test_the_file_s_own_colours_count_before_those_of_its_stream() -> None:
    content = avif_stream_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT)
    assert_shows(content.replace(b"freenclx", b"colrnclx"), BROWN)


def test_a_table_of_items_that_has_no_end_is_not_followed() -> None:
    content = avif_stream_file(plain("RGB", BROWN), primaries=P3_POINTS, transfer=SRGB_CURVE_POINT)
    place = content.index(b"iloc") + 8
    endless = content[:place] + b"\0\0\xff\xff" + content[place + 4 :]
    assert declared_points(endless) is None


def test_a_sequence_header_in_full_is_read_up_to_its_colours() -> None:
    # Written by the syntax of the AV1 specification, 5.5.1: profile 0, no still picture, timing with equal intervals
    # and a decoder model of 5-bit delays, a display delay, one operating point of level 8 in a tier, 8-bit sizes, frame
    # ids, order hints, screen tools of choice; then 10 bits, three channels, BT.2020's primaries and a linear curve.
    full = "".join(
        (
            "00000",
            "1" + "0" * 64 + "1" + "00101" + "1" + "00100" + "0" * 32 + "0000000000",
            "100000" + "0" * 12 + "0100011" + "0" * 11 + "10000",
            "01110111000111110001111110000000",
            "0000000100101000000",
            "101",
            f"{9:08b}{8:08b}{9:08b}",
        )
    )
    header = int(full.ljust(-len(full) // 8 * -8, "0"), 2).to_bytes(-(-len(full) // 8))
    stream = b"\x12\x00" + b"\x0e\x00" + bytes([len(header)]) + header
    assert stream_points(stream) == CodePoints(primaries=9, transfer=8)
    assert stream_points(stream[:-8]) is None
    assert stream_points(b"\x0a\xff") is None
