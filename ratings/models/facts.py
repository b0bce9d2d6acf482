"""What is said of an image where it is used, in a study or an imported set: no fact about its bytes."""

from django.db import models

LONGEST_WORD = 100  # of a generator or a domain


class Described(models.Model):
    """An image's prompt, generator, domain and further facts, as one study or one set gives them."""

    prompt = models.TextField(blank=True, default="", db_default="")
    generator = models.CharField(max_length=LONGEST_WORD, blank=True, default="", db_default="")
    domain = models.CharField(max_length=LONGEST_WORD, blank=True, default="", db_default="")
    metadata = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Any further columns that the image came with."
    )

    class Meta:
        """Fields only; studies and sets have tables of their own."""

        abstract = True
