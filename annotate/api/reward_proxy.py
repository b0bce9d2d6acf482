"""Pass requests on to the reward server, which holds the encoder; raters never wait for that."""

import contextlib
import http.client
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as staff_gettext

from scoring.server.errors import RefusedError, overloaded

PATH = "/api/v1/score"
PASSED_ON = ("Authorization", "Content-Type", "Content-Length", "Accept")
PASSED_BACK = ("Content-Type", "Retry-After", "WWW-Authenticate")
MOST_AT_ONCE = 2  # of the threads of a web process: the others serve raters
SECONDS = 120.0  # without a sign of life from the other side
PAUSE = 1.0

places = threading.BoundedSemaphore(MOST_AT_ONCE)


class SocketConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: str) -> None:
        """Remember where it is."""
        super().__init__("reward", timeout=SECONDS)
        self.path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def pass_on(request: HttpRequest, *, body: Any) -> HttpResponse:
    """Give the reward server's answer; `body` is bytes or what they are read from, so that nothing large is held."""
    if not places.acquire(blocking=False):
        message = staff_gettext(
            "The site passes on as many requests as it can: try again, or ask the reward server itself."
        )
        raise overloaded(message, seconds=PAUSE)
    try:
        with contextlib.closing(connection_to(settings.REWARD_URL)) as connection:
            return answer_of(connection, request, body)
    except UnreadablePostError:  # it is the caller who does not send
        raise
    except (OSError, http.client.HTTPException) as error:
        message = staff_gettext(
            "The reward server does not answer; pictures named by id or SHA-256 alone are scored without it."
        )
        raise RefusedError(status=503, code="reward_unavailable", message=message, retry_after=5) from error
    finally:
        places.release()


def connection_to(address: str) -> http.client.HTTPConnection:
    """Prepare a connection to the reward server."""
    if address.startswith("unix:"):
        return SocketConnection(address.removeprefix("unix:"))
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.netloc, timeout=SECONDS)


def answer_of(connection: http.client.HTTPConnection, request: HttpRequest, body: Any) -> HttpResponse:
    """Ask, and wait for the answer, which may come before the whole body is sent."""
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has read enough, and answers
        connection.request("POST", PATH, body=body, headers=headers)
    answer = connection.getresponse()
    passed = {name: value for name in PASSED_BACK if (value := answer.getheader(name))}
    return HttpResponse(answer.read(), status=answer.status, headers=passed)
