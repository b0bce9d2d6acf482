"""Pictures that are here already, by id or by the digest of their file."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ratings.models import Image
from scoring.models import Embedding


@dataclass(frozen=True, kw_only=True)
class NamedImages:
    """The ids and digests of pictures, each by the other."""

    digests: dict[UUID, str]

    @property
    def ids(self) -> dict[str, UUID]:
        """Give each picture's id by its digest."""
        return {digest: image for image, digest in self.digests.items()}


def images_named(*, ids: Collection[UUID], digests: Collection[str]) -> NamedImages:
    """Find pictures by either name; those that are not here are left out."""
    found: dict[UUID, str] = {}
    for names in ({"pk__in": ids}, {"sha256__in": digests}):  # apart, so that each uses its index
        if any(names.values()):
            found |= dict(Image.objects.filter(**names).values_list("pk", "sha256"))
    return NamedImages(digests=found)


def vectors_of(*, images: Collection[UUID], encoder_key: str) -> dict[UUID, Any]:
    """Give an encoder's vectors of pictures; one without a vector is absent."""
    rows = Embedding.objects.filter(encoder_key=encoder_key, image__in=images)
    return dict(rows.values_list("image_id", "vector"))
