"""Statistics of colour, layout, symmetry, complexity and texture of one picture."""

import zlib
from itertools import pairwise

import numpy as np
from PIL import Image
from scipy import ndimage

from scoring.ml.data.arrays import Floats, Floats32

SIDE = 128
GRID = 4  # the layout is seen in GRID x GRID fields
TINY = 1e-6
KINDS = ("colour", "layout", "symmetry", "complexity", "texture")
MEASURES = {  # what has a name: its kind, and the places there that add up
    "brightness": ("colour", (31,)),
    "contrast": ("colour", (39,)),
    "colourfulness": ("colour", (30,)),
    "warmth": ("colour", (32, 33)),  # red against green, and yellow against blue
    "symmetry": ("symmetry", (7,)),  # left and right mirrored, fine detail aside
    "detail": ("complexity", (0,)),  # how little the picture can be compressed
    "centring": ("layout", (38,)),  # edges in the middle against edges everywhere
}
_ROWS, _COLUMNS = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) - 0.5
_RADIUS = np.hypot(_ROWS, _COLUMNS)
_FREQUENCY = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE), indexing="ij"))
_BANDS = (0.004, 0.012, 0.024, 0.05, 0.1, 0.2, 0.36, 0.75)


def describe(image: Image.Image) -> tuple[Floats32, ...]:
    """Return the statistics of an RGB image, one array per kind, in the order of KINDS."""
    small = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    rgb = np.asarray(small, np.float64) / 255.0
    hsv = np.asarray(small.convert("HSV"), np.float64) / 255.0
    light = rgb.mean(axis=2)
    kinds = (
        _colour(rgb, hsv),
        _layout(rgb, hsv, light),
        _symmetry(light),
        _complexity(light),
        _texture(light),
    )
    return tuple(np.nan_to_num(kind).astype(np.float32) for kind in kinds)


def entropy(counts: Floats) -> float:
    """Return the entropy of a histogram, in nats."""
    share = counts[counts > 0] / max(float(counts.sum()), TINY)
    return -float((share * np.log(share)).sum())


def _colour(rgb: Floats, hsv: Floats) -> Floats:
    hue, saturation, value = hsv.reshape(-1, 3).T
    vivid = saturation * value + TINY
    hues = np.histogram(hue, 12, (0, 1), weights=vivid)[0] / hue.size
    saturations = np.histogram(saturation, 6, (0, 1))[0] / hue.size
    values = np.histogram(value, 8, (0, 1))[0] / hue.size
    red, green, blue = rgb.reshape(-1, 3).T
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    # colourfulness: Hasler and Suesstrunk 2003
    colourful = np.hypot(red_green.std(), yellow_blue.std())
    colourful += 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())
    dark, low, high, bright = np.percentile(value, (5, 10, 90, 95))
    warm = vivid[(hue < 0.14) | (hue > 0.92)].sum() / vivid.sum()
    opponents = np.stack([(red + green + blue) / 3, red_green, yellow_blue])
    moments = [saturation.mean(), saturation.std(), value.mean(), value.std(), colourful]
    chroma = [np.abs(red_green).mean(), np.abs(yellow_blue).mean()]
    tones = [dark, bright, high - low, entropy(hues + TINY), warm]
    roots = np.sqrt(np.concatenate([hues, saturations, values]))
    return np.concatenate([roots, moments, opponents.mean(1), opponents.std(1), tones, chroma])


def _layout(rgb: Floats, hsv: Floats, light: Floats) -> Floats:
    field = SIDE // GRID
    grids = []
    for channel in (hsv[..., 1], hsv[..., 2]):
        grid = channel.reshape(GRID, field, GRID, field).mean(axis=(1, 3))
        grids.append((grid - grid.mean()).ravel())
    edges = _edges(light) + TINY
    mass = edges / edges.sum()
    across, down = float((mass * _COLUMNS).sum()), float((mass * _ROWS).sum())
    centre = slice(SIDE // 4, -SIDE // 4)
    inner = rgb[centre, centre]
    weights = [
        across,
        down,
        abs(across),
        abs(down),
        float((mass * _RADIUS).sum()),
        inner.mean() - rgb.mean(),
        edges[centre, centre].mean() / edges.mean(),
        inner.std() - rgb.std(),
    ]
    return np.concatenate([*grids, weights])


def _symmetry(light: Floats) -> Floats:
    found = []
    for size in (1, 4, 16):
        side = SIDE // size
        view = light.reshape(side, size, side, size).mean(axis=(1, 3))
        mirrors = (view[:, ::-1], view[::-1], view[::-1, ::-1], view.T, np.rot90(view))
        found += [_correlation(view, mirror) for mirror in mirrors]
        found += [float(np.abs(view - mirror).mean()) for mirror in mirrors[:2]]
    return np.array(found)


def _correlation(left: Floats, right: Floats) -> float:
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left * left).sum() * (right * right).sum()))
    return float((left * right).sum()) / scale if scale > 1e-9 else 1.0


def _complexity(light: Floats) -> Floats:
    found: list[float] = []
    for side in (128, 64, 32, 16):
        size = SIDE // side
        found += _patches(light.reshape(side, size, side, size).mean(axis=(1, 3)))
    tones = np.histogram(light, 32, (0, 1))[0]
    bright = float((light > 0.5).mean())
    found += [entropy(tones + TINY), bright, abs(bright - 0.5), light.mean(), light.std()]
    for size in (4, 16, 32):
        mean = ndimage.uniform_filter(light, size)
        variance = ndimage.uniform_filter(light * light, size) - mean * mean
        contrast = np.sqrt(np.maximum(variance, 0.0))
        found += [contrast.mean(), contrast.std(), mean.std()]
    return np.array(found)


def _patches(view: Floats) -> list[float]:
    """Return how hard the view is to compress, and how it breaks into light and dark patches."""
    levels = np.round(view * 7).astype(np.uint8)
    halves = view > np.median(view)
    mask = view > view.mean()
    flips = np.abs(np.diff(mask.astype(int), axis=0)).mean()
    flips += np.abs(np.diff(mask.astype(int), axis=1)).mean()
    quads = mask[:-1, :-1] + 2 * mask[1:, :-1] + 4 * mask[:-1, 1:] + 8 * mask[1:, 1:]
    return [
        float(np.log(len(zlib.compress(levels.tobytes(), 6)) / levels.size)),
        float(np.log(len(zlib.compress(np.packbits(halves).tobytes(), 6)) / levels.size)),
        float(flips) / 2,
        entropy(np.bincount(quads.ravel(), minlength=16).astype(np.float64)),
        float(np.log1p(ndimage.label(mask)[1])),
        float(np.log1p(ndimage.label(~mask)[1])),
    ]


def _texture(light: Floats) -> Floats:
    pyramid, view = [], light
    for _ in range(5):
        smooth = ndimage.gaussian_filter(view, 1.0, truncate=3.0)
        detail = view - smooth
        pyramid += [np.log(detail.std() + 1e-3), np.log(np.abs(detail).mean() + 1e-3)]
        view = smooth[::2, ::2]
    return np.concatenate([pyramid, _orientations(light), _spectrum(light), _local_patterns(light)])


def _edges(light: Floats) -> Floats:
    return np.asarray(np.hypot(ndimage.sobel(light, 0), ndimage.sobel(light, 1)))


def _orientations(light: Floats) -> Floats:
    across, down = ndimage.sobel(light, 1), ndimage.sobel(light, 0)
    strength = np.hypot(across, down)
    angle = np.arctan2(down, across) % np.pi
    share = np.histogram(angle, 8, (0, np.pi), weights=strength)[0]
    share = share / (share.sum() + TINY)
    rest = [entropy(share + TINY), strength.mean(), strength.std(), (strength > 0.5).mean()]
    return np.concatenate([share, rest])


def _spectrum(light: Floats) -> Floats:
    power = np.square(np.abs(np.fft.rfft2(light - light.mean())))
    bands = np.array([power[(low <= _FREQUENCY) & (high > _FREQUENCY)].sum() for low, high in pairwise(_BANDS)])
    share = np.log((bands + TINY) / (bands.sum() + 7 * TINY))
    slope = np.polyfit(np.arange(7.0), share, 1)[0]
    peak = np.log((np.sort(power.ravel())[-20:].sum() + TINY) / (power.sum() + TINY))
    echo = np.fft.irfft2(power, s=(SIDE, SIDE))  # autocorrelation (Wiener-Khinchin)
    echo = echo / (echo[0, 0] + 1e-9)
    steps = (1, 2, 4, 8, 16, 32)
    straight = [echo[0, step] for step in steps] + [echo[step, 0] for step in steps]
    return np.concatenate([share, [slope, peak], straight, [echo[step, step] for step in (2, 8, 32)]])


def _local_patterns(light: Floats) -> Floats:
    shifts = ((0, 1), (1, 0), (0, -1), (-1, 0))
    codes = np.zeros(light.shape, np.int64)
    for bit, shift in enumerate(shifts):
        codes += (np.roll(light, shift, (0, 1)) > light + 0.02).astype(np.int64) << bit
    return np.asarray(np.sqrt(np.bincount(codes.ravel(), minlength=16) / light.size))


PARTS: tuple[int, ...] = tuple(len(kind) for kind in describe(Image.new("RGB", (SIDE, SIDE))))
