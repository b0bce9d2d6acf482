"""Searches for pictures that somebody likes: asked for, resumed and cancelled here, done by workers."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.selectors.named_raters import access_participation_by_name
from ratings.tasks import queue_job
from scoring.generators.registry import check_generator
from scoring.models import SteeringMode, SteeringRun
from scoring.services.steering import SteeringOrder, cancel_steering, request_batch, resume_steering
from scoring.writers.registry import build_writer

__all__ = ["cancel_steering", "request_searches", "resume_search"]


@transaction.atomic
def request_searches(
    *,
    study: Study,
    raters: Sequence[str],
    modes: Sequence[str],
    terms: Mapping[str, Any],
    actor: User | None,
) -> list[SteeringRun]:
    """Ask for a search for each rater and mode, all of one batch, and hand them to workers.

    `terms` are the fields of `SteeringOrder` that all share: prompt, generator, writer, iterations, variants, seed. In
    the mode *other* the worker finds the rater whose taste is furthest: that takes the model.
    """
    check_generator(terms["generator"], settings.GENERATOR_SETTINGS)
    build_writer(terms["writer"], settings.WRITER_SETTINGS)
    batch = uuid.uuid4()
    orders = [
        SteeringOrder(participation=participation, mode=mode, batch=batch, **terms)
        for participation in (access_participation_by_name(study=study, name=name) for name in raters)
        for mode in map(SteeringMode, modes)
    ]
    runs = request_batch(orders=orders, requested_by=actor)
    for run in runs:
        queue_job(run)
    return runs


@transaction.atomic
def resume_search(*, run: SteeringRun, actor: User | None) -> None:
    """Hand a search to a worker again that ended early."""
    resume_steering(run=run, actor=actor)
    queue_job(run)
