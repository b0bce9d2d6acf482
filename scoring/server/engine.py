"""Score what is asked: fetch, embed what nobody has embedded yet, represent, and score for each rater."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np
from PIL import Image

from scoring.ml.data.arrays import Floats32, Images
from scoring.ml.encoders import Encoder, build_encoder
from scoring.ml.reward import RepresentedImages
from scoring.ml.scores import Scores, score_raters
from scoring.server.backend import Case, merged
from scoring.server.batcher import Batcher, Vector
from scoring.server.errors import RefusedError
from scoring.server.fetching import Fetcher, FetchError
from scoring.server.limits import Limits
from scoring.server.memory import Recent
from scoring.server.metrics import Metrics
from scoring.server.pictures import PictureError, is_large, read_picture

VECTORS_KEPT = 2048  # of pictures embedded lately: of one picture for several raters, one after the other
TEXTS_KEPT = 4096
ENCODERS_KEPT = 2
FETCHERS = 8  # addresses that are fetched side by side, of all callers: they wait for other hosts

Value = TypeVar("Value")


class Engine:
    """Holds encoders, each with its queue, and scores cases with them."""

    def __init__(self, *, limits: Limits, fetcher: Fetcher, metrics: Metrics, threads: Executor) -> None:
        """Load nothing yet."""
        self.limits = limits
        self.fetcher = fetcher
        self.metrics = metrics
        self.threads = threads
        self.fetching = ThreadPoolExecutor(max_workers=FETCHERS, thread_name_prefix="fetch")
        self.lock = threading.Lock()
        self.batchers: Recent[str, Batcher] = Recent(ENCODERS_KEPT)
        self.vectors: Recent[tuple[str, str], Floats32] = Recent(VECTORS_KEPT)
        self.texts: Recent[tuple[str, str], Floats32] = Recent(TEXTS_KEPT)

    def batcher(self, key: str) -> Batcher:
        """Give an encoder's queue; the first who asks loads the encoder, and the others wait for it."""
        with self.lock:
            found = self.batchers.get(key)
            if found is None:
                encoder = build_encoder(key)
                encoder.encode_prepared([encoder.prepare(Image.new("RGB", (8, 8)))])  # loads what waits for it
                found = Batcher(
                    encoder,
                    read=read_picture,
                    is_large=is_large,
                    most_waiting=self.limits.waiting,
                    on_pass=self.metrics.passes.observe,
                )
                gone = self.batchers.put(key, found)
                if gone is not None:
                    gone.close()
            return found

    @property
    def waiting(self) -> int:
        """Count the pictures in all queues."""
        return sum(batcher.waiting for batcher in self.batchers.all())

    async def scores(self, case: Case) -> tuple[Case, Scores]:
        """Score a case; give it with what was fetched."""
        case = await self.fetched(case)
        seen = await self.seen(case)
        scores = await self.in_thread(
            lambda: score_raters(
                case.judge.model,
                seen,
                [rater.taste for rater in case.raters],
                scale=case.judge.scale,
                reference=case.judge.reference,
                k=case.k,
            )
        )
        return case, scores

    async def in_thread(self, call: Callable[[], Value]) -> Value:
        """Run what computes or waits beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    async def fetched(self, case: Case) -> Case:
        """Fetch the pictures that are given by address."""
        wanted = [place for place in case.missing() if case.pictures[place].address]
        if not wanted:
            return case
        futures = [self.fetching.submit(self.fetcher.fetch, case.pictures[place].address) for place in wanted]
        contents = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
        refuse_failed(dict(zip(wanted, contents, strict=True)), code="not_fetched")
        pictures = list(case.pictures)
        for place, content in zip(wanted, contents, strict=True):
            pictures[place] = pictures[place].with_content(bytes(content))  # type: ignore[arg-type]
        return case.with_pictures(pictures)

    async def seen(self, case: Case) -> RepresentedImages:
        """Give what the model sees in each picture."""
        known = case.known
        self.metrics.pictures.labels("known").inc(len(known.places))
        if known.seen is not None and len(known.places) == len(case.pictures):
            return known.seen.take(np.argsort(np.array(known.places)))
        rest = [place for place in range(len(case.pictures)) if place not in set(known.places)]
        vectors = await self.embedded(case, rest)
        represented = await self.in_thread(lambda: self.represented(case, vectors))
        parts = {place: (represented, row) for row, place in enumerate(rest)}
        if known.seen is not None:
            parts |= {place: (known.seen, row) for row, place in enumerate(known.places)}
        return merged(parts, len(case.pictures))

    async def embedded(self, case: Case, places: Sequence[int]) -> dict[int, Floats32]:
        """Give the vectors of pictures in this order: those known, those embedded lately, and new ones."""
        key = case.judge.model.encoder_key
        lately = {place: self.vectors.get((key, case.pictures[place].digest)) for place in places}
        found = {place: vector for place, vector in lately.items() if vector is not None} | dict(case.known.vectors)
        new = [place for place in places if place not in found]
        self.metrics.pictures.labels("known").inc(len(places) - len(new))
        if new:
            batcher = await self.in_thread(lambda: self.batcher(key))
            futures = batcher.submit([case.pictures[place].content or b"" for place in new])
            for place, future in zip(new, futures, strict=True):
                future.add_done_callback(partial(self.keep, (key, case.pictures[place].digest)))
            try:
                vectors = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
            finally:  # a caller that left waits for nothing more
                for future in futures:
                    future.cancel()
            refuse_failed(dict(zip(new, vectors, strict=True)), code="unreadable_image")
            self.metrics.pictures.labels("embedded").inc(len(new))
            for place, vector in zip(new, vectors, strict=True):
                found[place] = np.asarray(vector, np.float32)
        return {place: found[place] for place in places}

    def keep(self, name: tuple[str, str], vector: Vector) -> None:
        """Keep a vector as soon as it is there: a caller that left before the last one finds the others later."""
        if not vector.cancelled() and vector.exception() is None:
            self.vectors.put(name, np.asarray(vector.result(), np.float32))

    def represented(self, case: Case, vectors: Mapping[int, Floats32]) -> RepresentedImages:
        """Let the model see pictures by their vectors and what is said of them."""
        pictures = [case.pictures[place] for place in vectors]
        encoder = self.batcher(case.judge.model.encoder_key).encoder
        return case.judge.model.represent(
            Images(
                keys=tuple(picture.digest for picture in pictures),
                features=np.stack(list(vectors.values())),
                prompt_features=self.text_vectors(encoder, [picture.facts.prompt or "" for picture in pictures]),
                metadata={
                    "generator": tuple(picture.facts.generator or "" for picture in pictures),
                    "domain": tuple(picture.facts.domain or "" for picture in pictures),
                },
                parts=encoder.image_parts,
            )
        )

    def text_vectors(self, encoder: Encoder, texts: Sequence[str]) -> Floats32:
        """Encode texts, each of them once and those known not again."""
        wanted = dict.fromkeys(texts)
        found = {text: self.texts.get((encoder.key, text)) for text in wanted}
        new = [text for text, vector in found.items() if vector is None]
        if new:
            for text, vector in zip(new, encoder.encode_texts(new), strict=True):
                found[text] = vector
                self.texts.put((encoder.key, text), vector)
        return np.stack([np.asarray(found[text], np.float32) for text in texts])

    def close(self) -> None:
        """End the threads of all encoders."""
        self.fetching.shutdown(wait=False, cancel_futures=True)
        for batcher in self.batchers.all():
            batcher.close()


def refuse_failed(found: Mapping[int, object], *, code: str) -> None:
    """Refuse the request where any picture has none of what it needs, and name each of them."""
    errors = {place: error for place, error in found.items() if isinstance(error, BaseException)}
    for error in errors.values():
        if not isinstance(error, PictureError | FetchError):
            raise error
    if errors:
        fields = {f"images.{place}": str(error) for place, error in errors.items()}
        name, sentence = next(iter(fields.items()))
        more = f" Pictures with faults: {len(fields)}." if len(fields) > 1 else ""
        raise RefusedError(status=400, code=code, message=f"{name} {sentence}{more}", fields=fields)
