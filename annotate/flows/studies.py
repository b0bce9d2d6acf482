"""Studies: their states, and what a change of their form brings with it."""

from django.db import transaction

from ratings.models import Study
from ratings.services.studies import close_study, create_study, open_study, pause_study
from ratings.services.targets import set_targets
from ratings.services.texts import keep_texts

__all__ = ["close_study", "create_study", "keep_texts", "open_study", "pause_study", "spread_target"]


@transaction.atomic
def spread_target(*, study: Study) -> None:
    """Give the images and pairs of a study the target that it has now."""
    set_targets(study=study)
