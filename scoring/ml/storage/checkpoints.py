"""Save and load a reward model: safetensors for arrays, JSON for the rest, never pickle."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from scoring.checkpoint_files import FORMAT, SETTINGS, WEIGHTS, CheckpointError, read_settings
from scoring.ml.features.feature_map import Block, FeatureMap
from scoring.ml.features.similarity import Kernel, Likeness
from scoring.ml.linear.backbone import Consensus, Impression, LinearBackbone, Projection, Regression, SeenImages
from scoring.ml.reward import RewardModel
from scoring.ml.storage.former_format import upgraded
from scoring.ml.storage.serialization import pack, unpack
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.posterior import TastePosterior

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Block,
        FeatureMap,
        Projection,
        Regression,
        Impression,
        Kernel,
        Likeness,
        SeenImages,
        Consensus,
        LinearBackbone,
        TasteHead,
        TastePosterior,
        RewardModel,
    )
}
__all__ = ["CheckpointError", "load_model", "read_card", "save_model", "software_versions"]
_SOFTWARE = ("torch", "numpy", "scipy", "timm", "open_clip_torch", "safetensors")


def save_model(model: RewardModel, path: Path, *, card: Mapping[str, Any]) -> None:
    """Write the directory beside its place, then rename: it is whole or absent; OSError where the disk is full."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    tree = pack(model, "model", arrays)
    settings = {
        "format": FORMAT,
        "encoder_key": model.encoder_key,
        "software": software_versions(),
        "card": dict(card),
        "model": tree,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        save_file(arrays, str(draft / WEIGHTS))
        (draft / SETTINGS).write_text(json.dumps(settings, indent=1, allow_nan=False))
        draft.chmod(0o755)
        if path.exists():
            shutil.rmtree(path)
        draft.replace(path)
    except SafetensorError as error:  # which hides what the disk said
        shutil.rmtree(draft, ignore_errors=True)
        raise OSError(str(error)) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def load_model(path: Path) -> RewardModel:
    """Load strictly: every array is used, none is missing."""
    settings = read_settings(path)
    try:
        arrays = load_file(str(path / WEIGHTS))
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path}: the weights cannot be read: {error}") from error
    tree = settings.get("model")
    try:
        model = unpack(tree if settings["format"] == FORMAT else upgraded(tree, arrays), arrays, _KINDS)
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # another version's parts
        raise CheckpointError(f"{path}: holds what this version does not know: {error}") from error
    if arrays or not isinstance(model, RewardModel):
        raise CheckpointError(f"{path}: holds what this version does not know: {sorted(arrays)[:3]}")
    return model


def read_card(path: Path) -> dict[str, Any]:
    """Return the model card: data digest, settings, metrics, as saved."""
    settings = read_settings(path)
    return {**settings["card"], **{key: settings[key] for key in ("encoder_key", "software")}}


def software_versions() -> dict[str, str]:
    """Return the versions that a checkpoint was made with."""
    found = {}
    for name in _SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an optional encoder is not installed
            continue
    return found
