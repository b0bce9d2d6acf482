"""Images as the model sees them: the picture, and what the study or the set that shows it says of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from ratings.models import Image, Study

DIGEST_CHARACTERS = 12


@dataclass(frozen=True, kw_only=True)
class DescribedImage:
    """A picture under one description; the key is its digest, with more where two descriptions are kept apart."""

    key: str
    image_id: UUID
    prompt: str = ""
    generator: str = ""
    domain: str = ""

    @property
    def facts(self) -> tuple[str, str, str]:
        """Give the description."""
        return self.prompt, self.generator, self.domain


def beside(image: DescribedImage, *, known: Mapping[str, DescribedImage]) -> DescribedImage:
    """Give the known image with these bytes if nothing said of this one differs; else this one under its own key."""
    other = known.get(image.key)
    if other is None:
        return image
    if all(told in {"", there} for told, there in zip(image.facts, other.facts, strict=True)):
        return other
    digest = hashlib.sha256(repr(image.facts).encode()).hexdigest()
    return replace(image, key=f"{image.key}/{digest[:DIGEST_CHARACTERS]}")


def described(image: Image) -> DescribedImage:
    """Give an image with what is said of it."""
    return DescribedImage(
        key=image.sha256, image_id=image.pk, prompt=image.prompt, generator=image.generator, domain=image.domain
    )


def study_images(*, study: Study) -> list[DescribedImage]:
    """Give a study's images by digest."""
    return [described(image) for image in Image.objects.filter(study_images__study=study).order_by("sha256")]
