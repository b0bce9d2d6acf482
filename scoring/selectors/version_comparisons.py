"""What two model versions were found to differ by."""

from dataclasses import dataclass

from ratings.choices import ACTIVE_JOB_STATES
from scoring.models import ModelVersion, VersionComparison


@dataclass(frozen=True, kw_only=True)
class ComparisonState:
    """The newest comparison of two versions that has ended, and whether another goes on."""

    ended: VersionComparison | None
    is_running: bool


def comparison_of(*, version: ModelVersion, other: ModelVersion) -> ComparisonState:
    """Find what is known of two versions, in whichever order they are named."""
    both = (version.pk, other.pk)
    rows = list(VersionComparison.objects.filter(newer__in=both, older__in=both).order_by("-pk")[:3])
    ended = next((row for row in rows if row.state not in ACTIVE_JOB_STATES), None)
    return ComparisonState(ended=ended, is_running=any(row.is_active for row in rows))
