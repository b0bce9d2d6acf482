"""Images as the model sees them: the picture, and what the study or the set that shows it says of it."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from ratings.models import Image, Study, StudyImage

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


def with_known_description(image: DescribedImage, *, known: Mapping[str, DescribedImage]) -> DescribedImage:
    """Give the known image with these bytes if nothing said of this one differs; else this one under its own key."""
    other = known.get(image.key)
    if other is None:
        return image
    if all(given in {"", there} for given, there in zip(image.facts, other.facts, strict=True)):
        return other
    digest = hashlib.sha256(repr(image.facts).encode()).hexdigest()
    return replace(image, key=f"{image.key}/{digest[:DIGEST_CHARACTERS]}")


WORDS = ("prompt", "generator", "domain")


def study_images(*, study: Study) -> list[DescribedImage]:
    """Give a study's images by digest."""
    rows = StudyImage.objects.filter(study=study).order_by("image__sha256")
    return [
        DescribedImage(key=sha256, image_id=image, prompt=prompt, generator=generator, domain=domain)
        for sha256, image, prompt, generator, domain in rows.values_list("image__sha256", "image_id", *WORDS)
    ]


def images_of_model(*, study_id: int, images: Collection[UUID]) -> list[DescribedImage]:
    """Give images by digest, as the study of a model describes them; those it lacks as a study does that teaches it."""
    teaches = Q(study=study_id) | Q(study__taste_from=study_id)
    entries = StudyImage.objects.filter(teaches, image__in=images).order_by("-pk")
    rows = list(entries.values_list("study_id", "image_id", *WORDS))
    rows.sort(key=lambda row: row[0] == study_id)
    words = {image: dict(zip(WORDS, facts, strict=True)) for _, image, *facts in rows}
    pictures = Image.objects.filter(pk__in=images).order_by("sha256").values_list("pk", "sha256")
    return [DescribedImage(key=sha256, image_id=pk, **words.get(pk, {})) for pk, sha256 in pictures]
