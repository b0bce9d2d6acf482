"""What training reads of imported sets of ratings."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Sum

from ratings.models import Dataset, DatasetImage, DatasetRater, DatasetRating, Study
from ratings.replicas import read_source
from scoring.selectors.images import DescribedImage


@dataclass(frozen=True, kw_only=True)
class DatasetImageRating:
    """What one rater of an imported set, or all of them where only they are known, said of one image."""

    rater_id: int
    dataset_image_id: int
    value: float  # on the set's own scale, the mean of several
    weight: float  # as many as said it together


def training_datasets(*, study: Study) -> list[Dataset]:
    """Give the imported sets that a study learns from, by name."""
    return list(study.datasets.filter(sampling_weight__gt=0).order_by("name"))


def dataset_images(*, dataset: Dataset) -> dict[int, DescribedImage]:
    """Give the images of a set whose pictures are here, by their numbers, in the order of digests and names."""
    rows = DatasetImage.objects.filter(dataset=dataset, image__isnull=False).order_by("image__sha256", "key")
    columns = ("pk", "image__sha256", "image_id", "prompt", "generator", "domain")
    return {
        pk: DescribedImage(key=sha256, image_id=image, prompt=prompt, generator=generator, domain=domain)
        for pk, sha256, image, prompt, generator, domain in rows.values_list(*columns)
    }


def dataset_raters(*, dataset: Dataset) -> list[DatasetRater]:
    """Give the raters of a set, by the names that they have there."""
    return list(DatasetRater.objects.filter(dataset=dataset).order_by("key"))


def dataset_image_ratings(*, dataset: Dataset) -> Iterator[DatasetImageRating]:
    """Give a set's ratings of images that are here, in a stable order."""
    rows = (
        DatasetRating.objects.using(read_source().alias)
        .filter(rater__dataset=dataset, dataset_image__image__isnull=False)
        .values_list("rater_id", "dataset_image_id", "rater__is_population")
        .annotate(times=Sum("count"), total=Sum(F("value") * F("count")))
        .order_by("rater_id", "dataset_image_id")
    )
    for rater, image, is_population, times, total in rows.iterator(chunk_size=10_000):
        weight = float(times) if is_population else 1.0
        yield DatasetImageRating(rater_id=rater, dataset_image_id=image, value=total / times, weight=weight)
