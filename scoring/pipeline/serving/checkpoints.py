"""Write checkpoints to their store, and have those of a bucket on this machine's disk: copied once, then kept."""

import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from ratings.stores.folders import checkpoint_store
from scoring.checkpoint_files import SETTINGS, CheckpointError, check_digests, describe_files
from scoring.ml.reward import RewardModel
from scoring.ml.storage.checkpoints import save_model
from scoring.models import ModelVersion
from scoring.selectors.cards import model_card

MOST_CACHED = 32  # checkpoints; the one that was not asked for the longest goes first


def save_checkpoint(*, model: RewardModel, version: ModelVersion) -> None:
    """Put a version's files in their place, whole, and describe them in its row, which is not saved here."""
    store = checkpoint_store()
    with store.draft(version.folder) as draft:
        whole = draft / "checkpoint"
        save_model(model, whole, card=model_card(version=version))
        version.checkpoint = describe_files(whole)
        store.keep(whole, name=version.folder, last=SETTINGS)


def local_checkpoint(*, version: ModelVersion) -> Path:
    """Give the folder of a version's files on this machine, copied here first where they lie in a bucket.

    A copy is named after its content: another one under the same name is never taken for it.
    """
    folder = checkpoint_store().local_path(version.folder)
    if folder is not None:
        return folder
    copy = Path(settings.CHECKPOINTS_CACHE_DIR) / copy_name(version=version)
    if copy.is_dir():
        os.utime(copy)  # asked for just now
    else:
        fetch_checkpoint(version=version, copy=copy)
    return copy


def copy_name(*, version: ModelVersion) -> str:
    """Name a copy by the digests of its files; one whose files were never described, by its folder."""
    files = version.checkpoint.get("files", {})
    return "-".join(files[name]["sha256"][:32] for name in sorted(files)) or version.folder


def fetch_checkpoint(*, version: ModelVersion, copy: Path) -> None:
    """Copy a version's files from the bucket and check them; the copy is whole or not there."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=copy.parent))
    try:
        checkpoint_store().fetch(version.folder, target=draft)
        check_digests(draft, version.checkpoint)
        draft.replace(copy)
    except OSError as error:
        if not copy.is_dir():  # another process was not first, either
            raise CheckpointError(f"{version.folder}: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    drop_oldest(copy.parent)


def drop_oldest(folder: Path) -> None:
    """Keep so many copies and no more."""
    copies = sorted((one for one in folder.iterdir() if not one.name.startswith(".")), key=asked_at, reverse=True)
    for old in copies[MOST_CACHED:]:
        shutil.rmtree(old, ignore_errors=True)


def asked_at(copy: Path) -> float:
    """Give when a copy was last asked for; one that another process has just dropped, never."""
    return copy.stat().st_mtime if copy.is_dir() else 0.0
