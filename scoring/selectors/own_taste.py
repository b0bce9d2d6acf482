"""What the comparison of a taste reads for the rater's own page: pictures, opinions, and what is known of both."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Func, Value
from pgvector.django import VectorField

from ratings.choices import AssignmentKind, Policy
from ratings.models import Participation, Rating, StudyImage
from scoring.models import DescriptionEmbedding, Embedding
from scoring.selectors.training import learned_scale, value_on


@dataclass(frozen=True, kw_only=True)
class StudyPicture:
    """A picture that raters of the study are asked about, and what the study says of it."""

    image_id: UUID
    prompt: str
    domain: str
    columns: Mapping[str, Any]  # further ones of its table


@dataclass(frozen=True, kw_only=True)
class OwnOpinion:
    """What a rater said of a picture, on the scale that the model learns."""

    image_id: UUID
    value: float
    is_held_out: bool  # of the slice drawn uniformly, which no model learns from


def study_pictures(*, study_id: int) -> list[StudyPicture]:
    """Give the pictures of a study that may be shown to any of its raters: none made for another, none set aside."""
    rows = StudyImage.objects.filter(study=study_id, is_active=True, is_practice=False, is_made=False)
    found = rows.order_by("image__sha256").values_list("image_id", "prompt", "domain", "metadata")
    return [
        StudyPicture(image_id=image, prompt=prompt, domain=domain, columns=metadata)
        for image, prompt, domain, metadata in found
    ]


def own_opinions(*, participation: Participation) -> list[OwnOpinion]:
    """Give a rater's first opinions that stand."""
    rows = Rating.objects.current().filter(participation=participation, assignment__kind=AssignmentKind.FRESH)
    learned = rows.annotate(learned=value_on(learned_scale(participation.study))).order_by("pk")
    return [
        OwnOpinion(image_id=image, value=value, is_held_out=policy == Policy.RANDOM)
        for image, value, policy in learned.values_list("image_id", "learned", "assignment__policy")
        if value is not None
    ]


def parts_of_vectors(*, encoder_key: str, images: Collection[UUID], start: int, length: int) -> dict[UUID, Any]:
    """Give a part of what an encoder made of images, cut out by the database."""
    part = Func(F("vector"), Value(start + 1), Value(length), function="subvector", output_field=VectorField())
    rows = Embedding.objects.filter(encoder_key=encoder_key, image__in=images).annotate(part=part)
    return dict(rows.values_list("image_id", "part"))


def vectors_of_descriptions(*, encoder_key: str) -> dict[str, Any]:
    """Give what an encoder's text tower made of the descriptions that pictures are compared with."""
    rows = DescriptionEmbedding.objects.filter(encoder_key=encoder_key)
    return dict(rows.values_list("text", "vector"))
