"""Tell whether the parts of the service are up."""

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import KombuError

from annotate.celery import app
from annotate.queue_states import queues_without_workers
from ratings.values.queues import QUEUES

BROKER_TIMEOUT = 1  # seconds


def database_fault() -> str:
    """Say what is wrong with the database, nothing if it answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return f"{type(error).__name__}"
    return ""


def broker_fault() -> str:
    """Say what is wrong with the broker, nothing if it answers."""
    try:
        with app.connection_for_write(connect_timeout=BROKER_TIMEOUT) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT)
    except (KombuError, OSError) as error:
        return f"{type(error).__name__}"
    return ""


CHECKS: dict[str, Callable[[], str]] = {"database": database_fault, "broker": broker_fault}


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer 200 when all parts are up, 503 with the name of each that is not."""
    faults = {name: check() for name, check in CHECKS.items()}
    parts = {"web": "up"} | {name: f"down: {fault}" if fault else "up" for name, fault in faults.items()}
    return JsonResponse(parts, status=503 if any(faults.values()) else 200)


@never_cache
def livez(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer 200 as long as this process answers at all: what starts processes again asks this."""
    return JsonResponse({"web": "up"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when raters can be served, which takes the database alone: they rate on without broker and workers.

    Who needs more names it: `?needs=steer,train` also answers 503 while no worker of such a queue is seen.
    """
    needed = [queue for queue in request.GET.get("needs", "").split(",") if queue]
    if unknown := sorted(set(needed) - set(QUEUES)):
        message = f"There is no queue {unknown[0]!r}: name some of {', '.join(QUEUES)}."
        return JsonResponse({"code": "unknown_queue", "message": message, "fields": {}}, status=400)
    fault = database_fault()
    parts = {"database": f"down: {fault}" if fault else "up"}
    if needed and not fault:
        silent = dict(queues_without_workers())
        parts |= {f"queue {queue}": "down: no worker" if queue in silent else "up" for queue in needed}
    is_ready = all(state == "up" for state in parts.values())
    return JsonResponse({"web": "up"} | parts, status=200 if is_ready else 503)
