"""The plan that every design of studies fills in, and the registry of those there are.

A design is a folder in `ratings/designs/`: its entry is `DESIGN`, what its dumps hold is `dump.py`, and how its answers
are measured is `quality.py`. The two last are read when they are needed: they bring libraries that no rater's click
needs. The entries stand above the services that they put together, so they are found here by their names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ratings.choices import AssignmentKind, Design, Policy
from ratings.exceptions import ChoiceNotFoundError, NotFoundError, OtherDesignError, RatingNotFoundError
from ratings.models import Assignment, Choice, Pair, PairAssignment, Rating, Study, StudyImage
from ratings.values.comparisons import ComparisonRules
from ratings.values.page_words import PageWords
from ratings.values.study_figures import ComparisonFigures, RatingFigures, StudyFigures

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from ratings.services.dumps.contents import DesignDump
    from ratings.services.quality.measured import Measure


@dataclass(frozen=True, kw_only=True)
class FamilyWords:
    """What raters read about an item that they cannot answer, skip or take back."""

    not_leased: "StrPromise"
    lease_expired: "StrPromise"
    not_skippable: "StrPromise"
    taken_off: "StrPromise"
    replaced: "StrPromise"
    other_family: "StrPromise"  # was asked for than this one


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """The tables that designs share which put as many pictures to a rater at once."""

    item: type[Model]
    assignment: type[Model]
    answer: type[Model]
    item_field: str  # of an assignment, that leads to its item
    shown_by: tuple[str, ...]  # relations of an answer that lead to what its rater saw
    is_on_scale: bool  # whether answers are values on a scale
    first_showings: Callable[[], "QuerySet[Any]"]  # assignments of which a rater gets one an item
    wanted_items: Callable[[], "QuerySet[Any]"]  # those that count towards a study's coverage
    shared_items: Callable[[], "QuerySet[Any]"]  # those that are made for nobody alone
    targeted_items: Callable[
        [], "QuerySet[Any]"
    ]  # those of them that no rule has stopped: they want the study's target
    standing_answers: Callable[[], "QuerySet[Any]"]  # those that count as an opinion
    calls: str  # what raters give, as the addresses of the API and the scripts name it
    not_found: type[NotFoundError]  # raised for an answer that is not there
    words: FamilyWords
    figures: type[StudyFigures]  # what the answers of a study say together

    def item_of(self, assignment: Any) -> int:
        """Give the key of the item that an assignment is about."""
        key: int = getattr(assignment, f"{self.item_field}_id")
        return key


def first_ratings() -> QuerySet[Rating]:
    """Give the current ratings at first sight: no practice, no repeats."""
    return Rating.objects.current().filter(assignment__kind=AssignmentKind.FRESH)


def wanted_images() -> QuerySet[StudyImage]:
    """Give the images that count towards a study's coverage."""
    return StudyImage.objects.filter(is_active=True, is_practice=False)


def wanted_pairs() -> QuerySet[Pair]:
    """Give the pairs that count towards a study's coverage."""
    return Pair.objects.filter(is_active=True)


def choices() -> QuerySet[Choice]:
    """Give the choices that stand."""
    return Choice.objects.current()


ONE_IMAGE = Family(
    item=StudyImage,
    assignment=Assignment,
    answer=Rating,
    item_field="study_image",
    shown_by=("image", "assignment__study_image"),
    is_on_scale=True,
    first_showings=lambda: Assignment.objects.filter(kind=AssignmentKind.FRESH),
    wanted_items=wanted_images,
    shared_items=StudyImage.objects.all,
    targeted_items=lambda: StudyImage.objects.filter(stopped_at__isnull=True),
    standing_answers=first_ratings,
    calls="ratings",
    not_found=RatingNotFoundError,
    words=FamilyWords(
        not_leased=_("This image was not handed out to you, or you gave it back."),
        lease_expired=_("This image was given to somebody else after a long pause: go on with the next one."),
        not_skippable=_("This image is not with you any more, so it cannot be skipped."),
        taken_off=_("This picture is no longer part of the study: go on with the next one."),
        replaced=_("You changed this rating since: undo the newer one."),
        other_family=_("This study shows one picture at a time: it takes ratings, and has no pairs."),
    ),
    figures=RatingFigures,
)
SEVERAL_IMAGES = Family(
    item=Pair,
    assignment=PairAssignment,
    answer=Choice,
    item_field="pair",
    shown_by=("assignment__pair",),
    is_on_scale=False,
    first_showings=PairAssignment.objects.all,
    wanted_items=wanted_pairs,
    shared_items=lambda: Pair.objects.filter(participation__isnull=True),
    targeted_items=lambda: Pair.objects.filter(participation__isnull=True),
    standing_answers=choices,
    calls="choices",
    not_found=ChoiceNotFoundError,
    words=FamilyWords(
        not_leased=_("This pair is not with you any more: you gave it back."),
        lease_expired=_("This pair was given to somebody else after a long pause: go on with the next one."),
        not_skippable=_("This pair is not with you any more, so it cannot be skipped."),
        taken_off=_("One of these pictures is no longer part of the study: go on with the next ones."),
        replaced=_("You changed this choice since: undo the newer one."),
        other_family=_("This study shows several pictures at a time: it takes choices among them, and no ratings."),
    ),
    figures=ComparisonFigures,
)
FAMILIES = (ONE_IMAGE, SEVERAL_IMAGES)


@dataclass(frozen=True, kw_only=True)
class StudyDesign:
    """What a study asks of its raters, and all that follows from it."""

    name: Design
    family: Family
    items: str  # what is put to raters, as counts name it: images
    answers: str  # what raters say of it, which is also the name of that table in a dump
    policies: tuple[Policy, ...]  # that choose what a rater sees next
    trains: bool  # whether answers are ratings, on which models with all that rests on a scale are trained
    takes_table: bool  # whether its items come from a table of conditions, besides the pictures
    settings: tuple[str, ...]  # fields of a study that only this design reads, which a dump names
    public_settings: Callable[[Study, str], Mapping[str, Any]]  # (study, language) -> those that pages and scripts get
    check_description: Callable[[Study], None]  # when a study is described; raises where a setting is missing
    prepare: Callable[[Study], None]  # before raters are let in; raises where there is nothing to ask them
    check_answer: Callable[[Study, Any, Mapping[str, Any]], None]  # (study, assignment, what was said); raises
    words: PageWords  # on raters' pages
    comparison: ComparisonRules | None = None  # where several pictures are shown at once

    @property
    def item(self) -> str:
        """Name one of its items."""
        return self.items.removesuffix("s")

    @property
    def supply(self) -> str:
        """Say what a researcher does to have something to ask."""
        return "import its design" if self.takes_table else "upload some"

    @property
    def templates(self) -> str:
        """Name the folder of the templates that only this design has."""
        return f"designs/{folder_of(self.name).rpartition('.')[2]}"

    @property
    def dump(self) -> "DesignDump":
        """Give what its dumps hold."""
        return cast("DesignDump", import_string(f"{folder_of(self.name)}.dump.DUMP"))

    @property
    def measure(self) -> "Measure":
        """Give the function that measures how its raters answered."""
        return cast("Measure", import_string(f"{folder_of(self.name)}.quality.measure"))


def folder_of(name: Design) -> str:
    """Name the package of a design."""
    return f"ratings.designs.{name.value.replace('-', '_')}"


@cache
def designs() -> Mapping[Design, StudyDesign]:
    """Give every design by its name."""
    return {name: import_string(f"{folder_of(name)}.DESIGN") for name in Design}


def design_named(name: str) -> StudyDesign:
    """Give the design that a study's row names."""
    return designs()[Design(name)]


def design_of(study: Study) -> StudyDesign:
    """Give a study's design."""
    return design_named(study.design)


def practice_of(study: Study) -> int:
    """Count the answers before the first that counts: none where several pictures are compared."""
    return study.practice_count if design_of(study).family.is_on_scale else 0


def chooses_items(study: Study) -> bool:
    """Tell whether policies choose what raters of a study see, which a page then accounts for."""
    design = design_of(study)
    return len(design.policies) > 1 and (design.comparison is None or study.chooses_comparisons)


def shows_taste(study: Study) -> bool:
    """Tell whether a study shows its raters what was learned of their taste, which takes a design that trains."""
    return study.shows_taste and design_of(study).trains


def names_where(is_wanted: Callable[[StudyDesign], bool]) -> list[Design]:
    """Give the names of the designs of which something is true."""
    return [name for name, design in designs().items() if is_wanted(design)]


def names_in(family: Family) -> list[Design]:
    """Give the names of the designs of a family."""
    return names_where(lambda design: design.family is family)


def comparison_of(study: Study) -> ComparisonRules:
    """Give how a study of several pictures at once compares them."""
    rules = design_of(study).comparison
    if rules is None:
        raise OtherDesignError(gettext("This study shows one picture at a time: it compares nothing."))
    return rules


def require_family(*, study: Study, family: Family) -> None:
    """Raise unless the study puts to its raters what is asked for."""
    asked = design_of(study).family
    if asked is not family:
        raise OtherDesignError(str(asked.words.other_family))
