"""Archive studies and images, and restore them: they keep their data, and are in nobody's way. Delete drafts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from ratings.choices import StudyState
from ratings.exceptions import ConflictError
from ratings.models import Image, Pair, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action

NAMED = 20  # digests that the audit log names one by one


@transaction.atomic
def archive_study(*, study: Study, actor: User | None) -> Study:
    """Close a study and archive it; one that is archived stays as it is."""
    study = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    if study.archived_at is None:
        former = study.state
        study.state = StudyState.DRAFT if former == StudyState.DRAFT else StudyState.CLOSED
        study.archived_at = timezone.now()
        study.save(update_fields=["state", "archived_at"])
        log_action(action="archive-study", target=study.slug, actor=actor, state=former)
    return study


@transaction.atomic
def restore_study(*, study: Study, actor: User | None) -> Study:
    """Bring an archived study back, closed or a draft as it lay there."""
    study = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    if study.archived_at is not None:
        study.archived_at = None
        study.save(update_fields=["archived_at"])
        log_action(action="restore-study", target=study.slug, actor=actor)
    return study


@transaction.atomic
def delete_draft(*, study: Study, actor: User | None) -> None:
    """Delete a study that no rater has seen; of any other, what people gave stays."""
    draft = Study.objects.select_for_update(of=("self",)).filter(pk=study.pk).first()
    if draft is None:  # somebody else was quicker
        return
    if draft.state != StudyState.DRAFT:
        raise ConflictError(staff_gettext("Only a draft is deleted: close this study, or archive it."))
    log_action(action="delete", target=draft.slug, actor=actor)
    try:
        draft.delete()
    except ProtectedError as error:
        raise ConflictError(staff_gettext("This draft has participants or dumps: archive it.")) from error


@transaction.atomic
def archive_images(*, images: Collection[UUID], actor: User | None) -> int:
    """Archive pictures that no study shows now; raise for the first that one does. Give how many were archived."""
    rows = Image.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=images, archived_at__isnull=True)
    found = {image.pk: image for image in rows.order_by("pk")}
    refuse_shown(images=list(found))
    return move_images(found=found, moment=timezone.now(), action="archive-images", actor=actor)


@transaction.atomic
def restore_images(*, images: Collection[UUID], actor: User | None) -> int:
    """Bring archived pictures back; give how many."""
    rows = Image.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=images, archived_at__isnull=False)
    found = {image.pk: image for image in rows.order_by("pk")}
    return move_images(found=found, moment=None, action="restore-images", actor=actor)


def move_images(*, found: dict[UUID, Image], moment: datetime | None, action: str, actor: User | None) -> int:
    """Set the moment since which pictures are archived, none for those that are not, and log who did."""
    Image.objects.filter(pk__in=found).update(archived_at=moment)
    if found:
        digests = [image.sha256 for image in found.values()]
        log_action(action=action, target="images", actor=actor, images=len(found), sha256=digests[:NAMED])
    return len(found)


def refuse_shown(*, images: Collection[UUID]) -> None:
    """Raise for the first picture that a study shows its raters, or will once it opens."""
    at_work = {"is_active": True, "study__archived_at__isnull": True}
    entries = StudyImage.objects.filter(image__in=images, **at_work).exclude(study__state=StudyState.CLOSED)
    entry = entries.select_related("study").order_by("pk").first()
    if entry is not None:
        raise ConflictError(
            staff_gettext("{entry} is still shown in {study}: take it off there, or close that study first.").format(
                entry=entry, study=entry.study
            )
        )
    for name in IMAGE_FIELDS:
        pairs = Pair.objects.filter(**{f"{name}__in": images}, **at_work).exclude(study__state=StudyState.CLOSED)
        pair = pairs.select_related("study").order_by("pk").first()
        if pair is not None:
            raise ConflictError(
                staff_gettext(
                    "A picture of {pair} is still shown in {study}: take it off there, or close that study first."
                ).format(pair=pair, study=pair.study)
            )
