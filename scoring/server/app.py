"""The reward server's application: scores, health and metrics, over HTTP."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scoring.ml.threads import limit_to_one_thread
from scoring.server.answers import ScoreResponse, answer, negotiated
from scoring.server.backend import Backend, judged_prompts
from scoring.server.bodies import Arrival, Bodies
from scoring.server.engine import ENCODERS_KEPT, Engine
from scoring.server.errors import RefusedError
from scoring.server.fetching import Fetcher
from scoring.server.limits import Limits
from scoring.server.metrics import Metrics

THREADS = 4  # that read requests, ask the database and score: each may hold a connection
FOLLOW_SECONDS = 0.5  # between two looks at what serves
TOO_SLOW, NOT_THIS_METHOD = 408, 405
CLOSED_BY_CLIENT = 499  # as nginx counts those who do not wait for the answer
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

logger = logging.getLogger(__name__)
Found = TypeVar("Found")


class RewardServer:
    """Answers requests with the models of a backend."""

    def __init__(self, backend: Backend, *, limits: Limits, fetcher: Fetcher) -> None:
        """Start with nothing loaded: it listens at once, and is ready once the encoder is there."""
        self.backend = backend
        self.metrics = Metrics()
        self.threads = ThreadPoolExecutor(
            max_workers=THREADS, thread_name_prefix="score", initializer=limit_to_one_thread
        )
        self.following = ThreadPoolExecutor(max_workers=1, thread_name_prefix="follow")
        self.bodies = Bodies(limits=limits, metrics=self.metrics)
        self.engine = Engine(limits=limits, fetcher=fetcher, metrics=self.metrics, threads=self.threads)
        self.fault = "The model is being loaded."

    def application(self) -> Starlette:
        """Give the ASGI application."""
        return Starlette(
            routes=[
                Route("/api/v1/score", self.score, methods=["POST"]),
                Route("/livez", self.livez),
                Route("/readyz", self.readyz),
                Route("/metrics", self.show_metrics),
            ],
            exception_handlers={HTTPException: not_here, Exception: failed},  # type: ignore[dict-item]
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Follow what serves for as long as the server lives."""
        follower = asyncio.create_task(self.follow())
        try:
            yield
        finally:
            follower.cancel()
            with suppress(asyncio.CancelledError):  # it was cancelled just now
                await follower
            self.engine.close()
            for pool in (self.threads, self.following):
                pool.shutdown(wait=False, cancel_futures=True)

    async def follow(self) -> None:
        """Load what serves, again and again, so that no request waits for a model that has just gone live."""
        while True:
            fault = await asyncio.get_running_loop().run_in_executor(self.following, self.load)
            if fault and fault != self.fault:
                logger.warning("%s", fault)
            self.fault = fault
            await asyncio.sleep(FOLLOW_SECONDS)

    def load(self) -> str:
        """Load what serves; say what is wrong, if anything is."""
        try:
            for key in self.backend.encoder_keys()[:ENCODERS_KEPT]:
                self.engine.batcher(key)
        except Exception as error:  # noqa: BLE001 - whatever it is, readiness says so and the next round tries again
            return f"{type(error).__name__}: {error}"
        return ""

    async def score(self, request: Request) -> Response:
        """Answer with scores, or say why there are none."""
        started = time.monotonic()
        arrival = Arrival(request)
        try:
            found = await self.scored(arrival.request())
            response = Response(found.body, media_type=found.media_type)
        except RefusedError as error:
            if error.status != TOO_SLOW:
                await arrival.discard()
            response = JSONResponse(error.body, status_code=error.status, headers=error.headers)
        except ClientDisconnect:  # the client has disconnected; it is counted
            response = Response(status_code=CLOSED_BY_CLIENT)
        self.metrics.requests.labels(str(response.status_code)).inc()
        self.metrics.seconds.observe(time.monotonic() - started)
        return response

    async def scored(self, request: Request) -> ScoreResponse:
        """Find out who asks before anything is read of the body, then read and score."""
        media_type = negotiated(request.headers.get("accept", ""))
        caller = await self.engine.in_thread(lambda: self.backend.caller(token_of(request)))
        async with self.bodies.room_for(request):
            asked = await self.bodies.read(request, self.engine.in_thread)
            case = await self.engine.in_thread(lambda: self.backend.open(asked, caller))
            case, scores = await for_whom_waits(request, self.engine.scores(case))
        return await self.engine.in_thread(lambda: answer(case, scores, judged_prompts(case), media_type=media_type))

    async def livez(self, _request: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"reward": "up"})

    async def readyz(self, _request: Request) -> Response:
        """Say whether scores can be given, and what is wrong otherwise."""
        if self.fault:
            return JSONResponse({"reward": f"down: {self.fault}"}, status_code=503, headers={"Retry-After": "1"})
        return JSONResponse({"reward": "up", "serves": self.backend.name})

    async def show_metrics(self, _request: Request) -> Response:
        """Give the counts."""
        self.metrics.waiting.set(self.engine.waiting)
        return Response(self.metrics.text(), headers={"Content-Type": METRICS_TYPE})


async def for_whom_waits(request: Request, work: Coroutine[Any, Any, Found]) -> Found:
    """Do the work of a request whose body is read; raise `ClientDisconnect` and cancel it once nobody waits for it."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(departure(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        for task in (doing, leaving):
            task.cancel()


async def departure(request: Request) -> None:
    """Wait until the client breaks the connection off."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def token_of(request: Request) -> str:
    """Give the token of `Authorization: Bearer …`, nothing where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def not_here(_request: Request, error: HTTPException) -> Response:
    """Give the framework's own errors the shape of all errors."""
    code = "method_not_allowed" if error.status_code == NOT_THIS_METHOD else "not_found"
    refused = RefusedError(status=error.status_code, code=code, message="The reward server has no such call.")
    return JSONResponse(refused.body, status_code=error.status_code, headers=error.headers)


async def failed(_request: Request, _error: Exception) -> Response:
    """Say that something went wrong here; the log has what."""
    refused = RefusedError(status=500, code="error", message="The reward server failed: its log says how.")
    return JSONResponse(refused.body, status_code=refused.status)
