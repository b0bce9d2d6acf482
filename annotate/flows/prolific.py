"""A study and its counterpart on Prolific: which one, and the two brought in step by hand."""

from django.contrib.auth.models import User

from ratings.exceptions import ConflictError
from ratings.models import Study
from ratings.platforms.prolific import ProlificError
from ratings.services.prolific import SyncReport, delete_prolific, set_prolific, update_prolific_study

__all__ = ["delete_prolific", "set_prolific", "update_from_prolific"]


def update_from_prolific(*, study: Study, actor: User) -> SyncReport:
    """Read the submissions now, approve and give back by rule."""
    try:
        return update_prolific_study(study=study, actor=actor)
    except ProlificError as error:
        raise ConflictError(str(error)) from error
