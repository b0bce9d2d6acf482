"""How long taking part in a study took, of those who have finished."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Aggregate, Count, DurationField, F

from ratings.choices import ParticipationState
from ratings.models import Participation, Study
from ratings.sentences import staff_gettext

FEWEST = 5  # finished parts, of which a duration is worth naming


class MedianDuration(Aggregate):
    """The middle one of durations, as PostgreSQL computes it."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, kw_only=True)
class MeasuredDuration:
    """The median time from consent to the last picture, and of how many people."""

    minutes: int
    people: int

    def __str__(self) -> str:
        """Say it in one sentence."""
        return staff_gettext("Measured: {minutes} minutes, the median of {people} who have finished.").format(
            minutes=self.minutes, people=self.people
        )


def measured_duration(*, study: Study) -> MeasuredDuration | None:
    """Measure how long taking part took; none before enough people have finished."""
    finished = Participation.objects.filter(
        study=study, state=ParticipationState.COMPLETE, completed_at__isnull=False, rater__is_simulated=False
    )
    found = finished.aggregate(people=Count("pk"), middle=MedianDuration(F("completed_at") - F("created_at")))
    if found["people"] < FEWEST:
        return None
    minutes = max(1, round(found["middle"] / timedelta(minutes=1)))
    return MeasuredDuration(minutes=minutes, people=found["people"])
