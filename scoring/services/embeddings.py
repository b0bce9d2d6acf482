"""Keep the vectors of images."""

from collections.abc import Collection, Iterable
from uuid import UUID

from ratings.statements.prepared import array_literal, run
from scoring.models import Embedding, EmbeddingAttempt
from scoring.statements import BEGIN_EMBEDDING


def begin_embedding(*, encoder_key: str, images: Collection[UUID]) -> None:
    """Count an attempt at images, before anything is done that may end the process."""
    run(BEGIN_EMBEDDING, {"images": array_literal(sorted(images)), "encoder_key": encoder_key})


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
