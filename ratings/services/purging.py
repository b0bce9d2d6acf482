"""Purge a picture that must not be here: from storage, records, uploads and dumps, so that it cannot come back.

First a row with its digest bars it, and it is taken off every study. Then, in one transaction, the records let go of
it and note which files have still to go; these follow. Each step may run twice, so that a purge that was cut short goes
on where it stopped, when it is asked for again or by the hourly sweep.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ForeignKey
from django.utils import timezone
from PIL import Image as Pillow

from ratings.choices import JobState, OffReason, PurgedRatings
from ratings.exceptions import FileRejectedError, ImageRejectedError, InvalidInputError
from ratings.models import (
    Assignment,
    Choice,
    DatasetImage,
    Dump,
    Image,
    PairAssignment,
    PurgedPicture,
    Rating,
    Study,
    StudyImage,
)
from ratings.models.image import SHOWN_DIGITS
from ratings.selectors.purges import derived_rows, dumps_with, holds_pictures, pairs_with, purge_plan
from ratings.selectors.stored import is_cascade
from ratings.sentences import staff_gettext
from ratings.services import pictures
from ratings.services.audit import log_action
from ratings.services.give_back import end_leases_of_taken_off
from ratings.services.ingest_files import opened_pictures
from ratings.services.ingest_sources import Incoming
from ratings.services.taking_off import switch_off
from ratings.stores.folders import dump_store
from ratings.stores.uploads import upload_store

logger = logging.getLogger(__name__)

GREY = (128, 128, 128)
SIDE = 64  # pixels of the grey picture that stands in the place of a purged one
GONE = "Its files held a picture that was purged, and were deleted: try it again to have it written without."


def purge_picture(*, sha256: str, ratings: str, words: str = "", actor: User | None = None) -> PurgedPicture:
    """Purge a picture everywhere within reach; harmless to repeat."""
    begin_purge(sha256=sha256, ratings=ratings, words=words, actor=actor)
    return finish_purge(sha256=sha256)


def begin_purge(*, sha256: str, ratings: str, words: str = "", actor: User | None = None) -> None:
    """Bar a picture, show it to nobody any more, and let the records go of it; its files are left to `finish_purge`."""
    if ratings not in PurgedRatings.values:
        raise InvalidInputError(
            staff_gettext("ratings: {ratings} is neither of {values}.").format(
                ratings=f"{ratings!r}", values=", ".join(PurgedRatings.values)
            )
        )
    record_purge(sha256=sha256, words=words, actor=actor)
    end_leases_of_taken_off()
    drop_records(sha256=sha256, ratings=PurgedRatings(ratings), actor=actor)


@transaction.atomic
def record_purge(*, sha256: str, words: str, actor: User | None) -> None:
    """Write down that it is purged, and take the picture off the studies that have it."""
    PurgedPicture.objects.get_or_create(sha256=sha256, defaults={"words": words, "actor": actor})
    for study in Study.objects.filter(study_images__image__sha256=sha256).order_by("pk"):
        images = list(Image.objects.filter(sha256=sha256).values_list("pk", flat=True))
        switch_off(study=study, images=images, reason=OffReason.ILLEGAL, words=words, actor=actor)


@transaction.atomic
def drop_records(*, sha256: str, ratings: PurgedRatings, actor: User | None) -> None:
    """Let the records go of a picture, note which files have still to go, and log the purge with its counts."""
    purged = PurgedPicture.objects.select_for_update(of=("self",)).get(sha256=sha256)
    image = Image.objects.select_for_update(of=("self",)).filter(sha256=sha256).first()
    purged.finished_at = None
    if image is not None:
        log_action(
            action="purge-image",
            target=f"picture {sha256[:SHOWN_DIGITS]}",
            actor=actor,
            ratings=ratings,
            words=purged.words,
            places=purge_plan(sha256=sha256).counts,
        )
        purged.was_drawn |= image.is_drawn
        purged.dumps += withdraw_dumps(image=image, ratings=ratings)
        for _, rows in derived_rows(image):
            rows.delete()
        if ratings == PurgedRatings.DELETE:
            purged.paths += pictures.image_paths(image=image)
            delete_answers(image=image)
        elif image.path != purged.blank_path:
            purged.paths += pictures.image_paths(image=image)
            purged.blank_path = replace_with_grey(image)
    purged.save()


def withdraw_dumps(*, image: Image, ratings: PurgedRatings) -> list[str]:
    """Mark the dumps that hold a picture, or ratings that go with it, as to be written again; give their folders."""
    found = [dump for dump in dumps_with(image) if holds_pictures(dump) or ratings == PurgedRatings.DELETE]
    Dump.objects.filter(pk__in=[dump.pk for dump in found]).update(
        state=JobState.FAILED, error=GONE, folder="", manifest={}, row_count=0
    )
    studies = StudyImage.objects.filter(image=image).values("study")
    running = Dump.objects.filter(study__in=studies, state=JobState.RUNNING)
    running.update(state=JobState.CANCELLED, error="A picture was purged while it was written: ask for it again.")
    return [dump.folder for dump in found]


def replace_with_grey(image: Image) -> str:
    """Put a grey picture into the place of an image; give where it lies."""
    content = BytesIO()
    Pillow.new("RGB", (SIDE, SIDE), GREY).save(content, "PNG")
    stored = pictures.store_picture(picture=pictures.encode_picture(content=content.getvalue()))
    image.path, image.renditions, image.placeholder = stored.full["path"], [], stored.placeholder
    image.archived_at = image.archived_at or timezone.now()
    image.save(update_fields=["path", "renditions", "placeholder", "archived_at"])
    return image.path


def delete_answers(*, image: Image) -> None:
    """Delete what was said of a picture, alone or beside others, and all that names it."""
    pairs = pairs_with(image)
    Choice.objects.filter(assignment__pair__in=pairs).delete()
    PairAssignment.objects.filter(pair__in=pairs).delete()
    pairs.delete()
    Rating.objects.filter(image=image).delete()
    Assignment.objects.filter(image=image).delete()
    StudyImage.objects.filter(image=image).delete()
    DatasetImage.objects.filter(image=image).update(image=None)
    for relation in Image._meta.related_objects:
        field = relation.field
        if isinstance(field, ForeignKey) and not is_cascade(field) and not field.null:
            relation.related_model._default_manager.filter(**{field.name: image}).delete()
    image.delete()


def finish_purge(*, sha256: str) -> PurgedPicture:
    """Remove the files that are noted, and uploads that hold the picture; a second time there is nothing left."""
    purged = PurgedPicture.objects.get(sha256=sha256)
    pictures.discard_files(paths=purged.paths)
    for folder in purged.dumps:
        dump_store().remove(folder)
    if purged.was_drawn:
        shutil.rmtree(settings.PICTURES_CACHE_DIR, ignore_errors=True)  # a cache: what is wanted is drawn again
    removed = [path for path in waiting_copies(sha256=sha256) if discard_waiting(path)]
    return settle_purge(done=purged, uploads=len(removed))


@transaction.atomic
def settle_purge(*, done: PurgedPicture, uploads: int) -> PurgedPicture:
    """Strike out what was removed; the purge is finished unless more was noted meanwhile."""
    purged = PurgedPicture.objects.select_for_update(of=("self",)).get(pk=done.pk)
    purged.paths = [path for path in purged.paths if path not in done.paths]
    purged.dumps = [folder for folder in purged.dumps if folder not in done.dumps]
    purged.finished_at = None if purged.paths or purged.dumps else timezone.now()
    purged.save(update_fields=["paths", "dumps", "finished_at"])
    target = f"picture {purged.sha256[:SHOWN_DIGITS]}"
    log_action(action="finish-purge", target=target, actor=purged.actor, uploads=uploads)
    return purged


def finish_purges() -> None:
    """Finish the purges that were cut short, and purge what an import brought in while it was barred."""
    for purged in PurgedPicture.objects.filter(sha256__in=Image.objects.values("sha256")):
        image = Image.objects.filter(sha256=purged.sha256).exclude(path=purged.blank_path).first()
        if image is not None:
            begin_purge(sha256=image.sha256, ratings=PurgedRatings.KEEP, words=purged.words, actor=purged.actor)
    for sha256 in PurgedPicture.objects.filter(finished_at__isnull=True).values_list("sha256", flat=True):
        finish_purge(sha256=sha256)


def waiting_copies(*, sha256: str) -> Iterator[str]:
    """Give the uploaded files that wait for their import and hold the picture, alone or in an archive or a table."""
    store = upload_store()
    for folder in store.ages():
        with suppress(FileNotFoundError), store.copy_to_work_on(folder) as root:  # imported meanwhile
            for path in sorted(one for one in root.rglob("*") if one.is_file()):
                if holds(path, sha256=sha256):
                    yield f"{folder}/{path.relative_to(root).as_posix()}"


def holds(path: Path, *, sha256: str) -> bool:
    """Tell whether a file is a picture, or an archive or table with it inside."""
    try:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == sha256:
                return True
        with opened_pictures(paths=[path]) as incoming:
            return any(is_picture(one, sha256=sha256) for one in incoming)
    except (FileRejectedError, ImageRejectedError, OSError):  # not whole yet, or nothing that could be imported
        return False


def is_picture(incoming: Incoming, *, sha256: str) -> bool:
    """Tell whether a picture has this digest; one that cannot be read has none."""
    try:
        return pictures.digest(content=incoming.read()) == sha256
    except ImageRejectedError:  # damaged, so no whole picture
        return False


def discard_waiting(path: str) -> bool:
    """Remove one uploaded file, and say so in the log of the service."""
    upload_store().remove_file(path)
    logger.warning("The uploaded file %s held a purged picture and is gone: upload the others in it again.", path)
    return True
