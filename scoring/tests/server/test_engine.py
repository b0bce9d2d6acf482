"""What the engine keeps of a request that its caller gave up."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from scoring.ml.reward import RewardModel
from scoring.ml.scores import Scale
from scoring.server.backend import Case, Judge
from scoring.server.engine import Engine
from scoring.server.fetching import Fetcher
from scoring.server.limits import Limits
from scoring.server.metrics import Metrics
from scoring.server.requests import Picture
from scoring.tests.ml.test_scores import HEAD, NoBackbone
from scoring.tests.server.http_calls import wait_for
from scoring.tests.server.test_batcher import LARGE, GateEncoder, batching


def test_a_caller_that_gave_up_finds_what_was_embedded_for_it_meanwhile() -> None:
    model = RewardModel(encoder_key="gate", backbone=NoBackbone(), head=HEAD)
    pictures = (Picture(digest="small", content=b"a"), Picture(digest="large", content=b"a" * LARGE))
    case = Case(judge=Judge(model=model, version="v1", scale=Scale(low=0, high=1)), raters=(), pictures=pictures)
    encoder, counts = GateEncoder(), list[int]()
    encoder.gate.set()
    with ThreadPoolExecutor() as threads, batching(encoder, counts=counts) as batcher:
        engine = Engine(limits=Limits(), fetcher=Fetcher(hosts=()), metrics=Metrics(), threads=threads)
        engine.batchers.put("gate", batcher)

        async def give_up() -> None:
            """Leave while the large picture is still being prepared."""
            asking = asyncio.create_task(engine.embedded(case, [0, 1]))
            await engine.in_thread(lambda: wait_for(lambda: counts == [1], what="the small picture"))
            asking.cancel()

        with ThreadPoolExecutor() as own:  # this thread may hold the loop of another test's browser
            own.submit(asyncio.run, give_up()).result()
        encoder.gate_for_large.set()
        small, large = (engine.vectors.get(("gate", one.digest)) for one in pictures)
        assert (small is not None, large) == (True, None)
        engine.close()
