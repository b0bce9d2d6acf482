"""What studies say of images."""

from collections.abc import Iterable
from uuid import UUID

from ratings.models import Image, StudyImage


def entries_shown(*, images: Iterable[Image], study_id: int | None) -> dict[UUID, StudyImage]:
    """Give the entry under which each image is shown: that of a study, or of the one that had the image first."""
    entries = StudyImage.objects.filter(image__in=list(images)).order_by("-pk")
    if study_id is not None:
        entries = entries.filter(study=study_id)
    return {entry.image_id: entry for entry in entries}
