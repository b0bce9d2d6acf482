"""Middleware that only pages need; on the API's path, which every click takes, it would do nothing but take time."""

from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

API = "/api/v1/"  # its callers bring a token, or a rater's signed cookie, and never a session


class PagesOnly:
    """Step aside for the API."""

    get_response: Any  # the middleware after this one

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hand a request of the API on as it is; do the middleware's work on any other."""
        if request.path_info.startswith(API):
            answer: HttpResponseBase = self.get_response(request)
        else:
            answer = super().__call__(request)  # type: ignore[misc]  # of the class that follows
        return answer


class PagePolicyMiddleware(PagesOnly, CSPMiddleware):
    """Say which scripts and pictures a page may load."""


class PageSessionMiddleware(PagesOnly, SessionMiddleware):
    """Keep what belongs to one browser."""


class PageAuthenticationMiddleware(PagesOnly, AuthenticationMiddleware):
    """Find out which member of staff asks."""


class PageMessageMiddleware(PagesOnly, MessageMiddleware):
    """Carry a sentence to the next page."""
