"""Whether the files of model versions are there, on the disk or in the bucket, without loading a model."""

import logging

from ratings.exceptions import StorageFailedError
from ratings.sentences import staff_gettext
from ratings.stores.folders import checkpoint_store
from scoring.checkpoint_files import CheckpointError, check_files, check_listed
from scoring.exceptions import ModelUnreadableError
from scoring.models import ModelState, ModelVersion

logger = logging.getLogger(__name__)


def check_checkpoint(*, version: ModelVersion) -> None:
    """Raise CheckpointError unless a version's files are there and whole; another error where the bucket is away."""
    store = checkpoint_store()
    folder = store.local_path(version.folder)
    if folder is not None:
        check_files(folder)
        return
    try:
        sizes = store.sizes(version.folder)
    except OSError as error:
        raise StorageFailedError(
            staff_gettext("The files of model {version} cannot be looked for ({error}): try again.").format(
                version=version, error=error
            )
        ) from error
    check_listed(version.checkpoint, sizes=sizes)


def has_checkpoint(*, version: ModelVersion) -> bool:
    """Tell whether a version's files are there and whole."""
    try:
        check_checkpoint(version=version)
    except CheckpointError:  # which is the answer
        return False
    return True


def require_checkpoint(*, version: ModelVersion) -> None:
    """Raise unless a version's files can be read, and say why."""
    try:
        check_checkpoint(version=version)
    except CheckpointError as error:
        raise unreadable(version=version) from error


def unreadable(*, version: ModelVersion) -> ModelUnreadableError:
    """Say that a version's files cannot be read, and what to do."""
    return ModelUnreadableError(
        staff_gettext(
            "The files of model {version} of {slug} cannot be read: retrain the study, or restore the folder "
            "{folder} from a backup."
        ).format(version=version, slug=f"{version.study.slug!r}", folder=version.folder)
    )


def live_versions_without_files() -> list[ModelVersion]:
    """Give the versions that should serve and have no files to do so with; none where the bucket does not say.

    Those of archived studies serve nobody.
    """
    live = (
        ModelVersion.objects.filter(state=ModelState.LIVE, study__archived_at__isnull=True)
        .select_related("study")
        .defer("metrics")
    )
    try:
        return [version for version in live if not has_checkpoint(version=version)]
    except StorageFailedError as error:
        logger.warning("Whether the files of live models are there is not known: %s", error)
        return []


def is_lost(*, version: ModelVersion) -> bool:
    """Tell whether a version should serve, and its files are gone or cut short; a bucket that is away says no such."""
    try:
        return version.state == ModelState.LIVE and not has_checkpoint(version=version)
    except StorageFailedError as error:
        logger.warning("Whether the files of model %s are there is not known: %s", version, error)
        return False
