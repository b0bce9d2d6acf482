"""One machine's part in training a network together: take the task from the store, and put the network there."""

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ratings.stores.folders import FolderStore
from scoring.exceptions import LaunchError
from scoring.ml.network.distributed_training import DistributedTrainingError, NodePlace, run_node

__all__ = ["NodePlace", "train_node"]  # what the command names; it does not reach the model code itself

logger = logging.getLogger(__name__)

TASK, NETWORK, SHARE = "task", "network", "share"  # the folders of one training in the store
SHARE_FILE = "done.json"


def train_node(*, store: FolderStore, place: NodePlace, processes: int) -> bool:
    """Train to the end with the other machines; tell whether this one had the network to put into the store."""

    def tell(share: float) -> None:
        try:
            keep_share(store, place.meeting, share)
        except OSError as error:  # only who waits would have read it
            logger.warning("The progress could not be stored: %s", error)

    with tempfile.TemporaryDirectory(prefix="pamela-training-") as name:
        folder = Path(name)
        with handing_over(place.meeting):
            store.fetch(f"{place.meeting}/{TASK}", target=folder)
        try:
            has_network = run_node(folder, place, processes, tell)
        except DistributedTrainingError as error:
            raise LaunchError(str(error)) from error
        if has_network:
            with handing_over(place.meeting):
                keep_files(store, f"{place.meeting}/{NETWORK}", sorted(folder.glob("network.*")))
    return has_network


@contextmanager
def handing_over(name: str) -> Iterator[None]:
    """Say in a sentence why the store does not take or give the files of a training."""
    try:
        yield
    except OSError as error:
        raise LaunchError(f"The files of {name} cannot be handed over: {error}") from error


def keep_files(store: FolderStore, name: str, files: Sequence[Path]) -> None:
    """Put files under a name of the store, whole."""
    with store.draft(name) as draft:
        whole = draft / "whole"
        whole.mkdir()
        for file in files:
            shutil.copyfile(file, whole / file.name)
        store.keep(whole, name=name, last=files[-1].name)


def keep_share(store: FolderStore, meeting: str, share: float) -> None:
    """Put the share done where who waits for the network looks."""
    with tempfile.TemporaryDirectory(prefix="pamela-share-") as name:
        file = Path(name) / SHARE_FILE
        file.write_text(json.dumps(share))
        keep_files(store, f"{meeting}/{SHARE}", [file])
