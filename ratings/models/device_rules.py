"""Which devices a study takes, as a part of it."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from ratings.choices import DeviceInput
from ratings.values.devices import DEEPEST, LARGEST_SCREEN, DeviceRules


def within(highest: int) -> dict[str, Any]:
    """Give what the fields of the least that is wanted have in common."""
    return {"null": True, "blank": True, "validators": [MinValueValidator(1), MaxValueValidator(highest)]}


def is_within(name: str, highest: int) -> Q:
    """Give the condition of a field that is blank, or a number that a device can have."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (1, highest)})


DEVICE_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(device_input__in=DeviceInput.values),
        name="study_device_input_is_known",
        violation_error_message="Choose the input that devices must have: any, touch or mouse.",
    ),
    models.CheckConstraint(
        condition=is_within("min_screen_width", LARGEST_SCREEN) & is_within("min_screen_height", LARGEST_SCREEN),
        name="study_screen_can_be_so_large",
        violation_error_message="Give the smallest screen in pixels, from 1 to 100000, or leave it blank.",
    ),
    models.CheckConstraint(
        condition=is_within("min_colour_depth", DEEPEST),
        name="study_screen_can_show_so_many_colours",
        violation_error_message="Give the colour depth in bits, from 1 to 64, or leave it blank.",
    ),
)


class DeviceRuleFields(models.Model):
    """What a study wants of the device that somebody joins on; all blank for any device."""

    device_input = models.CharField(
        max_length=5,
        choices=DeviceInput,
        default=DeviceInput.ANY,
        db_default=DeviceInput.ANY,
        help_text="What the device has to have: a touch screen, or a mouse or touchpad as its main way to point.",
    )
    min_screen_width = models.PositiveIntegerField(
        **within(LARGEST_SCREEN),
        help_text="Least width of the screen in CSS pixels; a phone or tablet may be turned round. Blank for any.",
    )
    min_screen_height = models.PositiveIntegerField(
        **within(LARGEST_SCREEN), help_text="Least height of the screen in CSS pixels. Blank for any."
    )
    min_colour_depth = models.PositiveSmallIntegerField(
        **within(DEEPEST),
        help_text="Fewest bits for the colour of a pixel; browsers say 24 of most screens. Blank for any.",
    )

    class Meta:
        """Fields only; the study has the table, and its constraints."""

        abstract = True

    @property
    def device_rules(self) -> DeviceRules:
        """Give the rules."""
        return DeviceRules(
            input=DeviceInput(self.device_input),
            min_screen_width=self.min_screen_width,
            min_screen_height=self.min_screen_height,
            min_colour_depth=self.min_colour_depth,
        )
