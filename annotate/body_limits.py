"""Bodies that are too large for who sends them, come too slowly or break off are refused in words.

Large bodies are read only from who may send files: anybody else hears so before one is read.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from annotate.errors import bad_request_page, error_body
from annotate.request_bodies import CAME_TOO_SLOWLY, SlowBodyError, announced_bytes

ADMIN, API = "/admin/", "/api/"
SENTENCE = staff_gettext_lazy(
    "A body of more than {limit} MiB is taken here from staff who are signed in only: send less, or sign in."
)
MIB = 2**20


class BodyLimitMiddleware:
    """Refuse a large body by its announced length; after the middleware that finds out who asks, before any reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse."""
        if CAME_TOO_SLOWLY in request.META:
            return slow_refusal(request)
        if announced_bytes(request.META) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not may_send_files(request):
            return refusal(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that could not read all of a body."""
        if not isinstance(exception, UnreadablePostError):
            return None
        return slow_refusal(request) if isinstance(exception.__cause__, SlowBodyError) else broken_refusal(request)


def may_send_files(request: HttpRequest) -> bool:
    """Tell whether somebody who asks may have files to send.

    In the API that is who brings a token: a view looks at it before it reads, and takes what it takes.
    """
    if request.path_info.startswith(API):
        return "Authorization" in request.headers
    return request.path_info.startswith(ADMIN) and bool(request.user.is_staff)


def refusal(request: HttpRequest) -> HttpResponse:
    """Say why, in the form that the address has."""
    sentence = SENTENCE.format(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MIB)
    if request.path_info.startswith(API):
        body = error_body(code="too_large", message=sentence)
        return JsonResponse(body, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return HttpResponse(sentence, content_type="text/plain", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def slow_refusal(request: HttpRequest) -> HttpResponse:
    """Say that a body took too long, in the form that the address has."""
    if request.path_info.startswith(API):
        sentence = gettext("What you sent took too long to arrive: try again, perhaps over a faster connection.")
        body = error_body(code="too_slow", message=sentence)
        return JsonResponse(body, status=HTTPStatus.REQUEST_TIMEOUT)
    return render(request, "408.html", status=HTTPStatus.REQUEST_TIMEOUT)


def broken_refusal(request: HttpRequest) -> HttpResponse:
    """Answer whose body broke off; a client that is still there hears it."""
    if request.path_info.startswith(API):
        body = error_body(code="incomplete", message=gettext("Your request did not arrive complete"))
        return JsonResponse(body, status=HTTPStatus.BAD_REQUEST)
    return bad_request_page(request, UnreadablePostError())
