"""Pictures: taken off a study and put back, described, set aside for practice, archived and restored, purged."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as staff_gettext

from ratings.exceptions import RightsError
from ratings.queueing import queue_on_commit
from ratings.selectors.study_access import others_images
from ratings.services import archiving
from ratings.services.details import change_details
from ratings.services.practice import PracticeReport, choose_for_rating, choose_practice
from ratings.services.purging import begin_purge
from ratings.services.taking_off import OffReport, put_back, take_off
from ratings.tasks import finish_begun_purge

__all__ = [
    "OffReport",
    "PracticeReport",
    "archive_images",
    "change_details",
    "choose_for_rating",
    "choose_practice",
    "purge_image",
    "put_back",
    "restore_images",
    "take_off",
]


def archive_images(*, images: Collection[UUID], actor: User) -> int:
    """Archive pictures of which no study is closed to the person; give how many."""
    refuse_others(images=images, actor=actor)
    return archiving.archive_images(images=images, actor=actor)


def restore_images(*, images: Collection[UUID], actor: User) -> int:
    """Bring archived pictures back of which no study is closed to the person; give how many."""
    refuse_others(images=images, actor=actor)
    return archiving.restore_images(images=images, actor=actor)


def refuse_others(*, images: Collection[UUID], actor: User) -> None:
    """Raise `RightsError` where a picture also belongs to a study in which the person may not change pictures."""
    others = others_images(person=actor, right="ratings.change_image", images=images)
    if others:
        raise RightsError(
            staff_gettext(
                "Nothing was changed: {others} of these {images} pictures also belong to studies in "
                "which you may not change pictures. Leave them out, or ask somebody who may."
            ).format(others=len(others), images=len(images))
        )


def purge_image(*, sha256: str, ratings: str, words: str, actor: User | None) -> None:
    """Bar a picture and let the records go of it; a worker removes its files, and waiting uploads that hold it."""
    begin_purge(sha256=sha256, ratings=ratings, words=words, actor=actor)
    queue_on_commit(finish_begun_purge, sha256)
