"""The Celery application: `celery -A annotate.celery worker`."""

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_after_setup,
    celeryd_init,
    heartbeat_sent,
    task_failure,
    worker_process_init,
)

from annotate import env, monitoring, workers

env.select_settings()


def report_errors(**_signal: object) -> None:
    """Begin before a worker prepares its tasks, which is when Sentry looks at them; the processes it forks go on."""
    monitoring.report_errors()


def send_traces(**_signal: object) -> None:
    """Begin in each process that does tasks: the thread that sends spans is not forked with it."""
    monitoring.send_traces(process="worker")


def monitor_beat(**_signal: object) -> None:
    """Begin in the process that sends what is due."""
    monitoring.report_errors()
    monitoring.send_traces(process="beat")


app = Celery("pamela")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
celeryd_after_setup.connect(workers.take_related_queues, weak=False)
heartbeat_sent.connect(workers.leave_signs, weak=False)
task_failure.connect(workers.note_failure, weak=False)
worker_process_init.connect(workers.warm_up, weak=False)
celeryd_init.connect(report_errors, weak=False)
worker_process_init.connect(send_traces, weak=False)
beat_init.connect(monitor_beat, weak=False)
