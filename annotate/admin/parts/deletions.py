"""What the question before a deletion says: which rows, what goes with them, what keeps them, which rights lack."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from ratings.selectors.deletions import Kind, deletion_of


def deleted_objects(
    *, page: Any, rows: Sequence[Model], request: HttpRequest
) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
    """Give what Django's pages of deletions show: names, counts, kinds that the person may not delete, and what keeps.

    Rows that are deleted on no page of their own, such as uploads of a study, go with what they belong to.
    """
    deletion = deletion_of(rows=rows)
    kinds = {kind: count for kind, count in deletion.along.items() if not kind._meta.auto_created}
    refused = {str(kind._meta.verbose_name) for kind in kinds if not may_delete(kind, page=page, request=request)}
    if not all(page.has_delete_permission(request, row) for row in rows):
        refused.add(str(page.opts.verbose_name))
    counts = {str(kind._meta.verbose_name_plural): count for kind, count in kinds.items()}
    keeping = [f"{count:,} {kind_name(kind, count)}" for kind, count in deletion.keeping.items()]
    return [str(row) for row in rows], {str(page.opts.verbose_name_plural): len(rows), **counts}, refused, keeping


def kind_name(kind: Kind, count: int) -> str:
    """Name so many rows of a kind."""
    return str(kind._meta.verbose_name if count == 1 else kind._meta.verbose_name_plural)


def may_delete(kind: Kind, *, page: Any, request: HttpRequest) -> bool:
    """Tell whether somebody may delete rows of a kind along with others."""
    other = page.admin_site._registry.get(kind)
    is_part = other is None or not getattr(other, "deletes_apart", True)
    return is_part or bool(other.has_delete_permission(request))
