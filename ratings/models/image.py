"""A picture, identified by the SHA-256 of its bytes."""

import uuid
from typing import TypedDict

from django.db import models


class Rendition(TypedDict):
    """One re-encoded size of a picture."""

    width: int
    height: int
    path: str


class Image(models.Model):
    """One picture: what was uploaded is known by digest, what is served was re-encoded from its pixels."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the bytes as they came in.")
    name = models.CharField(max_length=300, help_text="File name as it came in.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    path = models.CharField(max_length=200, help_text="The re-encoded picture at full size, in storage.")
    renditions = models.JSONField(default=list, help_text="Smaller sizes: a list of {width, height, path}.")
    placeholder = models.TextField(help_text="A tiny blurred picture as a data URI.")
    prompt = models.TextField(blank=True)
    generator = models.CharField(max_length=100, blank=True)
    domain = models.CharField(max_length=100, blank=True)
    metadata = models.JSONField(default=dict, blank=True, help_text="Any further columns it came with.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order and lookups."""

        ordering = ("-created_at",)
        indexes = (models.Index(fields=("created_at",), name="image_created"),)

    def __str__(self) -> str:
        """Name the picture."""
        return self.name
