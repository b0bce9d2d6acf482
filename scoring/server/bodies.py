"""Read the bodies of requests within bounds: of one body, of all together, and of the time that a client may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message

from scoring.server.errors import RefusedError, invalid, overloaded
from scoring.server.limits import LONGEST_TEXT, MEBIBYTE, MOST_PICTURES, Limits
from scoring.server.metrics import Metrics
from scoring.server.requests import FACTS, ScoreRequest, json_of, read_form, read_json, too_many_pictures

JSON_COPIES = 3  # of a body of base64: as it came, as text, and decoded
FORM_COPIES = 2  # as it came, and each file by itself
MOST_FIELDS = MOST_PICTURES * len(FACTS) + 100
PAUSE = 2.0  # seconds after which there may be room again
TOO_MANY_FILES = "Too many files"  # how Starlette's parser begins to say so
LINGER_SECONDS = 5.0  # as nginx's lingering_timeout
LINGER_BYTES = 256 * MEBIBYTE


class Arrival:
    """The parts of one request's body as they come."""

    def __init__(self, request: Request) -> None:
        """Begin with nothing read."""
        self.scope = request.scope
        self.parts = request.receive
        self.waits_for_word = "100-continue" in request.headers.get("expect", "").lower()
        self.over = False

    async def receive(self) -> Message:
        """Give the next part."""
        message = await self.parts()
        self.waits_for_word = False
        self.over = not message.get("more_body", False)
        return message

    def request(self) -> Request:
        """Give the request whose body comes from here."""
        return Request(self.scope, self.receive)

    async def discard(self) -> None:
        """Read on, within bounds, what a refused client is still sending.

        A connection that is closed with bytes unread is reset, and the client sees a broken pipe instead of the reason.
        """
        left = LINGER_BYTES
        with suppress(TimeoutError):  # the client is answered now, whether or not it hears it
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and not self.over and not self.waits_for_word:
                    left -= len((await self.receive()).get("body", b""))


class Bodies:
    """Reads bodies, and keeps the memory of those that are being worked on within its bounds."""

    def __init__(self, *, limits: Limits, metrics: Metrics) -> None:
        """Begin with nothing held."""
        self.limits = limits
        self.metrics = metrics
        self.held = 0

    @asynccontextmanager
    async def room_for(self, request: Request) -> AsyncIterator[None]:
        """Hold the memory that a request's body takes at most, for as long as it is worked on."""
        size = self.size_of(request) * (FORM_COPIES if is_form(request) else JSON_COPIES)
        if self.held and self.held + size > self.limits.bodies_bytes:
            raise overloaded("The server holds as many pictures as it can: try again a little later.", seconds=PAUSE)
        self.held += size
        self.metrics.bodies.set(self.held)
        try:
            yield
        finally:
            self.held -= size
            self.metrics.bodies.set(self.held)

    def size_of(self, request: Request) -> int:
        """Give the length that a request announces, or the most that it may have; refuse one that is too long."""
        announced = request.headers.get("content-length", "")
        size = int(announced) if announced.isdecimal() else self.limits.body_bytes
        if size > self.limits.body_bytes:
            raise self.too_large()
        return size

    def too_large(self) -> RefusedError:
        """Say how long a body may be."""
        most = self.limits.body_bytes // MEBIBYTE
        return RefusedError(
            status=413,
            code="too_large",
            message=f"The body is larger than {most} MiB: send fewer pictures at once, or send them as JPEG or WebP.",
        )

    async def read(self, request: Request, in_thread: Callable[..., Awaitable[Any]]) -> ScoreRequest:
        """Read what is asked; what computes for long is left to a thread."""
        bounded = Request(request.scope, self.bounded(request))
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                if is_form(request):
                    return await read_multipart(bounded)
                body = await bounded.body()
        except TimeoutError as error:
            message = f"The body did not arrive within {self.limits.body_seconds:g} seconds."
            raise RefusedError(status=408, code="too_slow", message=message) from error
        read: ScoreRequest = await in_thread(lambda: read_json(json_of(body)))
        return read

    def bounded(self, request: Request) -> Callable[[], Awaitable[Message]]:
        """Give the parts of a body as they come, up to the most that it may have."""
        received = 0

        async def receive() -> Message:
            nonlocal received
            message = await request.receive()
            received += len(message.get("body", b""))
            if received > self.limits.body_bytes:
                raise self.too_large()
            return message

        return receive


def is_form(request: Request) -> bool:
    """Tell whether the body comes in parts."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def read_multipart(request: Request) -> ScoreRequest:
    """Read a body in parts; files of more than 1 MiB wait on the disk."""
    parser = MultiPartParser(
        request.headers,
        request.stream(),
        max_files=MOST_PICTURES,
        max_fields=MOST_FIELDS,
        max_part_size=4 * LONGEST_TEXT,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, KeyError, UnicodeDecodeError) as error:
        if str(getattr(error, "message", "")).startswith(TOO_MANY_FILES):
            raise too_many_pictures() from error
        raise invalid("body", f"is no multipart body that can be read: {error}") from error
    try:
        parts: dict[str, list[Any]] = {}
        for name, value in form.multi_items():
            parts.setdefault(name, []).append(await value.read() if isinstance(value, UploadFile) else value)
    finally:
        await form.close()
    return read_form(parts)
