"""A picture, identified by the SHA-256 of its bytes."""

import uuid
from typing import TypedDict

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.models.archiving import Archived

SHOWN_DIGITS = 12  # of a digest, where a person reads it


class Rendition(TypedDict):
    """One re-encoded size of a picture."""

    width: int
    height: int
    path: str


class Image(Archived):
    """One picture: what was uploaded is known by digest, what is served was re-encoded from its pixels.

    What it is called and shows is said by `StudyImage` and `DatasetImage`, for each study and set apart.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the bytes as they came in.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    path = models.CharField(max_length=200, help_text="The re-encoded picture at full size, in storage.")
    renditions = models.JSONField(default=list, help_text="Smaller sizes: a list of {width, height, path}.")
    placeholder = models.TextField(help_text="A tiny blurred picture as a data URI.")
    is_drawn = models.BooleanField(
        default=False, db_default=False, help_text="Drawn here by steering: it goes once nothing names it any more."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order and lookups."""

        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("created_at",), name="image_created"),
            models.Index(fields=("created_at",), condition=Q(archived_at__isnull=True), name="image_at_hand"),
        )

    def __str__(self) -> str:
        """Name the picture by the start of its digest: its names are those that studies and sets give it."""
        return gettext("picture {digest}").format(digest=self.sha256[:SHOWN_DIGITS])
