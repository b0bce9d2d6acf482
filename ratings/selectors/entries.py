"""What studies say of images."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from ratings.models import Image, Study, StudyImage


def entries_shown(
    *, images: Iterable[Image], study_id: int | None, among: QuerySet[Study] | None = None
) -> dict[UUID, StudyImage]:
    """Give the entry under which each image is shown: that of a study, or of the one that had the image first.

    Where studies are given, only theirs count.
    """
    entries = StudyImage.objects.filter(image__in=list(images)).order_by("-pk")
    if study_id is not None:
        entries = entries.filter(study=study_id)
    if among is not None:
        entries = entries.filter(study__in=among)
    return {entry.image_id: entry for entry in entries}
