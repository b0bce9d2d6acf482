"""Everything stored about a rater, found by walking the models: what a new model adds is in it from the first day."""

import base64
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import ForeignKey, Model

from ratings.models import Image, Rater


def models_about_raters() -> dict[type[Model], str]:
    """Give every model whose rows go when a rater goes, with the look-up that leads from it to the rater."""
    found: dict[type[Model], str] = {Rater: "pk"}
    waiting: list[type[Model]] = [Rater]
    while waiting:
        target = waiting.pop(0)
        for relation in target._meta.related_objects:
            field = relation.field
            if not isinstance(field, ForeignKey) or not is_cascade(field) or relation.related_model in found:
                continue
            rest = "" if found[target] == "pk" else f"__{found[target]}"
            found[relation.related_model] = f"{field.name}{rest}"
            waiting.append(relation.related_model)
    return found


def is_cascade(field: "ForeignKey[Any, Any]") -> bool:
    """Tell whether a row goes with the row it points to."""
    return getattr(field.remote_field.on_delete, "__name__", "") == "CASCADE"


def rows_about(*, rater: Rater) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a rater by the name of its model, as JSON can hold it."""
    return {
        model._meta.label_lower: list(plain_rows(model, lookup, rater))
        for model, lookup in models_about_raters().items()
        if model is not Rater
    }


def pictures_made_for(*, rater: Rater) -> set[UUID]:
    """Give the images that were drawn for a rater's taste: those named by rows that go when the rater goes."""
    found: set[UUID] = set()
    for model, lookup in models_about_raters().items():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.related_model is Image:
                rows = model._default_manager.filter(**{lookup: rater.pk, f"{field.name}__is_drawn": True})
                found.update(rows.values_list(field.attname, flat=True))
    return found


def plain_rows(model: type[Model], lookup: str, rater: Rater) -> Iterator[dict[str, Any]]:
    """Read a model's rows about a rater."""
    for row in model._default_manager.filter(**{lookup: rater.pk}).order_by("pk").values():
        yield {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold; bytes as base 64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, date):  # and moments
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
