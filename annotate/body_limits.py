"""Large bodies are read only from who may send files: anybody else hears so before one is read."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from annotate.request_bodies import announced_bytes

ADMIN, API = "/admin/", "/api/"
SENTENCE = "A body of more than {limit} MiB is taken here from staff who are signed in only: send less, or sign in."
MIB = 2**20


class BodyLimitMiddleware:
    """Refuse a large body by its announced length; after the middleware that finds out who asks, before any reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse."""
        if announced_bytes(request.META) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not may_send_files(request):
            return refusal(request)
        return self.get_response(request)


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
        body = {"code": "too_large", "message": sentence, "fields": {}}
        return JsonResponse(body, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return HttpResponse(sentence, content_type="text/plain", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
