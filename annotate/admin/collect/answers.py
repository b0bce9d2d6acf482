"""What raters answered; append-only, so nothing is edited here either."""

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import (
    ChoicesCheckboxFilter,
    DropdownFilter,
    RangeDateTimeFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)

from annotate.admin.collect.assignments import image_header
from annotate.admin.parts.base import AMBER, GREEN, GREY, Header, Pill, ReadOnlyAdmin, ago, column
from annotate.admin.parts.long_lists import SortedWhenNarrow
from annotate.admin.parts.rater_search import RaterSearch
from ratings.choices import AssignmentKind
from ratings.models import Choice, Rating
from ratings.models.pair import in_order

A = TypeVar("A", Rating, Choice)


class StandingFilter(DropdownFilter):  # type: ignore[misc]  # Unfold has no types
    """By whether an answer stands, and whether it counts as an opinion."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what is counted, all that stands, and the rest."""
        return [
            ("opinion", gettext("Counts as an opinion: stands, no repeat, practice or check")),
            ("stands", gettext("Stands")),
            ("gone", gettext("Replaced or taken back")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        current = Q(replaced_at__isnull=True) & ~STAYS_EMPTY[queryset.model]
        found = {"opinion": current & OPINION[queryset.model], "stands": current, "gone": ~current}
        return queryset.filter(found[str(self.value())]) if self.value() in found else queryset


STAYS_EMPTY: dict[type[Any], Q] = {Rating: Q(value__isnull=True), Choice: Q(answer="")}  # where it was taken back
OPINION: dict[type[Any], Q] = {Rating: Q(assignment__kind=AssignmentKind.FRESH), Choice: Q()}


class AnswerAdmin(SortedWhenNarrow, RaterSearch[A], ReadOnlyAdmin[A], Generic[A]):
    """The columns that every answer has: of what, by whom, what was said, and whether it stands."""

    said: ClassVar[str]  # the field that is empty where an answer was taken back

    path_to_rater = "participation__rater"
    list_display = ("asked", "rater", "answered", "standing", "seconds", "given")
    ordering = ("-id",)
    fields = (("asked", "rater"), ("answered", "standing"), ("seconds", "given"), ("nonce", "replaces"), "client")
    readonly_fields = ("asked", "rater", "answered", "standing", "seconds", "given")

    @column(gettext_lazy("Rater"))
    def rater(self, answer: A) -> str:
        """Give the pseudonym."""
        return str(answer.participation)

    @column(gettext_lazy("Stands"), ordering="replaced_at", pills={"stands": GREEN, "replaced": GREY, "undone": AMBER})
    def standing(self, answer: A) -> Pill:
        """Tell whether the answer stands."""
        if answer.replaced_at is not None:
            return Pill("replaced", gettext("Replaced"))
        is_undone = getattr(answer, self.said) in {None, ""}
        return Pill("undone", gettext("Undo")) if is_undone else Pill("stands", gettext("Stands"))

    @column(gettext_lazy("Seconds"), ordering="response_ms")
    def seconds(self, answer: A) -> str:
        """Give the time from the pictures painted to the click."""
        return "\N{EN DASH}" if answer.response_ms is None else f"{answer.response_ms / 1000:.1f}"

    @column(gettext_lazy("Given"), ordering="id")
    def given(self, answer: A) -> str:
        """Say when."""
        return ago(answer.created_at)


@admin.register(Rating)
class RatingAdmin(AnswerAdmin[Rating]):
    """Ratings of one picture at a time."""

    said = "value"
    list_filter = (
        ("participation__study", RelatedDropdownFilter),
        StandingFilter,
        ("assignment__policy", ChoicesCheckboxFilter),
        ("assignment__kind", ChoicesCheckboxFilter),
        ("value", RangeNumericFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("participation__study", "image", "assignment__study_image")

    @column(gettext_lazy("Image"), header=True)
    def asked(self, rating: Rating) -> Header:
        """Show the image and the study."""
        entry, study = rating.assignment.study_image, rating.participation.study
        return image_header(image=rating.image, name=str(entry), second_line=study.title)

    @column(gettext_lazy("Rating"), ordering="value")
    def answered(self, rating: Rating) -> str:
        """Give the value, and the end of the scale."""
        if rating.value is None:
            return gettext("taken back")
        most = rating.participation.study.scale_max
        return gettext("{part} of {whole}").format(part=f"{rating.value:g}", whole=f"{most:g}")


@admin.register(Choice)
class ChoiceAdmin(AnswerAdmin[Choice]):
    """Choices among several pictures."""

    said = "answer"
    list_filter = (
        ("participation__study", RelatedDropdownFilter),
        StandingFilter,
        ("answer", ChoicesCheckboxFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("participation__study", "assignment__pair__image_a")

    @column(gettext_lazy("Pair"), header=True)
    def asked(self, choice: Choice) -> Header:
        """Show what was compared, the left one first."""
        pair = choice.assignment.pair
        between = gettext(" or ")
        return Header(between.join(in_order(pair.conditions, first=choice.assignment.left)), pair.group)

    @column(
        gettext_lazy("Choice"), ordering="answer", pills={"left": "primary", "right": "info", "tie": GREY, "": AMBER}
    )
    def answered(self, choice: Choice) -> Pill:
        """Give the answer."""
        return Pill(choice.answer, choice.get_answer_display() or gettext("Taken back"))
