"""The WSGI application that the web server loads.

The server gives each request one of many threads, from its first byte to the last of its answer, and a slow client may
keep one. Few answer at once, because that takes connections to the database, and they do so once a request is there.
"""

import gc
import socket
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from io import BufferedReader, BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http.response import HttpResponseBase

from annotate import env, monitoring
from annotate.database.lending import Lending, own_connections
from annotate.request_bodies import CAME_TOO_SLOWLY, PacedBody, SlowBodyError, announced_bytes

MOST_AT_ONCE = 4 * 2**20  # bytes of an answer that the server takes whole: any picture, no dump

env.select_settings()
if settings.METRICS_TOKEN:  # before the first counter: the processes of this machine count together
    env.share_metrics(settings.DATA_DIR / "metrics" / socket.gethostname())
monitoring.report_errors()
monitoring.send_traces(process="web")  # before Django makes its middleware

site = get_wsgi_application()
at_once = env.whole_number("WEB_THREADS")
if at_once < 1:
    raise env.ConfigurationError(f"WEB_THREADS must be at least 1, not {at_once}.")
lending = Lending(sets=at_once)
long_work = threading.BoundedSemaphore(at_once)

# What is loaded by now stays, and a request leaves almost no reference cycles: collecting either takes 1 to 3 % of a
# click.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request once its body is there; a large one is read as it comes, beside those that are answered fast."""
    body = PacedBody(environ["wsgi.input"], size=announced_bytes(environ))
    if body.left > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        environ["wsgi.input"] = BufferedReader(body)
        with long_work, own_connections():
            return answer_of(environ, start_response)
    try:
        environ["wsgi.input"] = BytesIO(body.whole())
    except SlowBodyError:  # the site says so in its own form and in the visitor's language
        environ |= {"wsgi.input": BytesIO(), CAME_TOO_SLOWLY: True}
    with lending.lend():
        return answer_of(environ, start_response)


def answer_of(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Give the whole of a small answer: the server sends a list by itself, while anything else keeps a thread."""
    answer: Any = site(environ, start_response)
    if not isinstance(answer, HttpResponseBase):  # a file, which this server has a way of its own for
        return answer  # type: ignore[no-any-return]
    if int(answer.headers.get("Content-Length", MOST_AT_ONCE + 1)) > MOST_AT_ONCE:
        return LongAnswer(answer)
    with closing(answer):
        return [b"".join(answer)]


class LongAnswer:
    """An answer that is made while its client reads it, a few at a time."""

    def __init__(self, answer: Any) -> None:
        """Begin with nothing made."""
        self.answer = answer
        self.pieces = self.made()

    def __iter__(self) -> Iterator[bytes]:
        """Give its pieces."""
        return self.pieces

    def made(self) -> Generator[bytes, None, None]:
        """Make them, once there is room."""
        with long_work, own_connections():
            yield from self.answer

    def close(self) -> None:
        """Leave the rest: the client has all, or has gone."""
        self.pieces.close()
        self.answer.close()
