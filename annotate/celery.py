"""The Celery application: `celery -A annotate.celery worker`."""

from celery import Celery
from celery.signals import beat_init, celeryd_after_setup, heartbeat_sent, task_failure, worker_process_init

from annotate import env, workers
from annotate.monitoring import start_monitoring

env.select_settings()


def monitor_worker(**_signal: object) -> None:
    """Begin in each process that does tasks."""
    start_monitoring(process="worker")


def monitor_beat(**_signal: object) -> None:
    """Begin in the process that sends what is due."""
    start_monitoring(process="beat")


app = Celery("pamela")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
celeryd_after_setup.connect(workers.take_related_queues, weak=False)
heartbeat_sent.connect(workers.leave_signs, weak=False)
task_failure.connect(workers.note_failure, weak=False)
worker_process_init.connect(workers.warm_up, weak=False)
worker_process_init.connect(monitor_worker, weak=False)
beat_init.connect(monitor_beat, weak=False)
