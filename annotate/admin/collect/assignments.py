"""Assignments with how they were chosen."""

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    ChoicesCheckboxFilter,
    RangeDateTimeFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)

from annotate.admin.parts.base import AMBER, BLUE, GREEN, GREY, Header, Pill, ReadOnlyAdmin, ago, at, column
from annotate.admin.parts.long_lists import SortedWhenNarrow
from annotate.admin.parts.rater_search import RaterSearch
from annotate.admin.parts.thumbnails import image_url
from ratings.choices import AssignmentState, Policy
from ratings.models import Assignment, Image

STATE_PILLS = {
    AssignmentState.QUEUED.value: GREY,
    AssignmentState.LEASED.value: BLUE,
    AssignmentState.RATED.value: GREEN,
    AssignmentState.SKIPPED.value: AMBER,
    AssignmentState.RELEASED.value: GREY,
}
POLICY_PILLS = {
    Policy.ACTIVE.value: "primary",
    Policy.RANDOM.value: BLUE,
    Policy.BURN_IN.value: AMBER,
    Policy.REPEAT.value: GREEN,
    Policy.COVERAGE.value: GREY,
    Policy.PRACTICE.value: GREY,
    Policy.STEERING.value: GREEN,
}


def image_header(*, image: Image, name: str, second_line: str) -> Header:
    """Give the name that a study gives a picture with a thumbnail and a second line, for a cell of a list."""
    picture = {"path": image_url(image=image, width=1), "squared": True, "width": 44, "height": 44, "borderless": True}
    return Header(name, second_line, picture=picture)


@admin.register(Assignment)
class AssignmentAdmin(SortedWhenNarrow, RaterSearch[Assignment], ReadOnlyAdmin[Assignment]):
    """Every image put to a rater, with policy and propensity."""

    path_to_rater = "participation__rater"
    list_display = ("picture", "rater", "state_pill", "policy_pill", "propensity_text", "position", "created")
    list_filter = (
        ("participation__study", RelatedDropdownFilter),
        ("state", ChoicesCheckboxFilter),
        ("policy", ChoicesCheckboxFilter),
        ("kind", ChoicesCheckboxFilter),
        ("propensity", RangeNumericFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("participation__study", "image", "study_image")
    ordering = ("-id",)
    fields = (
        ("picture", "rater"),
        ("state_pill", "kind", "position"),
        ("policy_pill", "model_version"),
        ("propensity", "score"),
        ("created", "leased", "closed"),
        ("lease_ends", "skip_reason"),
    )
    readonly_fields = ("picture", "rater", "state_pill", "policy_pill", "created", "leased", "closed", "lease_ends")

    @column(gettext_lazy("Image"), header=True)
    def picture(self, assignment: Assignment) -> Header:
        """Show the image and the study."""
        entry, study = assignment.study_image, assignment.participation.study
        return image_header(image=assignment.image, name=str(entry), second_line=study.title)

    @column(gettext_lazy("Rater"))
    def rater(self, assignment: Assignment) -> str:
        """Give the pseudonym."""
        return str(assignment.participation)

    @column(gettext_lazy("State"), ordering="state", pills=STATE_PILLS)
    def state_pill(self, assignment: Assignment) -> Pill:
        """Give the state."""
        return Pill(assignment.state, assignment.get_state_display())

    @column(gettext_lazy("Policy"), ordering="policy", pills=POLICY_PILLS)
    def policy_pill(self, assignment: Assignment) -> Pill:
        """Give the policy that chose the image."""
        return Pill(assignment.policy, assignment.get_policy_display())

    @column(gettext_lazy("Propensity"), ordering="propensity")
    def propensity_text(self, assignment: Assignment) -> str:
        """Give the probability with three significant digits."""
        return f"{assignment.propensity:.3g}"

    @column(gettext_lazy("Created"), ordering="id")
    def created(self, assignment: Assignment) -> str:
        """Say when the image was put to the rater."""
        return ago(assignment.created_at)

    @column(gettext_lazy("Handed out"))
    def leased(self, assignment: Assignment) -> str:
        """Say when the image was handed out."""
        return at(assignment.leased_at)

    @column(gettext_lazy("Lease ends"))
    def lease_ends(self, assignment: Assignment) -> str:
        """Say until when the rater holds the image."""
        return at(assignment.lease_expires_at)

    @column(gettext_lazy("Closed"))
    def closed(self, assignment: Assignment) -> str:
        """Say when it was rated or given back."""
        return at(assignment.closed_at)
