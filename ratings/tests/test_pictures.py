"""Pictures are verified, cleaned and re-encoded; hostile files are refused and leave nothing behind."""

import base64
import contextlib
import struct
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from ratings.exceptions import ConflictError, ImageRejectedError
from ratings.files.decoding import MAX_BYTES, Decoded, Flattening, PixelBudget, decode, reject_large_file
from ratings.models import Image
from ratings.services import pictures
from ratings.tests.factories import make_image, make_study, picture_bytes
from ratings.tests.picture_files import chunk_bytes, png_file


def opened(size: pictures.EncodedSize) -> Pillow.Image:
    return Pillow.open(BytesIO(size.content))


def bomb_png(*, width: int, height: int) -> bytes:
    """Declare a huge picture in a few bytes."""
    content = png_file((1, 2, 3))
    header = chunk_bytes(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return content[:8] + header + content[8 + len(header) :]


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_each_allowed_format_becomes_webp(image_format: str) -> None:
    encoded = pictures.encode_picture(content=picture_bytes(image_format=image_format))
    assert opened(encoded.full).format == "WEBP"
    assert (encoded.full.width, encoded.full.height) == (64, 48)


@pytest.mark.parametrize("image_format", ["BMP", "TIFF", "PPM", "ICO"])
def test_other_formats_are_refused(image_format: str) -> None:
    with pytest.raises(ImageRejectedError, match="save it as JPEG, PNG, WebP"):
        pictures.encode_picture(content=picture_bytes(width=32, height=32, image_format=image_format))


def test_renditions_are_made_at_the_usual_widths_and_never_upscaled() -> None:
    encoded = pictures.encode_picture(content=picture_bytes(width=1000, height=500))
    assert [(size.width, size.height) for size in encoded.smaller] == [(480, 240), (768, 384)]
    assert pictures.encode_picture(content=picture_bytes(width=480)).smaller == ()


def test_metadata_does_not_survive() -> None:
    exif = Pillow.Exif()
    exif[0x010F] = "SecretCameraMaker"
    exif.get_ifd(0x8825)[1] = "N"
    content = picture_bytes(image_format="JPEG", exif=exif, comment=b"SecretComment")
    assert b"SecretCameraMaker" in content
    encoded = pictures.encode_picture(content=content)
    for size in (encoded.full, *encoded.smaller):
        assert b"Secret" not in size.content
        assert not opened(size).getexif()
        assert set(opened(size).info) <= {"loop", "background", "timestamp", "duration"}


def test_a_sideways_photo_is_turned_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    encoded = pictures.encode_picture(content=picture_bytes(width=60, height=20, image_format="JPEG", exif=exif))
    assert (encoded.full.width, encoded.full.height) == (20, 60)


def test_transparent_parts_become_white() -> None:
    out = BytesIO()
    Pillow.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    assert decode(content=out.getvalue()).picture.getpixel((5, 5)) == (255, 255, 255)


def test_a_16_bit_picture_keeps_its_brightness() -> None:
    out = BytesIO()
    Pillow.new("I;16", (20, 20), 128 * 257).save(out, "PNG")
    assert decode(content=out.getvalue()).picture.getpixel((5, 5)) == (128, 128, 128)


def test_a_broken_colour_profile_is_dropped_and_a_good_one_applied() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (b"nonsense", profile):
        content = picture_bytes(image_format="PNG", color="teal", icc_profile=icc)
        assert decode(content=content).picture.getpixel((5, 5)) == (0, 128, 128)


def test_drawings_with_few_colours_are_kept_exactly() -> None:
    out = BytesIO()
    pattern = Pillow.effect_noise((64, 64), 90).convert("1").convert("RGB")
    pattern.save(out, "PNG")
    encoded = pictures.encode_picture(content=out.getvalue())
    assert opened(encoded.full).convert("RGB").tobytes() == pattern.tobytes()


def test_the_placeholder_is_tiny_and_loads() -> None:
    noise = Pillow.merge("RGB", [Pillow.effect_noise((900, 600), 120) for _ in range(3)])
    out = BytesIO()
    noise.save(out, "PNG")
    placeholder = pictures.encode_picture(content=out.getvalue()).placeholder
    assert placeholder.startswith("data:image/webp;base64,")
    assert len(placeholder) <= 400


MODES = {"1": "PNG", "L": "PNG", "I;16": "PNG", "P": "PNG", "LA": "PNG", "RGB": "JPEG", "RGBA": "WEBP", "CMYK": "JPEG"}
NARROW = ((600, 12), (12, 600), (5000, 8), (8, 5000), (16_383, 8), (8, 16_383), (1, 1), (1, 5000), (5000, 1), (7, 9))


@settings(max_examples=60, deadline=None)
@given(
    size=st.sampled_from(NARROW)
    | st.tuples(st.integers(8, 30), st.integers(1, 3000))
    | st.tuples(st.integers(1, 3000), st.integers(8, 30)),
    mode=st.sampled_from(sorted(MODES)),
)
def test_a_picture_of_any_shape_and_mode_has_no_empty_side_in_any_size(size: tuple[int, int], mode: str) -> None:
    out = BytesIO()
    Pillow.new(mode, size).save(out, MODES[mode])
    if min(size) < 8:
        with pytest.raises(ImageRejectedError, match=f"only {size[0]} by {size[1]} pixels"):
            pictures.encode_picture(content=out.getvalue())
        return
    encoded = pictures.encode_picture(content=out.getvalue())
    assert (encoded.full.width, encoded.full.height) == size
    for one in (encoded.full, *encoded.smaller):
        assert min(one.width, one.height) >= 1
        assert opened(one).size == (one.width, one.height)
    tiny = Pillow.open(BytesIO(base64.b64decode(encoded.placeholder.partition(",")[2])))
    assert min(tiny.size) >= 1
    assert max(tiny.size) <= 24


def test_pictures_side_by_side_never_take_more_room_than_the_largest_alone() -> None:
    budget, rooms = PixelBudget(10), [3, 4, 5, 6, 10, 99, 1, 2]
    seen: list[int] = []

    def work(pixels: int) -> None:
        with budget.room_for(pixels):
            seen.append(budget.taken)

    with ThreadPoolExecutor(len(rooms)) as pool:
        list(pool.map(work, rooms * 20))
    assert len(seen) == len(rooms) * 20
    assert max(seen) <= 10
    assert budget.taken == 0


@pytest.mark.parametrize("size", [(20_000, 10), (24, 0)], ids=["an error", "lack of memory"])
def test_what_an_encoder_raises_is_about_that_file_alone(size: tuple[int, int]) -> None:
    unfit = Decoded(picture=Pillow.new("RGB", size), flattening=Flattening(frame=0, frames=1, is_on_white=False))
    with pytest.raises(ImageRejectedError, match=f"could not be encoded at {size[0]} by {size[1]} pixels; scale it"):
        pictures.encode_pixels(decoded=unfit, sha256="0" * 64)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"just some text, not a picture", "it is a text and no picture"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        (picture_bytes(width=300, height=300, image_format="JPEG")[:600], "damaged or cut short"),
        (picture_bytes(width=300, height=300, image_format="PNG")[:-40], "damaged or cut short"),
        (bomb_png(width=12_000, height=12_000), "million pixels"),
        (bomb_png(width=60_000, height=60_000), "million pixels"),
        (bomb_png(width=20_000, height=10), "a side over"),
        (picture_bytes(width=1, height=1), "only 1 by 1"),
    ],
    ids=["empty", "text", "svg", "cut jpeg", "cut png", "bomb", "huge bomb", "ribbon", "dot"],
)
def test_hostile_files_are_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ImageRejectedError, match=reason):
        pictures.encode_picture(content=content)


def test_a_file_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(ImageRejectedError, match="MiB large"):
        reject_large_file(size=MAX_BYTES + 1)


@settings(max_examples=150, deadline=None)
@given(
    source=st.sampled_from([picture_bytes(image_format=name) for name in ("PNG", "JPEG", "WEBP", "AVIF", "GIF")]),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 400),
)
def test_a_mangled_file_is_either_read_or_refused(source: bytes, edits: list[tuple[int, int]], cut: int) -> None:
    mangled = bytearray(source)
    for place, value in edits:
        mangled[place % len(mangled)] = value
    with contextlib.suppress(ImageRejectedError):  # any other error fails the test
        pictures.encode_picture(content=bytes(mangled[: max(0, len(mangled) - cut)]))


def test_files_get_unguessable_names_and_all_exist() -> None:
    encoded = pictures.encode_picture(content=picture_bytes(width=800))
    first = pictures.store_picture(picture=encoded)
    second = pictures.store_picture(picture=encoded)
    assert not set(first.paths) & set(second.paths)
    assert len(first.paths) == 3
    assert all(default_storage.exists(path) for path in first.paths)
    assert encoded.sha256 not in "".join(first.paths)


@pytest.mark.django_db
def test_deleting_an_image_removes_its_files_once_the_deletion_is_certain(
    django_capture_on_commit_callbacks: object,
) -> None:
    stored = pictures.store_picture(picture=pictures.encode_picture(content=picture_bytes(width=600)))
    image = make_image(path=stored.full["path"], renditions=stored.renditions)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        pictures.delete_image(image=image)
        assert all(default_storage.exists(path) for path in stored.paths)
    assert not any(default_storage.exists(path) for path in stored.paths)
    assert not Image.objects.exists()


@pytest.mark.django_db
def test_an_image_of_a_study_is_not_deleted() -> None:
    image = make_image(study=make_study())
    with pytest.raises(ConflictError):
        pictures.delete_image(image=image)
    assert Image.objects.filter(pk=image.pk).exists()
