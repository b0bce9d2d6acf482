"""Check the fields of a study that hold facts with a shape, wherever a study is described."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from ratings.values.ends import checked_ends, fault_of_address
from ratings.values.questions import checked_end_questions, checked_questions
from ratings.values.quotas import checked_quotas
from ratings.values.scales import checked_labels, checked_scales
from ratings.values.shapes import ShapeError


def validate_questions(value: Any) -> None:
    """Refuse profile questions that no page could ask."""
    require_shape(checked_questions, value)


def validate_end_questions(value: Any) -> None:
    """Refuse questions after the last picture that no page could ask."""
    require_shape(checked_end_questions, value)


def validate_scales(value: Any) -> None:
    """Refuse what cannot be several scales."""
    require_shape(checked_scales, value)


def validate_labels(value: Any) -> None:
    """Refuse labels of a scale that are no words by value."""
    require_shape(checked_labels, value)


def validate_group_quotas(value: Any) -> None:
    """Refuse what is no quota by the name of a domain or generator."""
    require_shape(checked_quotas, value)


def validate_ends(value: Any) -> None:
    """Refuse ends that would send a rater nowhere."""
    require_shape(checked_ends, value)


def validate_end_address(value: str) -> None:
    """Refuse an address that nobody can be sent to."""
    fault = fault_of_address(value)
    if fault:
        raise ValidationError(f"{fault[:1].upper()}{fault[1:]}")


def require_shape(check: Callable[[Any], object], value: Any) -> None:
    """Refuse a value in the words of its check."""
    try:
        check(value)
    except ShapeError as error:
        raise ValidationError(str(error)) from error
