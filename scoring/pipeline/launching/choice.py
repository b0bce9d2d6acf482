"""Choose by the settings where processes that train together run."""

import json
from pathlib import Path

from django.conf import settings

from ratings.stores.folders import training_store
from scoring.exceptions import LaunchError
from scoring.ml.network.distributed_training import HERE, Launcher
from scoring.pipeline.launching.cluster import ClusterApi
from scoring.pipeline.launching.jobset import JobSetLauncher


def chosen_launcher() -> Launcher:
    """Give the launcher that TRAINING_LAUNCHER names."""
    return HERE if settings.TRAINING_LAUNCHER == "local" else jobset_launcher()


def jobset_launcher() -> JobSetLauncher:
    """Read the description of the JobSet and where the cluster is."""
    path = Path(settings.TRAINING_JOBSET)
    try:
        template = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise LaunchError(f"TRAINING_JOBSET: {path} describes no JobSet: {error}") from error
    if not settings.KUBERNETES_API:
        raise LaunchError("KUBERNETES_API is not set, and this process runs in no cluster: name the API's address.")
    api = ClusterApi(address=settings.KUBERNETES_API, account=Path(settings.KUBERNETES_ACCOUNT))
    return JobSetLauncher(template=template, api=api, store=training_store())
