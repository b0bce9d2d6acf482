"""Keep the vectors of images."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from scoring.models import Embedding, EmbeddingAttempt

BEGIN = """
    INSERT INTO scoring_embeddingattempt (image_id, encoder_key, count)
    SELECT unnest(%s::uuid[]), %s, 1
    ON CONFLICT (image_id, encoder_key) DO UPDATE SET count = scoring_embeddingattempt.count + 1
"""


def begin_embedding(*, encoder_key: str, images: Collection[UUID]) -> None:
    """Count an attempt at images, before anything is done that may end the process."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [sorted(images), encoder_key])


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
