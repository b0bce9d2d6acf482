"""What a study's own columns always hold, each with what to do where it would not."""

from django.db import models
from django.db.models import F, Q

from ratings.values.client_facts import COLOUR
from ratings.values.languages import LANGUAGES

LONGEST_MINIMUM_VIEW_MS = 60_000
SMALLEST_SIDE = 50  # CSS pixels
STUDY_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(languages__len__gte=1, languages__contained_by=list(LANGUAGES)),
        name="study_speaks_known_languages",
        violation_error_message="Choose one language at least, of those that the pages speak.",
    ),
    models.CheckConstraint(
        condition=Q(scale_min__lt=F("scale_max")),
        name="study_scale_is_a_range",
        violation_error_message="The lowest value of the scale lies below the highest.",
    ),
    models.CheckConstraint(
        condition=Q(scale_step__gt=0),
        name="study_scale_step_is_positive",
        violation_error_message="Give the step of the scale as a number above 0.",
    ),
    models.CheckConstraint(
        condition=Q(target__gte=1) & Q(quota__gte=1),
        name="study_asks_for_something",
        violation_error_message="Ask for 1 rater of each picture and 1 answer of each rater at least.",
    ),
    models.CheckConstraint(
        condition=Q(lease_minutes__gte=1),
        name="study_lease_lasts",
        violation_error_message="A picture is kept for its rater for 1 minute at least.",
    ),
    models.CheckConstraint(
        condition=Q(reservation_minutes__gte=1),
        name="study_reservation_lasts",
        violation_error_message="A place is kept for a newcomer for 1 minute at least.",
    ),
    models.CheckConstraint(
        condition=Q(participant_cap__isnull=True) | Q(participant_cap__gte=1),
        name="study_cap_lets_somebody_in",
        violation_error_message="Let 1 participant in at least, or leave the most blank.",
    ),
    models.CheckConstraint(
        condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(opens_at__lt=F("closes_at")),
        name="study_opens_before_it_closes",
        violation_error_message="The study opens before it closes: put the opening before the closing, "
        "or leave one blank.",
    ),
    models.CheckConstraint(
        condition=Q(set_size__range=(3, 5)),
        name="study_set_is_shown_at_once",
        violation_error_message="A set has 3 to 5 pictures.",
    ),
    models.CheckConstraint(
        condition=Q(minimum_view_ms__lte=LONGEST_MINIMUM_VIEW_MS),
        name="study_minimum_view_is_short",
        violation_error_message="A picture is seen for 60000 ms at most before an answer counts.",
    ),
    models.CheckConstraint(
        condition=Q(surround__regex=COLOUR),
        name="study_surround_is_a_colour",
        violation_error_message="Write the surround as # and six hexadecimal digits, such as #808080.",
    ),
    models.CheckConstraint(
        condition=Q(longest_side__isnull=True) | Q(longest_side__gte=SMALLEST_SIDE),
        name="study_longest_side_is_visible",
        violation_error_message="Give the longest side of pictures as 50 pixels or more, or leave it blank.",
    ),
    models.CheckConstraint(
        condition=Q(random_share__gte=0, repeat_share__gte=0, uniform_floor__range=(0, 1))
        & Q(random_share__lte=1 - F("repeat_share")),
        name="study_shares_are_shares",
        violation_error_message="Give shares from 0 to 1; those of the uniform slice and of repeats "
        "are 1 at most together.",
    ),
)
