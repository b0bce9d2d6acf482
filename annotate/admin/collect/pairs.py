"""Pairs of a pairwise study, and the choices they brought."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RangeDateTimeFilter, RelatedDropdownFilter

from annotate.admin.collect.assignments import image_header
from annotate.admin.parts.base import AMBER, GREEN, GREY, Header, Pill, ReadOnlyAdmin, ago, bar, column
from ratings.models import Choice, Pair
from ratings.models.pair import IMAGE_FIELDS, in_order
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

    @column("One", header=True)
    def first(self, pair: Pair) -> Header:
        """Show the first condition's picture."""
        return image_header(image=pair.image_a, name=getattr(pair, "name_a", ""), second_line=pair.condition_a)

    @column("Other", header=True)
    def second(self, pair: Pair) -> Header:
        """Show the second condition's picture."""
        return image_header(image=pair.image_b, name=getattr(pair, "name_b", ""), second_line=pair.condition_b)

    @column("Others")
    def others(self, pair: Pair) -> str:
        """Name the conditions after the first two, where more than two pictures are shown at once."""
        return ", ".join(pair.conditions[2:]) or "\N{EN DASH}"

    @column("Coverage", ordering="taken")
    def coverage(self, pair: Pair) -> str:
        """Draw the share of wanted choices that are taken."""
        return bar(share=pair.taken / max(pair.target, 1), caption=f"{pair.taken} of {pair.target}")

    @column("For")
    def addressee(self, pair: Pair) -> str:
        """Name the only rater who is asked, if there is one."""
        return str(pair.participation) if pair.participation else "anyone"


@admin.register(Choice)
class ChoiceAdmin(ReadOnlyAdmin[Choice]):
    """Choices; append-only, so nothing is edited here either."""

    list_display = ("compared", "rater", "answer_pill", "standing", "seconds", "given")
    list_filter = (
        ("participation__study", RelatedDropdownFilter),
        ("answer", ChoicesCheckboxFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("participation__study", "assignment__pair__image_a")
    ordering = ("-id",)
    fields = (("compared", "rater"), ("answer_pill", "standing"), ("seconds", "given"), ("nonce", "replaces"), "client")
    readonly_fields = ("compared", "rater", "answer_pill", "standing", "seconds", "given")

    @column("Pair", header=True)
    def compared(self, choice: Choice) -> Header:
        """Show what was compared, the left one first."""
        pair = choice.assignment.pair
        return Header(" or ".join(in_order(pair.conditions, first=choice.assignment.left)), pair.group)

    @column("Rater")
    def rater(self, choice: Choice) -> str:
        """Give the pseudonym."""
        return str(choice.participation)

    @column("Choice", ordering="answer", pills={"left": "primary", "right": "info", "tie": GREY, "": AMBER})
    def answer_pill(self, choice: Choice) -> Pill:
        """Give the answer."""
        return Pill(choice.answer, choice.get_answer_display() or "Taken back")

    @column("Stands", ordering="replaced_at", pills={"stands": GREEN, "replaced": GREY, "undone": AMBER})
    def standing(self, choice: Choice) -> Pill:
        """Tell whether the choice stands."""
        if choice.replaced_at is not None:
            return Pill("replaced", "Replaced")
        return Pill("stands", "Stands") if choice.answer else Pill("undone", "Undo")

    @column("Seconds", ordering="response_ms")
    def seconds(self, choice: Choice) -> str:
        """Give the time from both pictures painted to the click."""
        return "\N{EN DASH}" if choice.response_ms is None else f"{choice.response_ms / 1000:.1f}"

    @column("Given", ordering="created_at")
    def given(self, choice: Choice) -> str:
        """Say when."""
        return ago(choice.created_at)
