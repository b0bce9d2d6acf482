"""Train in the pods of a JobSet: hand the task over in the store, make the JobSet, follow it, take the network."""

import copy
import json
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratings.stores.folders import FolderStore
from scoring.exceptions import LaunchError
from scoring.ml.network.distributed_training import FEWEST_TO_SHARE
from scoring.pipeline.launching.cluster import ClusterApi
from scoring.pipeline.launching.node import NETWORK, SHARE, SHARE_FILE, TASK, handing_over, keep_files

logger = logging.getLogger(__name__)

LAUNCH = "pamela/launch"  # the annotation that tells our JobSet from another of its name
PORT = 29500  # where the pods meet
GPUS = "nvidia.com/gpu"
COMPLETED, FAILED = "Completed", "Failed"


@dataclass(frozen=True, kw_only=True)
class JobSetLauncher:
    """Launches in a cluster; the template says how many pods there are, of which image, and what each may use."""

    template: dict[str, Any]
    api: ClusterApi
    store: FolderStore
    fewest_ratings: int = FEWEST_TO_SHARE
    seconds: float = 5.0  # between two looks at the JobSet

    def processes_for(self, ratings: int) -> int:
        """Count the GPUs of all pods, or the pods where they have none, if there is enough to do."""
        return self._nodes() * self._processes_each() if ratings >= self.fewest_ratings else 1

    def launch(self, folder: Path, processes: int, tell: Callable[[float], None]) -> None:
        """Do it once: a JobSet that fails is not made again, and stays for an hour, so that its logs can be read."""
        described = self._nodes() * self._processes_each()
        if processes != described:
            raise LaunchError(f"The JobSet is described for {described} processes, not for {processes}.")
        launch = secrets.token_hex(6)
        name = f"{self.template['metadata']['name']}-{launch}"
        is_failed = False
        try:
            with handing_over(name):
                keep_files(self.store, f"{name}/{TASK}", sorted(folder.iterdir()))
            self.create_jobset(name, launch)
            is_failed = self._has_failed(name, tell)
            if is_failed:
                raise LaunchError(self._failure(name))
            with handing_over(name):
                self.store.fetch(f"{name}/{NETWORK}", target=folder)
        finally:
            self.delete_leftovers(name, launch, is_kept=is_failed)

    def create_jobset(self, name: str, launch: str) -> None:
        """Make the JobSet; where there is one, it is ours if an answer was lost, and else in the way."""
        if not self.api.create(self._manifest(name, launch)) and not self._is_ours(name, launch):
            raise LaunchError(f"There is another JobSet called {name}: nothing was started.")

    def _is_ours(self, name: str, launch: str) -> bool:
        found = self.api.find(name) or {}
        return bool(found.get("metadata", {}).get("annotations", {}).get(LAUNCH) == launch)

    def _has_failed(self, name: str, tell: Callable[[float], None]) -> bool:
        """Look until the JobSet has ended; tell whether it failed."""
        share = 0.0
        while True:
            found = self.api.find(name)
            if found is None:
                raise LaunchError(f"The JobSet {name} was deleted before it had ended.")
            ended = end_of(found)
            if ended:
                return ended == FAILED
            with (
                suppress(OSError, ValueError),
                self.store.open_file(f"{name}/{SHARE}/{SHARE_FILE}") as file,
            ):  # none yet
                share = float(json.load(file))
            tell(share)
            time.sleep(self.seconds)

    def _failure(self, name: str) -> str:
        found = self.api.find(name) or {}
        why = next((one.get("message", "") for one in conditions(found) if one.get("type") == FAILED), "")
        return f"The JobSet {name} failed: {why} `kubectl logs -l jobset.sigs.k8s.io/jobset-name={name}` has the rest."

    def delete_leftovers(self, name: str, launch: str, *, is_kept: bool) -> None:
        """Delete what this launch has made; what cannot be deleted now is said, and stops nothing.

        A JobSet that is left behind ends at its deadline, and is deleted by the cluster an hour after its end.
        """
        try:
            self.store.remove(name)
        except OSError as error:
            logger.warning("The files of %s are left behind: %s", name, error)
        try:
            if not is_kept and self._is_ours(name, launch):
                self.api.delete(name)
        except LaunchError as error:
            logger.warning("The JobSet %s may be left behind: %s", name, error)

    def _manifest(self, name: str, launch: str) -> dict[str, Any]:
        """Fill the template in: the name, and for each pod what it is to do and where all meet."""
        made = copy.deepcopy(self.template)
        metadata = made["metadata"]
        metadata["name"] = name
        metadata["annotations"] = {**metadata.get("annotations", {}), LAUNCH: launch}
        (job,) = made["spec"]["replicatedJobs"]
        subdomain = made["spec"].get("network", {}).get("subdomain", name)
        (container,) = job["template"]["spec"]["template"]["spec"]["containers"]
        container["args"] = [
            *(name, "--nodes", str(self._nodes()), "--processes", str(self._processes_each())),
            *("--first", f"{name}-{job['name']}-0-0.{subdomain}:{PORT}"),
            *("--index", "$(JOB_COMPLETION_INDEX)", "--address", "$(POD_IP)"),  # the kubelet fills these in
        ]
        return made

    def _job(self) -> dict[str, Any]:
        (job,) = self.template["spec"]["replicatedJobs"]
        found: dict[str, Any] = job["template"]["spec"]
        return found

    def _nodes(self) -> int:
        return int(self._job()["completions"])

    def _processes_each(self) -> int:
        (container,) = self._job()["template"]["spec"]["containers"]
        return int(container.get("resources", {}).get("limits", {}).get(GPUS, 1))


def conditions(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what the controller has said of a JobSet."""
    return list(found.get("status", {}).get("conditions", ()))


def end_of(found: dict[str, Any]) -> str:
    """Give how a JobSet has ended, or nothing while it goes on, waits, or is suspended."""
    ended = [one["type"] for one in conditions(found) if one["status"] == "True" and one["type"] in {COMPLETED, FAILED}]
    return str(found.get("status", {}).get("terminalState") or next(iter(ended), ""))
