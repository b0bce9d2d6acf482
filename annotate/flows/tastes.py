"""Comparisons of a rater's taste with the others': requested here, computed by a worker."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Participation
from ratings.tasks import queue_job
from scoring.services.taste_profiles import request_taste_profile


@transaction.atomic
def refresh_taste_profile(*, participation: Participation, actor: User | None) -> None:
    """Request a comparison and hand it to a worker; where one is under way, nothing is added."""
    profile = request_taste_profile(participation=participation, requested_by=actor)
    if profile is not None:
        queue_job(profile)
