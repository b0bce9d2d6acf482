"""The Celery application: `celery -A annotate.celery worker`."""

from celery import Celery
from celery.signals import celeryd_after_setup, heartbeat_sent, task_failure, worker_process_init

from annotate import env, workers

env.select_settings()

app = Celery("pamela")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
celeryd_after_setup.connect(workers.take_related_queues, weak=False)
heartbeat_sent.connect(workers.leave_signs, weak=False)
task_failure.connect(workers.note_failure, weak=False)
worker_process_init.connect(workers.warm_up, weak=False)
