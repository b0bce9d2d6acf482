"""Facts about imported datasets."""

from dataclasses import dataclass

from django.db.models import Count, Q

from ratings.files.names import SHOWN, listed_names
from ratings.models import Dataset, DatasetImage, DatasetRating
from ratings.sentences import staff_gettext


@dataclass(frozen=True, kw_only=True)
class Teachable:
    """How much of a set can teach a model: the ratings of images whose picture is here."""

    ratings: int
    teachable: int
    images: int
    without_picture: int  # images
    examples: tuple[str, ...]  # the first of those, by name

    @property
    def sentence(self) -> str:
        """Say it in words, and how to bring in what is missing."""
        with_picture = self.images - self.without_picture
        counts = staff_gettext(
            "{teachable} of {ratings} ratings can teach a model: {with_picture} of {images} images have a picture here."
        ).format(
            teachable=f"{self.teachable:,}",
            ratings=f"{self.ratings:,}",
            with_picture=f"{with_picture:,}",
            images=f"{self.images:,}",
        )
        if not self.without_picture:
            return counts
        unnamed = self.without_picture - len(self.examples)
        more = staff_gettext(" and {unnamed} more").format(unnamed=f"{unnamed:,}") if unnamed else ""
        return staff_gettext(
            "{counts} Without one: {names}{more}. Import the set again together with its pictures, or bring the "
            "pictures into a study first."
        ).format(counts=counts, names=listed_names(self.examples), more=more)


def teachable_ratings(*, dataset: Dataset) -> Teachable:
    """Count the ratings of a set that can teach a model, and name images that lack a picture."""
    with_picture = Count("pk", filter=Q(dataset_image__image__isnull=False))
    ratings = DatasetRating.objects.filter(rater__dataset=dataset).aggregate(all=Count("pk"), teachable=with_picture)
    rows = DatasetImage.objects.filter(dataset=dataset)
    images = rows.aggregate(all=Count("pk"), bare=Count("pk", filter=Q(image__isnull=True)))
    bare = rows.filter(image__isnull=True).order_by("key") if images["bare"] else rows.none()
    return Teachable(
        ratings=ratings["all"],
        teachable=ratings["teachable"],
        images=images["all"],
        without_picture=images["bare"],
        examples=tuple(bare.values_list("key", flat=True)[:SHOWN]),
    )
