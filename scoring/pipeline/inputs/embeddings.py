"""Give images their vectors, and let live models see new images."""

import tempfile
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage

from ratings.models import Image
from ratings.services.jobs.progress import Progress
from scoring.exceptions import UnknownEncoderError
from scoring.ml.encoders import Encoder, build_encoder, embed_images
from scoring.ml.encoders.descriptions import DESCRIPTIONS
from scoring.ml.encoders.keys import has_text_tower
from scoring.selectors import training
from scoring.selectors.own_taste import vectors_of_descriptions
from scoring.services.embeddings import (
    claim_images,
    end_embedding,
    renew_claims,
    save_descriptions,
    save_embeddings,
)

CHUNK = 128  # images that one process claims at once
PAUSE = 1.0  # s between two looks at what other processes embed


@dataclass(frozen=True, kw_only=True)
class EmbeddedBatch:
    """How many images got a vector, and which of them could not be read."""

    done: int
    failed: set[str]


def access_encoder(key: str) -> Encoder:
    """Build an encoder; say in a sentence why it cannot be had."""
    try:
        return build_encoder(key)
    except ValueError as error:
        raise UnknownEncoderError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def embed_missing(*, encoder_key: str, studies: Collection[int], on_progress: Progress | None = None) -> int:
    """Embed the images of studies that the encoder has not seen; give how many. What was done before a crash is kept.

    Several processes share the images: each claims some at a time. Where progress is reported, what others have
    claimed is waited for, since somebody needs all vectors. A file that cannot be read is passed over and counted.
    """
    done, failed = 0, set[str]()
    embed_descriptions(encoder_key=encoder_key)
    if on_progress is not None:
        on_progress(*how_far(encoder_key=encoder_key, studies=studies, failed=0))
    while True:
        images = training.images_without_embedding(
            encoder_key=encoder_key, studies=studies, limit=CHUNK, without=failed
        )
        if images:
            with closing(embed_batches(images, encoder_key=encoder_key)) as batches:
                for batch in batches:
                    done += batch.done
                    failed |= batch.failed
                    if on_progress is not None:
                        on_progress(*how_far(encoder_key=encoder_key, studies=studies, failed=len(failed)))
        elif on_progress is None or not training.is_embedded_elsewhere(encoder_key=encoder_key, studies=studies):
            return done
        else:
            time.sleep(PAUSE)
            on_progress(*how_far(encoder_key=encoder_key, studies=studies, failed=len(failed)))


def embed_descriptions(*, encoder_key: str) -> None:
    """Have an encoder's text tower read, once, the descriptions that pictures are compared with."""
    known = vectors_of_descriptions(encoder_key=encoder_key) if has_text_tower(encoder_key) else DESCRIPTIONS
    missing = [text for text in DESCRIPTIONS if text not in known]
    encoder = access_encoder(encoder_key) if missing else None
    if encoder is not None and encoder.is_joint:
        vectors = [vector.tolist() for vector in encoder.encode_texts(missing)]
        save_descriptions(encoder_key=encoder_key, vectors=zip(missing, vectors, strict=True))


def embed_batches(images: Sequence[Image], *, encoder_key: str) -> Generator[EmbeddedBatch]:
    """Embed those of the images that no other process works on, and save their vectors batch by batch."""
    encoder = access_encoder(encoder_key)
    tried = alone_where_tried(images, encoder_key=encoder_key)
    with claim_while_embedding(tried, encoder_key=encoder_key) as mine, local_paths(mine) as paths:
        for batch in embed_images(encoder, paths):
            rows = [mine[row] for row in batch.rows]
            vectors = [vector.tolist() for vector in batch.vectors]
            save_embeddings(encoder_key=encoder_key, vectors=zip([image.pk for image in rows], vectors, strict=True))
            renew_claims(encoder_key=encoder_key, images=[image.pk for image in mine])
            yield EmbeddedBatch(done=len(rows), failed={str(mine[row].pk) for row in batch.failures})


def alone_where_tried(images: Sequence[Image], *, encoder_key: str) -> Sequence[Image]:
    """Give one image by itself where processes died at some, so that only the one to blame is given up in the end."""
    tried = training.tried_before(encoder_key=encoder_key, images=images)
    return next(([image] for image in images if image.pk in tried), images)


@contextmanager
def claim_while_embedding(images: Sequence[Image], *, encoder_key: str) -> Iterator[list[Image]]:
    """Claim images, and give those that are ours; an attempt stays counted only where the process dies meanwhile."""
    ours = claim_images(encoder_key=encoder_key, images=[image.pk for image in images])
    try:
        yield [image for image in images if image.pk in ours]
    finally:
        end_embedding(encoder_key=encoder_key, images=ours)


def how_far(*, encoder_key: str, studies: Collection[int], failed: int) -> tuple[str, float]:
    """Say how many images of the studies have a vector, and give their share."""
    done, total = training.embedding_progress(studies=studies, encoder_key=encoder_key)
    unread = f", {failed} cannot be read" if failed else ""
    return f"embedding {done} of {total} images{unread}", done / max(total, 1)


@contextmanager
def local_paths(images: Sequence[Image]) -> Iterator[list[Path]]:
    """Give the files of images on this machine's disk, fetched first where storage is elsewhere."""
    with tempfile.TemporaryDirectory(prefix="pamela-embed-") as folder:
        yield [local_path(image.path, Path(folder)) for image in images]


def local_path(name: str, folder: Path) -> Path:
    """Give a stored file's path, copied into the folder unless storage is local; one that is lost is at neither."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        copy = folder / name.replace("/", "-")
        with suppress(FileNotFoundError), default_storage.open(name) as file:  # reading the copy raises
            copy.write_bytes(file.read())
        return copy
