"""Pictures: taken off a study and put back, set aside for practice, archived and restored, purged."""

from django.contrib.auth.models import User

from ratings.queueing import queue_on_commit
from ratings.services.archiving import archive_images, restore_images
from ratings.services.practice import PracticeReport, choose_for_rating, choose_practice
from ratings.services.purging import begin_purge
from ratings.services.taking_off import OffReport, put_back, take_off
from ratings.tasks import finish_begun_purge

__all__ = [
    "OffReport",
    "PracticeReport",
    "archive_images",
    "choose_for_rating",
    "choose_practice",
    "purge_image",
    "put_back",
    "restore_images",
    "take_off",
]


def purge_image(*, sha256: str, ratings: str, words: str, actor: User | None) -> None:
    """Bar a picture and let the records go of it; a worker removes its files, and waiting uploads that hold it."""
    begin_purge(sha256=sha256, ratings=ratings, words=words, actor=actor)
    queue_on_commit(finish_begun_purge, sha256)
