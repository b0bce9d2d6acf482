"""What training reads of imported sets of ratings."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Sum

from ratings.models import Dataset, DatasetRater, DatasetRating, Image, Study


@dataclass(frozen=True, kw_only=True)
class DatasetOpinion:
    """What one rater of an imported set, or all of them where only they are known, said of one image."""

    rater_id: int
    image_id: UUID
    value: float  # on the set's own scale, the mean of several
    weight: float  # as many as said it together


def training_datasets(*, study: Study) -> list[Dataset]:
    """Give the imported sets that a study learns from, by name."""
    return list(study.datasets.filter(sampling_weight__gt=0).order_by("name"))


def dataset_images(*, dataset: Dataset) -> list[Image]:
    """Give the images of a set that are here, by digest."""
    shown = DatasetRating.objects.filter(rater__dataset=dataset, image__isnull=False)
    return list(Image.objects.filter(pk__in=shown.values("image")).order_by("sha256"))


def dataset_raters(*, dataset: Dataset) -> list[DatasetRater]:
    """Give the raters of a set, by the names that they have there."""
    return list(DatasetRater.objects.filter(dataset=dataset).order_by("key"))


def dataset_opinions(*, dataset: Dataset) -> Iterator[DatasetOpinion]:
    """Give a set's opinions of images that are here, in a stable order."""
    rows = (
        DatasetRating.objects.filter(rater__dataset=dataset, image__isnull=False)
        .values_list("rater_id", "image_id", "rater__is_population")
        .annotate(times=Sum("count"), total=Sum(F("value") * F("count")))
        .order_by("rater_id", "image_id")
    )
    for rater, image, is_population, times, total in rows.iterator(chunk_size=10_000):
        weight = float(times) if is_population else 1.0
        yield DatasetOpinion(rater_id=rater, image_id=image, value=total / times, weight=weight)
