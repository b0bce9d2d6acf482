"""Choose the one picture of an animation that is kept: the first, unless nothing is to be seen in it."""

from PIL import Image as Pillow
from PIL import ImageStat

from ratings.files.decoding.errors import CODEC_ERRORS

MOST_FRAMES = 100
MOST_PIXELS = 200_000_000  # of all frames that are looked at
LOOK = (64, 64)
FAINT = 24  # of 255: a picture whose brightness differs by less is blank
WHITE = (255, 255, 255)


def frame_count(picture: Pillow.Image) -> int:
    """Count the frames of an animation; the previews and depths beside a photo (MPO) are none."""
    return 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)


def go_to_frame(picture: Pillow.Image) -> int:
    """Load the frame to keep and give its number: the first, or if that is blank the one with most contrast."""
    picture.seek(0)
    picture.load()
    count = frame_count(picture)
    if count == 1 or not is_blank(glimpse(picture)):
        return 0
    chosen = richest_frame(picture, count=min(count, MOST_FRAMES, MOST_PIXELS // (picture.width * picture.height)))
    picture.seek(chosen)
    picture.load()
    return chosen


def richest_frame(picture: Pillow.Image, *, count: int) -> int:
    """Find the frame with most contrast among the first so many; of equals the first."""
    contrasts = [0.0]
    for number in range(1, count):
        try:
            picture.seek(number)
            contrasts.append(ImageStat.Stat(glimpse(picture)).stddev[0])
        except CODEC_ERRORS:  # cut off here: what came before is what there is
            break
    return contrasts.index(max(contrasts))


def glimpse(picture: Pillow.Image) -> Pillow.Image:
    """Give a frame small and grey, its transparent parts white."""
    small = picture.convert("RGBA").resize(LOOK, Pillow.Resampling.BOX)
    ground = Pillow.new("RGBA", LOOK, (*WHITE, 255))
    return Pillow.alpha_composite(ground, small).convert("L")


def is_blank(look: Pillow.Image) -> bool:
    """Tell whether nothing is to be seen in a frame."""
    darkest, brightest = ImageStat.Stat(look).extrema[0]
    return brightest - darkest < FAINT
