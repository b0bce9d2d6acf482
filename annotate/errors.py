"""Domain errors become HTTP here and nowhere else."""

import logging
import math
from typing import Any

from django.conf import settings
from django.contrib.admin import site
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import Error as AnyDatabaseError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as staff_gettext
from rest_framework import exceptions, status
from rest_framework.response import Response

from ratings.exceptions import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, RecordError
from scoring.exceptions import ModelError
from scoring.server.errors import STATUS_OF_MODEL, RefusedError, refused

logger = logging.getLogger(__name__)

STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (NotFoundError, status.HTTP_404_NOT_FOUND),
    (NotAllowedError, status.HTTP_403_FORBIDDEN),
    (ConflictError, status.HTTP_409_CONFLICT),
    (InvalidInputError, status.HTTP_400_BAD_REQUEST),
    (RecordError, status.HTTP_400_BAD_REQUEST),
    *STATUS_OF_MODEL,
)

MINUTES_TO_SAY_HOURS = 90


def status_of(error: Exception) -> int:
    """Give the HTTP status of a domain error."""
    return next(code for kind, code in STATUS_OF if isinstance(error, kind))


def error_body(*, code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give the one shape that all errors have."""
    return {"code": code, "message": message, "fields": fields or {}}


def error_page(request: HttpRequest, error: Exception) -> HttpResponse:
    """Show a domain error as a page."""
    status_code = status_of(error)
    return render(request, f"{status_code}.html", {"message": str(error)}, status=status_code)


def bad_request_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show what Django refused to read."""
    message = ""
    if isinstance(exception, TooManyFilesSent):
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        message = gettext("Too many files at once (limit without JavaScript: {limit}). Pack them as a zip archive.")
        message = message.format(limit=limit)
    return render(request, "400.html", {"message": message}, status=status.HTTP_400_BAD_REQUEST)


def forbidden_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show whom to ask to somebody who works in the admin without the right, and to a rater how to go on."""
    member = getattr(request, "user", None)
    if member is None or not member.is_staff or not request.path.startswith(reverse("admin:index")):
        return render(request, "403.html", status=status.HTTP_403_FORBIDDEN)
    context = {**site.each_context(request), "title": staff_gettext("Not open to you"), "message": str(exception)}
    return render(request, "admin/403.html", context, status=status.HTTP_403_FORBIDDEN)


def wait_sentence(seconds: float | None) -> str:
    """Say that many requests came, and when the next one is taken."""
    minutes = max(1, math.ceil((seconds or 60) / 60))
    if minutes >= MINUTES_TO_SAY_HOURS:
        hours = math.ceil(minutes / 60)
        wait = ngettext("in {count} hour", "in {count} hours", hours).format(count=hours)
    else:
        wait = ngettext("in {count} minute", "in {count} minutes", minutes).format(count=minutes)
    sentence = gettext("Many requests came in a short time. Try again {wait}: what you filled in stays here.")
    return sentence.format(wait=wait)


def too_many_requests_page(request: HttpRequest, *, wait: float | None) -> HttpResponse:
    """Ask a visitor to slow down."""
    seconds = str(int(wait or 60) + 1)
    answer = render(request, "429.html", status=status.HTTP_429_TOO_MANY_REQUESTS)
    answer["Retry-After"] = seconds
    return answer


def unavailable_page(request: HttpRequest, error: AnyDatabaseError) -> HttpResponse:
    """Ask a visitor to come back in a moment: the database is away."""
    log_database_error(request.path, error)
    answer = render(request, "503.html", status=status.HTTP_503_SERVICE_UNAVAILABLE)
    answer["Retry-After"] = "5"
    return answer


def log_database_error(path: str, error: AnyDatabaseError) -> None:
    """Log in one line that the database was away, as every request finds meanwhile; else with the place in our code."""
    is_away = isinstance(error, OperationalError | InterfaceError)
    reason = " ".join(str(error).split())
    logger.error("The database did not answer %s: %s", path, reason, exc_info=None if is_away else error)


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into an answer; anything unknown is left to Django and is a bug."""
    if isinstance(error, RecordError | ModelError | RefusedError):
        return answer_domain_error(error)
    if isinstance(error, Http404):
        return Response(error_body(code="not_found", message=gettext("There is nothing here")), status=404)
    if isinstance(error, RequestDataTooBig):
        body = error_body(code="too_large", message=gettext("The body is too large: send fewer ratings at once."))
        return Response(body, status=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, AnyDatabaseError):
        log_database_error(context["request"].path, error)
        body = error_body(code="unavailable", message=gettext("The database does not answer: try again in a moment."))
        return Response(body, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": "2"})
    if isinstance(error, exceptions.APIException):
        return answer_framework_error(error)
    return None


def answer_domain_error(error: RecordError | ModelError | RefusedError) -> Response:
    """Give a domain error; one of a request for scores as the reward server gives it."""
    if isinstance(error, RecordError):
        return Response(domain_body(error), status=status_of(error))
    found = error if isinstance(error, RefusedError) else refused(error)
    return Response(found.body, status=found.status, headers=found.headers)


def answer_framework_error(error: exceptions.APIException) -> Response:
    """Give REST framework's own errors the same shape."""
    headers = {}
    wait, challenge = getattr(error, "wait", None), getattr(error, "auth_header", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, exceptions.ValidationError):
        return Response(invalid_body(error), status=error.status_code)
    if isinstance(error, exceptions.Throttled):
        body = error_body(code="throttled", message=wait_sentence(wait))
        return Response(body, status=error.status_code, headers=headers)
    code = error.get_codes()
    return Response(
        error_body(code=code if isinstance(code, str) else error.default_code, message=str(error.detail)),
        status=error.status_code,
        headers=headers,
    )


def domain_body(error: RecordError | ModelError) -> dict[str, Any]:
    """Put a domain error into the shape of all errors."""
    return error_body(code=error.code, message=error.message, fields=error.fields)


def invalid_body(error: exceptions.ValidationError) -> dict[str, Any]:
    """Say what was wrong with the input, the first field in the sentence and every field by name."""
    fields = flat_fields(error.detail)
    name, sentence = next(iter(fields.items()), ("", gettext("The request is not valid.")))
    return error_body(code="invalid", message=f"{name}: {sentence}" if name else sentence, fields=fields)


def refused_item(*, nonce: str | None, error: exceptions.ValidationError | RecordError) -> dict[str, Any]:
    """Say of one item of an outbox why it was not stored."""
    if isinstance(error, RecordError):
        return {"nonce": nonce, "status": status_of(error), "error": domain_body(error)}
    return {"nonce": nonce, "status": error.status_code, "error": invalid_body(error)}


def flat_fields(detail: Any, prefix: str = "") -> dict[str, str]:
    """Flatten nested field errors into `a.b` -> sentence."""
    if isinstance(detail, dict):
        pairs = [(f"{prefix}.{name}" if prefix else str(name), part) for name, part in detail.items()]
        return {key: text for name, part in pairs for key, text in flat_fields(part, name).items()}
    if isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        pairs = [(f"{prefix}.{place}" if prefix else str(place), part) for place, part in enumerate(detail) if part]
        return {key: text for name, part in pairs for key, text in flat_fields(part, name).items()}
    text = " ".join(str(part) for part in detail) if isinstance(detail, list) else str(detail)
    return {prefix.removesuffix(".non_field_errors"): text}
