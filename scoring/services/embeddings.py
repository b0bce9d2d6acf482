"""Keep the vectors of images."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from ratings.statements.prepared import array_literal, fetched
from scoring.models import DescriptionEmbedding, Embedding, EmbeddingAttempt
from scoring.statements import CLAIM_IMAGES

CLAIM_SECONDS = 180  # several times what a batch takes on a slow machine


def claim_images(*, encoder_key: str, images: Collection[UUID]) -> set[UUID]:
    """Claim images for this process and count an attempt at each; give those that no other process works on.

    A claim lapses unless it is renewed, so that the images of a process that died are taken by another.
    """
    values = {"images": array_literal(sorted(images)), "encoder_key": encoder_key, "seconds": CLAIM_SECONDS}
    return {image for (image,) in fetched(CLAIM_IMAGES, values)}


def renew_claims(*, encoder_key: str, images: Collection[UUID]) -> None:
    """Hold on to images that are still being worked on."""
    until = Now() + timedelta(seconds=CLAIM_SECONDS)  # of the database, whose clock all machines share
    EmbeddingAttempt.objects.filter(encoder_key=encoder_key, image__in=images).update(claimed_until=until)


def end_embedding(*, encoder_key: str, images: Collection[UUID]) -> None:
    """Forget the attempts at images that a process lived through, whatever came of them."""
    EmbeddingAttempt.objects.filter(encoder_key=encoder_key, image__in=images).delete()


def save_embeddings(*, encoder_key: str, vectors: Iterable[tuple[UUID, list[float]]]) -> int:
    """Keep vectors by image; images that have one under this key keep it."""
    made = Embedding.objects.bulk_create(
        (Embedding(image_id=image, encoder_key=encoder_key, vector=vector) for image, vector in vectors),
        batch_size=200,
        ignore_conflicts=True,
    )
    return len(made)


def save_descriptions(*, encoder_key: str, vectors: Iterable[tuple[str, list[float]]]) -> None:
    """Keep a text tower's vectors of descriptions; those that have one under this key keep it."""
    DescriptionEmbedding.objects.bulk_create(
        (DescriptionEmbedding(encoder_key=encoder_key, text=text, vector=vector) for text, vector in vectors),
        ignore_conflicts=True,
    )
