"""Studies: their states, and what a change of their form brings with it."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.services import studies
from ratings.services.archiving import archive_study, restore_study
from ratings.services.consent_templates import write_template
from ratings.services.studies import close_study, create_study, open_study, pause_study
from ratings.services.targets import set_targets
from ratings.services.texts import keep_texts, save_translations

__all__ = [
    "archive_study",
    "change_study",
    "close_study",
    "create_study",
    "keep_texts",
    "open_study",
    "pause_study",
    "restore_study",
    "save_translations",
    "spread_target",
    "write_template",
]


@transaction.atomic
def change_study(*, study: Study, changes: dict[str, Any], actor: User | None) -> None:
    """Change fields of a study, and carry a changed target over to what it is made of."""
    changed = studies.change_study(study=study, changes=changes, actor=actor)
    study.refresh_from_db()
    if "target" in changed:
        spread_target(study=study)


@transaction.atomic
def spread_target(*, study: Study) -> None:
    """Give the images and pairs of a study the target that it has now."""
    set_targets(study=study)
