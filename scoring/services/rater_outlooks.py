"""Keep what more ratings of each rater are expected to bring."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from ratings.models import Participation
from scoring.metrics import RaterGains
from scoring.models import ModelVersion, RaterOutlook


@transaction.atomic
def save_outlooks(*, version: ModelVersion, found: Mapping[UUID, tuple[int, RaterGains]]) -> None:
    """Keep each rater's outlook with the number of ratings behind it, in place of those of former versions."""
    # Guards against a withdrawal at the same moment: a rater who is gone gets no row.
    there = Participation.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk")
    rows = [
        RaterOutlook(
            participation_id=key, model_version=version, rating_count=found[key][0], figures=found[key][1].as_json()
        )
        for key in there.values_list("pk", flat=True)
    ]
    RaterOutlook.objects.filter(participation__study=version.study_id).exclude(participation__in=list(found)).delete()
    RaterOutlook.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["participation"],
        update_fields=["model_version", "rating_count", "figures"],
    )
