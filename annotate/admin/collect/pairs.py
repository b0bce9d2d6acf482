"""Pairs of pairwise studies, and the sets of best-worst ones."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import RelatedDropdownFilter

from annotate.admin.collect.assignments import image_header
from annotate.admin.parts.base import Header, ReadOnlyAdmin, bar, column
from ratings.models import Pair
from ratings.models.pair import IMAGE_FIELDS
from ratings.selectors.pairs import pairs_with_names


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin[Pair]):
    """Every comparison of a design, with its pictures."""

    list_display = ("first", "second", "others", "group", "coverage", "addressee", "is_active")
    list_filter = (("study", RelatedDropdownFilter), "is_active", "condition_a", "condition_b")
    list_select_related = ("study", *IMAGE_FIELDS, "participation")
    search_fields = ("group", "condition_a", "condition_b")
    ordering = ("-study", "ordinal")
    fields = (
        ("first", "second"),
        "others",
        "group",
        "prompt",
        ("target", "taken"),
        ("addressee", "is_active"),
    )
    readonly_fields = ("first", "second", "others", "addressee")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pair]:
        """Add the names that the study gives the pictures."""
        return pairs_with_names(pairs=super().get_queryset(request))

    @column(gettext_lazy("One"), header=True)
    def first(self, pair: Pair) -> Header:
        """Show the first condition's picture."""
        return image_header(image=pair.image_a, name=getattr(pair, "name_a", ""), second_line=pair.condition_a)

    @column(gettext_lazy("Other"), header=True)
    def second(self, pair: Pair) -> Header:
        """Show the second condition's picture."""
        return image_header(image=pair.image_b, name=getattr(pair, "name_b", ""), second_line=pair.condition_b)

    @column(gettext_lazy("Others"))
    def others(self, pair: Pair) -> str:
        """Name the conditions after the first two, where more than two pictures are shown at once."""
        return ", ".join(pair.conditions[2:]) or "\N{EN DASH}"

    @column(gettext_lazy("Coverage"), ordering="taken")
    def coverage(self, pair: Pair) -> str:
        """Draw the share of wanted choices that are taken."""
        return bar(
            share=pair.taken / max(pair.target, 1),
            caption=gettext("{part} of {whole}").format(part=pair.taken, whole=pair.target),
        )

    @column(gettext_lazy("For"))
    def addressee(self, pair: Pair) -> str:
        """Name the only rater who is asked, if there is one."""
        return str(pair.participation) if pair.participation else gettext("anyone")
