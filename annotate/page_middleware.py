"""Our middleware: for every answer its language and that nobody keeps it, refusals that arrive, and what pages need."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from annotate.languages import language_of, named_language, remember_language

LINGER_SECONDS = 5.0  # as nginx's lingering_timeout, and as the reward server
LINGER_BYTES = 256 * 2**20
MOST_LINGERING = 1  # threads of a process that read on at once: there are four, and raters wait for the others
lingering = threading.BoundedSemaphore(MOST_LINGERING)
CHUNK = 2**16
API = "/api/v1/"  # its callers bring a token, or a rater's signed cookie, and never a session


class PrivateMiddleware:
    """Let no browser or proxy keep an answer that does not say for how long it may: most are about one person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with a word on keeping it."""
        answer = self.get_response(request)
        answer.headers.setdefault("Cache-Control", "no-store, private")
        return answer


class RestOfBodyMiddleware:
    """Read on, within bounds, what a refused client is still sending.

    A connection that is closed with bytes unread is reset: the client sees a broken connection in place of the reason.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, once the client is ready to hear it."""
        answer = self.get_response(request)
        waits_for_word = "100-continue" in request.headers.get("Expect", "").lower()
        if answer.status_code >= HTTPStatus.BAD_REQUEST and not waits_for_word and lingering.acquire(blocking=False):
            try:
                discard_rest(request)
            finally:
                lingering.release()
        return answer


def discard_rest(request: HttpRequest) -> None:
    """Read what is left of a body, for a while."""
    left, end = LINGER_BYTES, time.monotonic() + LINGER_SECONDS
    with suppress(UnreadablePostError):  # the client has gone: nobody waits for the answer
        while left > 0 and time.monotonic() < end and (chunk := request.read(CHUNK)):
            left -= len(chunk)


class PagesOnly:
    """Skip the API: on its path, which every click takes, they would do nothing but take time."""

    get_response: Any  # the middleware after this one

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand a request of the API on as it is; do the middleware's work on any other."""
        if request.path_info.startswith(API):
            answer: HttpResponseBase = self.get_response(request)
        else:
            answer = super().__call__(request)  # type: ignore[misc]  # of the class that follows
        return answer


class LanguageMiddleware:
    """Let pages and calls speak the visitor's language; a study's page narrows it to those of the study."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the visitor's language, and keep the one that a link names."""
        with translation.override(language_of(request)):
            answer = self.get_response(request)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                answer.headers.setdefault("Content-Language", translation.get_language())
                patch_vary_headers(answer, ("Accept-Language",))
                keep_named_language(request, answer)
        return answer


def keep_named_language(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Let the browser keep the language that a link names, for the pages after it."""
    named = named_language(request)
    if named and request.method == "GET":
        remember_language(answer, named, is_secure=request.is_secure())


class PagePolicyMiddleware(PagesOnly, CSPMiddleware):
    """Say which scripts and pictures a page may load; the admin and the API explorer have a policy of their own."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> PolicyParts:
        """Give what the header is made of."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(settings.STAFF_PATHS):
            parts.config = settings.STAFF_POLICY
        return parts


class PageSessionMiddleware(PagesOnly, SessionMiddleware):
    """Keep what belongs to one browser."""


class PageAuthenticationMiddleware(PagesOnly, AuthenticationMiddleware):
    """Find out which member of staff asks."""


class PageMessageMiddleware(PagesOnly, MessageMiddleware):
    """Show a sentence on the next page."""
