"""Studies: their states, and what a change of their form brings with it."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.models.stopping import STOPPING_FIELDS
from ratings.queueing import queue_on_commit
from ratings.services import studies, study_copies
from ratings.services.archiving import archive_study, delete_draft, restore_study
from ratings.services.consent_templates import write_template
from ratings.services.stopping import resume_images
from ratings.services.studies import close_study, create_study, open_study, pause_study
from ratings.services.targets import set_targets
from ratings.services.texts import keep_texts, save_translations
from ratings.tasks import stop_sure_images

__all__ = [
    "archive_study",
    "change_study",
    "close_study",
    "copy_study",
    "create_study",
    "delete_draft",
    "keep_texts",
    "open_study",
    "pause_study",
    "restore_study",
    "save_translations",
    "spread_target",
    "update_stopped_images",
    "write_template",
]


@transaction.atomic
def change_study(*, study: Study, changes: dict[str, Any], actor: User | None) -> None:
    """Change fields of a study, and carry a changed target over to what it is made of."""
    changed = studies.change_study(study=study, changes=changes, actor=actor)
    study.refresh_from_db()
    if "target" in changed:
        spread_target(study=study)
    if set(STOPPING_FIELDS) & set(changed):
        update_stopped_images(study=study)


@transaction.atomic
def copy_study(*, study: Study, slug: str, title: str, with_pictures: bool, actor: User | None) -> Study:
    """Make a draft of another study, and give it the same pictures where they are wanted."""
    copied = study_copies.copy_study(study=study, slug=slug, title=title, actor=actor)
    if with_pictures:
        study_copies.copy_items(source=study, study=copied)
    return copied


@transaction.atomic
def spread_target(*, study: Study) -> None:
    """Give the images and pairs of a study the target that it has now."""
    set_targets(study=study)


@transaction.atomic
def update_stopped_images(*, study: Study) -> None:
    """Open the pictures again that a former rule has stopped, and have a worker look at all by the present one."""
    resume_images(study=study)
    queue_on_commit(stop_sure_images, study.pk)
