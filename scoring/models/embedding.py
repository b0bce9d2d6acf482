"""Vectors of images by frozen networks, and who is at work on them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from pgvector.django import VectorField


class Embedding(models.Model):
    """A frozen network's vector of one image; the key names network, weights and preprocessing."""

    image = models.ForeignKey("ratings.Image", on_delete=models.CASCADE, related_name="embeddings")
    encoder_key = models.CharField(max_length=120)
    vector = VectorField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("image", "encoder_key"), name="embedding_once"),)

    def __str__(self) -> str:
        """Name the embedding."""
        return gettext("{image} by {encoder}").format(image=self.image_id, encoder=self.encoder_key)


class DescriptionEmbedding(models.Model):
    """A text tower's vector of a description that pictures are compared with, such as “an oil painting”."""

    encoder_key = models.CharField(max_length=120)
    text = models.CharField(max_length=120)
    vector = VectorField()

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("encoder_key", "text"), name="description_embedding_once"),)

    def __str__(self) -> str:
        """Name the text and the encoder."""
        return gettext("{image} by {encoder}").format(image=self.text, encoder=self.encoder_key)


class EmbeddingAttempt(models.Model):
    """A process's claim on an image that it embeds, and how many died at it; gone once one lives through it."""

    image = models.ForeignKey("ratings.Image", on_delete=models.CASCADE, related_name="embedding_attempts")
    encoder_key = models.CharField(max_length=120)
    count = models.PositiveSmallIntegerField(default=1)
    claimed_until = models.DateTimeField(db_default=Now())

    class Meta:
        """Invariants."""

        constraints = (models.UniqueConstraint(fields=("image", "encoder_key"), name="embedding_attempts_once"),)

    def __str__(self) -> str:
        """Name the image and the encoder."""
        return gettext("{image} by {encoder}").format(image=self.image_id, encoder=self.encoder_key)
