"""Keep the vectors of images."""

from collections.abc import Iterable
from uuid import UUID

from scoring.models import Embedding


def save_embeddings(*, encoder_key: str, vectors: Iterable[tuple[UUID, list[float]]]) -> int:
    """Keep vectors by image; images that have one under this key keep it."""
    made = Embedding.objects.bulk_create(
        (Embedding(image_id=image, encoder_key=encoder_key, vector=vector) for image, vector in vectors),
        batch_size=200,
        ignore_conflicts=True,
    )
    return len(made)
