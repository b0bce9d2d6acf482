"""Keep model versions: add, promote, roll back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ratings.models import Study
from ratings.services.audit import record_act
from scoring.exceptions import ModelConflictError
from scoring.models import ModelState, ModelVersion, Representation, TrainingRun


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a version makes of one image."""

    image_id: UUID
    z: list[float]
    consensus: float
    variance: float


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a run trained, before it is saved."""

    encoder_key: str
    data_digest: str
    metrics: Mapping[str, Any]


@transaction.atomic
def add_candidate(*, run: TrainingRun, candidate: Candidate) -> ModelVersion:
    """Add the version that a run trained, in place of what an earlier, broken-off attempt left."""
    Study.objects.select_for_update().get(pk=run.study_id)  # guards the numbering
    ModelVersion.objects.filter(run=run, promoted_at__isnull=True).delete()
    highest = ModelVersion.objects.filter(study=run.study_id).aggregate(highest=Max("number"))["highest"] or 0
    return ModelVersion.objects.create(
        study=run.study,
        run=run,
        number=highest + 1,
        encoder_key=candidate.encoder_key,
        folder=f"{run.study.slug}-v{highest + 1}-{candidate.data_digest[:8]}",
        data_digest=candidate.data_digest,
        metrics=dict(candidate.metrics),
    )


def add_metrics(*, version: ModelVersion, metrics: Mapping[str, Any]) -> None:
    """Keep further figures with a version."""
    version.metrics = {**version.metrics, **metrics}
    version.save(update_fields=["metrics"])


def save_representations(*, version: ModelVersion, seen: Iterable[Seen]) -> None:
    """Keep what a version makes of images; images it has are left as they are."""
    Representation.objects.bulk_create(
        (
            Representation(
                model_version=version,
                image_id=row.image_id,
                z=row.z,
                consensus=row.consensus,
                variance=row.variance,
            )
            for row in seen
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )


@transaction.atomic
def promote(*, version: ModelVersion, actor: User | None) -> ModelVersion:
    """Make a version the one that serves; the one before is retired and can come back."""
    Study.objects.select_for_update().get(pk=version.study_id)  # guards the one live version
    version.refresh_from_db()
    if version.state == ModelState.LIVE:
        return version
    ModelVersion.objects.filter(study=version.study_id, state=ModelState.LIVE).update(state=ModelState.RETIRED)
    version.state = ModelState.LIVE
    version.promoted_at = timezone.now()
    version.save(update_fields=["state", "promoted_at"])
    record_act(action="promote", target=f"{version.study.slug} {version}", actor=actor)
    return version


@transaction.atomic
def roll_back(*, study: Study, actor: User | None) -> ModelVersion:
    """Bring back the version that served before the present one."""
    before = (
        ModelVersion.objects.filter(study=study, state=ModelState.RETIRED, promoted_at__isnull=False)
        .order_by("-promoted_at")
        .first()
    )
    if before is None:
        raise ModelConflictError(f"{study.title} has no earlier model to go back to.")
    record_act(action="roll-back", target=f"{study.slug} {before}", actor=actor)
    return promote(version=before, actor=actor)
