"""A worker's application like any other, that also knows a task whose jobs end it."""

import os
import signal
from typing import Any

from django.apps import apps

from annotate.celery import app

TASK = "annotate.tests.deadly.run_deadly_job"
FAILING = "annotate.tests.deadly.fail"


@app.task(name=TASK)
def run_deadly_job(kind: str, job_id: int) -> None:
    """Do a job whose own input says how it ends its worker."""
    from ratings.services.jobs.work import do_job  # models, which are there only once Django is set up

    do_job(kind=apps.get_model(kind), job_id=job_id, runner=end_as_asked)


@app.task(name=FAILING)
def fail(reason: str) -> None:
    """Fail as asked."""
    raise RuntimeError(reason)


def end_as_asked(job: Any, report: Any) -> None:
    """End the worker, or the job, in the way that the job names."""
    way = job.options["way"] if hasattr(job, "options") else job.reason
    report(f"about to {way}", 0.5)
    if way == "exit":
        os._exit(9)
    if way == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if way == "run out of memory":
        raise MemoryError
    raise ValueError(way)
