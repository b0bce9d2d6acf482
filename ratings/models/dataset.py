"""Ratings from elsewhere."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5
from django.utils.translation import gettext

from ratings.models.facts import Described


class Dataset(models.Model):
    """An imported set of ratings with its own scale."""

    name = models.SlugField(unique=True)
    scale_min = models.FloatField()
    scale_max = models.FloatField()
    best_is_low = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the lowest value is the best, as with school marks or ranks; training turns it round.",
    )
    source = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    sampling_weight = models.FloatField(default=1.0, help_text="Its weight in joint training; 0 leaves it out.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order and invariants."""

        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(scale_min__lt=F("scale_max")), name="dataset_scale_is_a_range"),
            models.CheckConstraint(condition=Q(sampling_weight__gte=0), name="dataset_weight_not_negative"),
        )

    def __str__(self) -> str:
        """Name the set."""
        return self.name


class DatasetRater(models.Model):
    """Somebody who rated in an imported set; a whole population where only histograms are known."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="raters")
    key = models.CharField(max_length=200)
    attributes = models.JSONField(default=dict, blank=True)
    is_population = models.BooleanField(default=False)
    fold = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The published fold in which this rater is new, if the set has folds."
    )

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("dataset", "key"), name="dataset_rater_once"),)

    def __str__(self) -> str:
        """Give the name used in the set."""
        return self.key


class DatasetImage(Described):
    """An image of an imported set under the name it has there, and what the set says of it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="images")
    key = models.CharField(max_length=300, help_text="The image's name in the set.")
    address = models.TextField(
        blank=True, db_default="", help_text="Where the set says the image lies, if its key is only the end of that."
    )
    image = models.ForeignKey(
        "ratings.Image",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="dataset_images",
        help_text="The picture, where it is here.",
    )

    class Meta:
        """Invariants."""

        constraints = (
            models.UniqueConstraint(fields=("dataset", "key"), name="dataset_image_once"),
            models.UniqueConstraint(
                "dataset",
                MD5("address"),  # addresses may be longer than an index takes
                condition=~Q(address=""),
                name="dataset_image_address_once",
            ),
        )

    def __str__(self) -> str:
        """Give the name used in the set."""
        return self.key


class DatasetRating(models.Model):
    """One rating of an imported set; `count` > 1 where several people are only known together."""

    rater = models.ForeignKey(DatasetRater, on_delete=models.CASCADE, related_name="ratings")
    dataset_image = models.ForeignKey(DatasetImage, on_delete=models.CASCADE, related_name="ratings")
    ordinal = models.PositiveSmallIntegerField(default=0, help_text="0, 1 … where somebody rated an image again.")
    value = models.FloatField()
    count = models.PositiveIntegerField(default=1)
    source_id = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="What tells this rating from a repeat in its source: its number there, or when it was given.",
    )
    part = models.CharField(
        max_length=40, blank=True, db_default="", help_text="Of the set as published: train, test and the like."
    )

    class Meta:
        """Invariants."""

        constraints = (
            models.UniqueConstraint(fields=("rater", "dataset_image", "ordinal", "value"), name="dataset_rating_once"),
        )

    def __str__(self) -> str:
        """Name the rating."""
        return gettext("{rater} on {image}").format(rater=self.rater_id, image=self.dataset_image_id)
