"""Log lines as JSON with the request and the rater that they are about, and queries that took long."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")  # of a proxy in front, taken over where it is harmless in a line
LONGEST_SQL = 500

current: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class RequestIdMiddleware:
    """Give each request an id that its log lines and its answer name; where lines are JSON or errors are reported."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and name the id."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["PAMELA_REQUEST_ID"] = request_id
        current.set(request)  # until the request is finished: Django logs a refusal after the last middleware
        answer = self.get_response(request)
        answer.headers["X-Request-ID"] = request_id
        return answer


def forget_request(**_signal: object) -> None:
    """Let later lines of this thread name no request that is over."""
    current.set(None)


class JsonFormatter(logging.Formatter):
    """Writes a line as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **request_facts(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def request_facts() -> dict[str, str]:
    """Give the id of the request that is answered, and the pseudonym of the rater who asks, as dumps name them."""
    request = current.get()
    if request is None:
        return {}
    from ratings.models import Rater  # models, which are there only once Django is set up
    from ratings.selectors.named_raters import pseudonym

    asker: Any = request.__dict__.get("user")  # as the API found out; a page's is looked up only where it is used
    facts = {"request": request.META["PAMELA_REQUEST_ID"]}
    return {**facts, "rater": pseudonym(rater=str(asker.pk))} if type(asker) is Rater else facts


def log_slow_queries(*, connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Have a new connection log what takes longer than `SLOW_QUERY_MS`."""
    if settings.SLOW_QUERY_MS and log_if_slow not in connection.execute_wrappers:
        connection.execute_wrappers.append(log_if_slow)


def log_if_slow(execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any) -> Any:
    """Run a query, and log one that took long, without its values."""
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        took = (time.perf_counter() - started) * 1000
        if took >= settings.SLOW_QUERY_MS:
            logger.warning("A query took %.0f ms: %s", took, " ".join(str(sql).split())[:LONGEST_SQL])
