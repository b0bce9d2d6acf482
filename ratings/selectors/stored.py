"""Everything stored about a rater, found by walking the models: what a new model adds is in it from the first day.

A model's `withheld_while_rating` names the fields that say how a rater is expected to like pictures. They wait until
the rater gives no more ratings in that study, as *Your taste* waits with its figures, so that they sway none.
"""

import base64
from collections.abc import Collection, Iterator
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


def rows_about(*, rater: Rater, still_rating: Collection[UUID]) -> dict[str, list[dict[str, Any]]]:
    """Give every row about a rater by the name of its model, as JSON can hold it.

    What would sway a rater is null in rows of the participations in which they still rate.
    """
    return {
        model._meta.label_lower: list(plain_rows(model, lookup, rater, still_rating))
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


def withheld_fields() -> dict[str, list[str]]:
    """Give the fields that are withheld from somebody who still rates, by the name of their model."""
    return {model._meta.label_lower: list(withheld_of(model)) for model in models_about_raters() if withheld_of(model)}


def withheld_of(model: type[Model]) -> tuple[str, ...]:
    """Give the fields of a model that would sway a rater."""
    fields: tuple[str, ...] = getattr(model, "withheld_while_rating", ())
    return fields


def plain_rows(
    model: type[Model], lookup: str, rater: Rater, still_rating: Collection[UUID]
) -> Iterator[dict[str, Any]]:
    """Read a model's rows about a rater."""
    rows = model._default_manager.filter(**{lookup: rater.pk}).order_by("pk")
    withheld, swaying = withheld_of(model), set()
    if withheld and still_rating:
        part = f"{lookup.removesuffix('__rater')}__in"
        swaying = set(rows.filter(**{part: still_rating}).values_list("pk", flat=True))
    for row in rows.values():
        hidden = withheld if row[model._meta.pk.attname] in swaying else ()
        yield {name: None if name in hidden else plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold; bytes as base 64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, date):  # and moments
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
