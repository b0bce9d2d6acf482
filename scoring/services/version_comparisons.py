"""Ask for two model versions to be measured against each other, and keep what was found."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from ratings.sentences import staff_gettext
from ratings.services.jobs.lifecycle import settle_job
from scoring.exceptions import ModelConflictError
from scoring.metrics import ComparedFigures
from scoring.models import ModelVersion, VersionComparison
from scoring.selectors.checkpoints import require_checkpoint


def request_comparison(*, version: ModelVersion, other: ModelVersion, requested_by: User | None) -> VersionComparison:
    """Make the row of a comparison of two versions of one study that can be read; one of each pair at a time."""
    if version.study_id != other.study_id or version.pk == other.pk:
        raise ModelConflictError(staff_gettext("Name two different versions of one study."))
    older, newer = sorted((version, other), key=lambda one: one.number)
    if any(one.measured.choices is not None for one in (older, newer)):
        raise ModelConflictError(
            staff_gettext(
                "Versions are measured against each other on ratings, and one of these learned from choices: its page "
                "says how it stands beside the version that was live before it."
            )
        )
    for one in (older, newer):
        require_checkpoint(version=one)
    try:
        with transaction.atomic():
            return VersionComparison.objects.create(
                study_id=newer.study_id, newer=newer, older=older, requested_by=requested_by
            )
    except IntegrityError as error:
        raise ModelConflictError(
            staff_gettext("{newer} and {older} are being measured already: wait for it.").format(
                newer=newer, older=older
            )
        ) from error


@transaction.atomic
def save_comparison(*, comparison: VersionComparison, figures: ComparedFigures) -> None:
    """Keep what was found, in place of what was found of the same two before."""
    settle_job(job=comparison, stage="", figures=figures.as_json())
    same = VersionComparison.objects.filter(newer=comparison.newer_id, older=comparison.older_id)
    same.filter(pk__lt=comparison.pk).delete()
