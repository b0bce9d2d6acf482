"""The files of a checkpoint: their names and format, and whether they are whole, without loading a model."""

import json
from pathlib import Path
from typing import Any

FORMAT, FORMER = 4, 3  # what is written, and what is read as well
WEIGHTS, SETTINGS = "weights.safetensors", "model.json"
LENGTH_BYTES = 8  # at the start of a safetensors file: how long its header is


class CheckpointError(ValueError):
    """What was packed is missing, incomplete or of another format."""


def read_settings(folder: Path) -> dict[str, Any]:
    """Read the settings of a checkpoint of this format or the one before."""
    try:
        settings: dict[str, Any] = json.loads((folder / SETTINGS).read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder}: there is no readable {SETTINGS}: {error}") from error
    if settings.get("format") not in {FORMAT, FORMER}:
        raise CheckpointError(f"{folder}: format {settings.get('format')} is not {FORMAT}")
    return settings


def check_files(folder: Path) -> None:
    """Raise unless the files are of this format and whole; arrays are not read."""
    read_settings(folder)
    path = folder / WEIGHTS
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            arrays = json.loads(file.read(length))
        ends = [one["data_offsets"][1] for name, one in arrays.items() if name != "__metadata__"]
        expected, found = LENGTH_BYTES + length + max(ends, default=0), path.stat().st_size
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{folder}: the weights cannot be read: {error}") from error
    if found != expected:
        raise CheckpointError(f"{folder}: the weights have {found} bytes where {expected} were written")
