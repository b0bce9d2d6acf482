"""Lists that stay fast however many rows there are: nobody pages through a million, or waits for their count."""

from collections.abc import Collection
from typing import Any, ClassVar, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST_LISTED = 20_000
MOST_SORTED = 10_000  # rows that are sorted by a column of theirs that has no index
MOST_SORTED_IMAGES = 5_000  # rows that are sorted by a figure which is counted for each of them
MOST_SORTED_RATERS = 1_000  # each of whom has many more answers than an image
NARROWING = ("participation__id__exact", "q")  # what makes a list one rater's


class LongListPaginator(Paginator):  # type: ignore[type-arg]  # no class takes a type when it runs
    """Pages of the first rows of a list, which says so where there are more.

    The keys of a page are found first, then its rows: what each row needs besides is read for those of one page only.
    """

    template_name = "admin/long_list_pages.html"
    most = MOST_LISTED

    @property
    def rows(self) -> "QuerySet[Any]":
        """Give what is listed."""
        return cast("QuerySet[Any]", self.object_list)

    @cached_property
    def counted(self) -> int:
        """Count the rows, up to one more than are listed."""
        return self.rows.order_by().values("pk")[: self.most + 1].count()

    @cached_property
    def count(self) -> int:
        """Give the number of rows that are listed."""
        return min(self.counted, self.most)

    @property
    def has_more(self) -> bool:
        """Tell whether there are more rows than are listed."""
        return self.counted > self.most

    def page(self, number: int | str) -> Page[Any]:
        """Give a page, of rows in the order of the list."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.rows.values_list("pk", flat=True)[first : min(first + self.per_page, self.most)]
        return Page(self.rows.filter(pk__in=list(keys)), number, self)


class LongChangeList(ChangeList):  # type: ignore[misc]  # Unfold has no types
    """A list that is sorted by what its admin offers, and by nothing else that an address asks for."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Give what a column is sorted by, unless it is not to be."""
        is_offered = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if is_offered else None


def is_within(rows: "QuerySet[Any]", most: int) -> bool:
    """Tell whether there are at most so many rows, reading no more than that."""
    return rows.order_by().values("pk")[: most + 1].count() <= most


class SortedWhenNarrow:
    """A list of millions of rows, in the order of their keys; it can be sorted otherwise where it is of one rater."""

    sortable_always = ("given", "created")

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Give the columns that can be sorted by."""
        if any(request.GET.get(name) for name in NARROWING):
            return super().get_sortable_by(request)  # type: ignore[misc]
        return self.sortable_always


class SortedWhenShort:
    """A list that is sorted by a column without an index only while it is short."""

    sortable_always: ClassVar[Collection[str]]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Give the columns that can be sorted by."""
        offered = {*super().get_sortable_by(request)}  # type: ignore[misc]
        return offered if is_within(self.sorted_rows(request), MOST_SORTED) else offered & {*self.sortable_always}

    def sorted_rows(self, request: HttpRequest) -> "QuerySet[Any]":
        """Give the rows among which an order is looked for, by what alone decides how many they are."""
        return self.model._default_manager.all()  # type: ignore[attr-defined, no-any-return]
