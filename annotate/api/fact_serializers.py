"""Make serializers of facts with a shape: the fields that the API documents, takes and gives are those of the fact."""

import dataclasses
import math
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from django.utils.translation import gettext
from rest_framework import serializers

from ratings.values.shapes import FactField, entry_kind, fields_of, is_list, is_table, optional_kind, plain

F = TypeVar("F")
Shape = serializers.Serializer[Any]


class FiniteField(serializers.FloatField):
    """A number that a double can hold."""

    def to_internal_value(self, data: Any) -> float:
        """Refuse what is not a finite number; an integer of a thousand digits is none."""
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise serializers.ValidationError(gettext("must be a finite number."))
        return value


SIMPLE: dict[Any, type[serializers.Field[Any, Any, Any, Any]]] = {
    str: serializers.CharField,
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: FiniteField,
    datetime: serializers.DateTimeField,
}


def serializer_of(
    fact: type[Any], *, base: type[Shape] = serializers.Serializer, named: str = "", without: Collection[str] = ()
) -> type[Shape]:
    """Make the serializer of a fact; its name is what the OpenAPI document calls it."""
    fields = {one.key: serializer_field(one.kind, one) for one in fields_of(fact) if one.name not in without}
    meaning = {"__doc__": fact.__doc__, "__module__": __name__}
    return type(f"{named or fact.__name__}Serializer", (base,), fields | meaning)


@cache
def nested_serializer(fact: type[Any]) -> type[Shape]:
    """Make the serializer of a fact within others, one for all places where it stands: the document names it once."""
    return serializer_of(fact)


def serializer_field(kind: Any, field: FactField) -> Any:
    """Make the field of a serializer."""
    kind, may_be_absent = optional_kind(kind)
    settings: dict[str, Any] = {"help_text": field.note.meaning}
    if not field.is_required and (may_be_absent or field.note.left_out_blank):
        settings["required"] = False
    elif not field.is_required:
        settings["default"] = default_of(field)
    limits = {"min_value": field.note.lowest, "max_value": field.note.highest} if kind in {int, float} else {}
    return plain_field(kind, settings | {name: limit for name, limit in limits.items() if limit is not None})


def default_of(field: FactField) -> Any:
    """Give a field's default as JSON, or what makes it."""
    value = plain(field.default)
    return type(value) if value in ([], {}) else value


def plain_field(kind: Any, settings: dict[str, Any]) -> Any:
    """Choose the field by the type."""
    if dataclasses.is_dataclass(kind):
        return nested_serializer(kind)(**settings)  # type: ignore[arg-type]  # a class, never an instance
    if is_list(kind) and dataclasses.is_dataclass(entry_kind(kind)):
        return nested_serializer(entry_kind(kind))(many=True, **settings)
    if is_list(kind):
        return serializers.ListField(child=plain_field(entry_kind(kind), {}), **settings)
    if is_table(kind):
        return serializers.DictField(child=plain_field(entry_kind(kind), {}), **settings)
    if issubclass(kind, Enum):
        return serializers.ChoiceField(choices=kind.choices, **settings)
    return SIMPLE[kind](**settings)


def given_fact(fact: type[F], validated: Mapping[str, Any]) -> F:
    """Make a fact of what its serializer has validated."""
    given = [(field.name, validated[field.key]) for field in fields_of(fact) if field.key in validated]
    return fact(**{name: tuple(value) if isinstance(value, list) else value for name, value in given})
