"""What studies say of images."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from ratings.models import Delivery, Image, Study, StudyImage
from ratings.values.study_counts import Spread

MOST_COUNTED = 50_000  # entries of an upload that are counted while somebody waits


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


def entries_of_upload(upload: Delivery | None) -> QuerySet[StudyImage]:
    """Give the entries that an upload brought into its study, but for those that are gone; none without one."""
    ranges = upload.report.get("ordinals", []) if upload else []
    if upload is None or not ranges:
        return StudyImage.objects.none()
    within = reduce(or_, (Q(ordinal__range=(first, last)) for first, last in ranges))
    return StudyImage.objects.filter(within, study=upload.study_id)


def count_of_upload(upload: Delivery) -> int:
    """Count the entries that an upload brought; of very many, those that it brought are not looked up again."""
    brought = sum(last - first + 1 for first, last in upload.report.get("ordinals", []))
    return brought if brought > MOST_COUNTED else entries_of_upload(upload).count()


def words_stated(*, studies: QuerySet[Study], column: str) -> list[str]:
    """List what the entries of studies state in a column: as a worker found it where a study is large."""
    kept = dict(studies.order_by().values_list("pk", "counted__spread"))
    rest = [study for study, spread in kept.items() if spread is None]  # a subquery would have all entries read
    read = StudyImage.objects.filter(study__in=rest)
    words = {*read.order_by(column).values_list(column, flat=True).distinct()}
    for spread in filter(None, kept.values()):
        found = Spread.from_json(spread)
        words.update(found.generators if column == "generator" else found.domains)
    return sorted(word for word in words if word)
