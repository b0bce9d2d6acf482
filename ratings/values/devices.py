"""Which devices a study takes, what a rater's device is, and whether the one fits the other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from django.utils.translation import gettext

from ratings.choices import DeviceInput
from ratings.values.shapes import Note, json_of, loaded

LARGEST_SCREEN = 100_000  # CSS pixels
DEEPEST = 64  # bits
DEVICE_FIELD = "device"


@dataclass(frozen=True, kw_only=True)
class DeviceRules:
    """What a study wants of the device that somebody joins on."""

    input: Annotated[DeviceInput, Note(f"One of {', '.join(DeviceInput.values)}.")] = DeviceInput.ANY
    min_screen_width: Annotated[int | None, Note("CSS pixels that the screen has at least from side to side.")] = None
    min_screen_height: Annotated[int | None, Note("CSS pixels that the screen has at least from top to bottom.")] = None
    min_colour_depth: Annotated[int | None, Note("Bits for the colour of a pixel, at least.")] = None

    @property
    def takes_all(self) -> bool:
        """Tell whether every device is as good as another."""
        return self == DeviceRules()

    def as_json(self) -> dict[str, Any]:
        """Give what the API says of it."""
        return json_of(self)


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a browser says of the device that a rater joins on; what it does not say is left out."""

    touch: Annotated[bool | None, Note("Whether it has a touch screen.")] = None
    mouse: Annotated[bool | None, Note("Whether a mouse or touchpad is its main way to point.")] = None
    screen_width: Annotated[
        int | None, Note("Width of the screen in CSS pixels.", lowest=1, highest=LARGEST_SCREEN, left_out_blank=True)
    ] = None
    screen_height: Annotated[
        int | None, Note("Height of the screen in CSS pixels.", lowest=1, highest=LARGEST_SCREEN, left_out_blank=True)
    ] = None
    colour_depth: Annotated[
        int | None, Note("Bits for the colour of a pixel.", lowest=1, highest=DEEPEST, left_out_blank=True)
    ] = None
    screen_pixel_ratio: Annotated[
        float | None, Note("Device pixels per CSS pixel.", lowest=0, highest=100, left_out_blank=True)
    ] = None
    confirmed: Annotated[
        bool, Note("Whether the rater said that the device is as the study wants it; counts for what is not measured.")
    ] = False

    def as_json(self) -> dict[str, Any]:
        """Give what a participation's row holds."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Device":
        """Read what a row holds."""
        return loaded(cls, stored)


@dataclass(frozen=True, kw_only=True)
class DeviceNeed:
    """One thing that a study wants of a device: in words, and whether a device has it, none where it is not known."""

    words: str
    has: Callable[[Device], bool | None]
    is_about_size: bool = False


def needs_of(rules: DeviceRules) -> Iterator[DeviceNeed]:
    """Give what a study wants of a device, in the language of the page."""
    if rules.input == DeviceInput.TOUCH:
        words = gettext("Open this study on a device with a touch screen, such as a phone or tablet.")
        yield DeviceNeed(words=words, has=lambda device: device.touch)
    if rules.input == DeviceInput.MOUSE:
        words = gettext("Open this study on a computer with a mouse or touchpad.")
        yield DeviceNeed(words=words, has=lambda device: device.mouse)
    if rules.min_screen_width or rules.min_screen_height:
        words = size_in_words(rules)
        yield DeviceNeed(words=words, has=lambda device: is_large_enough(rules, device), is_about_size=True)
    if rules.min_colour_depth:
        words = gettext("The screen has to show colours with at least {bits} bits.").format(bits=rules.min_colour_depth)
        yield DeviceNeed(words=words, has=lambda device: is_deep_enough(rules, device))


def size_in_words(rules: DeviceRules) -> str:
    """Say how large the screen has to be."""
    width, height = rules.min_screen_width, rules.min_screen_height
    if not height:
        return gettext("The screen has to be at least {width} pixels wide.").format(width=width)
    if not width:
        return gettext("The screen has to be at least {height} pixels high.").format(height=height)
    return gettext("The screen has to have at least {width} by {height} pixels.").format(width=width, height=height)


def is_large_enough(rules: DeviceRules, device: Device) -> bool | None:
    """Tell whether a screen is as large as is wanted; one with touch may be turned round."""
    if device.screen_width is None or device.screen_height is None:
        return None
    wanted = (rules.min_screen_width or 0, rules.min_screen_height or 0)
    sides = (device.screen_width, device.screen_height)
    turns = (sides, sides[::-1]) if device.touch and not device.mouse else (sides,)
    return any(width >= wanted[0] and height >= wanted[1] for width, height in turns)


def is_deep_enough(rules: DeviceRules, device: Device) -> bool | None:
    """Tell whether a screen shows as many colours as are wanted."""
    return None if device.colour_depth is None else device.colour_depth >= (rules.min_colour_depth or 0)


def fault_of(*, rules: DeviceRules, device: Device | None) -> str:
    """Say what a device lacks that a study wants, and how to go on; nothing where it fits."""
    known = device or Device()
    missing = [need for need in needs_of(rules) if not is_met(need, known)]
    sentences = [need.words for need in missing]
    if known.screen_width and known.screen_height and any(need.is_about_size for need in missing):
        own = gettext("This one has {width} by {height}.")
        sentences.append(own.format(width=known.screen_width, height=known.screen_height))
    return " ".join(sentences)


def is_met(need: DeviceNeed, device: Device) -> bool:
    """Tell whether a device has what is wanted: as measured, else as its owner says."""
    found = need.has(device)
    return device.confirmed if found is None else found
