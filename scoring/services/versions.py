"""Keep model versions: add, promote, roll back."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from ratings.models import Study
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.entries import claim_redescribed
from scoring.exceptions import ModelConflictError
from scoring.metrics import NOT_MEASURED, DividingImage, VersionMetrics
from scoring.models import ModelState, ModelVersion, Representation, TrainingRun
from scoring.selectors.checkpoints import require_checkpoint
from scoring.selectors.overview import version_before


@dataclass(frozen=True, kw_only=True)
class SeenImage:
    """What a version makes of one image."""

    image_id: UUID
    z: list[float]
    consensus: float
    variance: float


@dataclass(frozen=True, kw_only=True)
class VersionCandidate:
    """What a run trained, before it is saved."""

    encoder_key: str
    data_digest: str
    metrics: VersionMetrics = NOT_MEASURED


def add_candidate(
    *, run: TrainingRun, candidate: VersionCandidate, save: Callable[[ModelVersion], None]
) -> ModelVersion:
    """Have the files of the version that a run trained written, then add its row: there is none without files.

    It takes the place of what an earlier, broken-off attempt of the run left.
    """
    version = new_version(run=run, candidate=candidate)
    save(version)
    try:
        with transaction.atomic():
            ModelVersion.objects.filter(run=run, promoted_at__isnull=True).delete()
            version.save()
    except IntegrityError as error:
        raise ModelConflictError(
            staff_gettext("{title} has another {version} by now: train again.").format(
                title=run.study.title, version=version
            )
        ) from error
    return version


def new_version(*, run: TrainingRun, candidate: VersionCandidate) -> ModelVersion:
    """Give a version that is about to be added its number and folder."""
    others = ModelVersion.objects.filter(study=run.study_id).exclude(run=run, promoted_at__isnull=True)
    number = (others.aggregate(highest=Max("number"))["highest"] or 0) + 1
    return ModelVersion(
        study=run.study,
        run=run,
        number=number,
        encoder_key=candidate.encoder_key,
        folder=f"{run.study.slug}-v{number}-{candidate.data_digest[:8]}",
        data_digest=candidate.data_digest,
        metrics=candidate.metrics.as_json(),
        created_at=timezone.now(),
    )


def add_dividing_images(*, version: ModelVersion, images: Iterable[DividingImage]) -> None:
    """Keep the images that divide raters most with a version."""
    version.metrics = replace(version.measured, dividing=tuple(images)).as_json()
    version.save(update_fields=["metrics"])


def save_representations(*, version: ModelVersion, seen: Iterable[SeenImage]) -> None:
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
def forget_redescribed(*, limit: int) -> int:
    """Let versions see images again whose description changed, in the image's study or in one that teaches their model.

    Give how many such entries there were.
    """
    entries = claim_redescribed(limit=limit)
    images: defaultdict[int, set[UUID]] = defaultdict(set)
    for entry in entries:
        images[entry.study_id].add(entry.image_id)
        if entry.study.taste_from_id is not None:
            images[entry.study.taste_from_id].add(entry.image_id)
    for study, changed in images.items():
        Representation.objects.filter(model_version__study=study, image__in=changed).delete()
    return len(entries)


@transaction.atomic
def promote(*, version: ModelVersion, actor: User | None) -> ModelVersion:
    """Make a version the one that serves, if its files can be read; the one before is retired and can come back."""
    require_checkpoint(version=version)
    Study.objects.select_for_update().get(pk=version.study_id)  # guards the one live version
    version.refresh_from_db()
    if version.state == ModelState.LIVE:
        return version
    ModelVersion.objects.filter(study=version.study_id, state=ModelState.LIVE).update(state=ModelState.RETIRED)
    version.state = ModelState.LIVE
    version.promoted_at = timezone.now()
    version.save(update_fields=["state", "promoted_at"])
    log_action(action="promote", target=version.name_in_log, actor=actor)
    return version


@transaction.atomic
def roll_back(*, study: Study, actor: User | None) -> ModelVersion:
    """Bring back the last version that served before the present one and can still be read."""
    before = version_before(study_id=study.pk)
    if before is None:
        raise ModelConflictError(staff_gettext("{title} has no earlier model to go back to.").format(title=study.title))
    log_action(action="roll-back", target=f"{study.slug} {before}", actor=actor)
    return promote(version=before, actor=actor)
