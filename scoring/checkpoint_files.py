"""The files of a checkpoint: their names and format, and whether they are whole, without loading a model."""

import hashlib
import json
from collections.abc import Mapping
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
        settings = json.loads((folder / SETTINGS).read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder}: there is no readable {SETTINGS}: {error}") from error
    found = settings.get("format") if isinstance(settings, dict) else None
    if not is_known_format(found):
        raise CheckpointError(f"{folder}: format {found} is not {FORMAT}")
    return dict(settings)


def is_known_format(found: Any) -> bool:
    """Tell whether files of a format are read; what another version wrote may be anything."""
    return found in (FORMAT, FORMER)


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


def describe_files(folder: Path) -> dict[str, Any]:
    """Give the format of a checkpoint that was just written, and the length and SHA-256 of each of its files."""
    files = {}
    for name in (SETTINGS, WEIGHTS):
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[name] = {"bytes": (folder / name).stat().st_size, "sha256": digest}
    return {"format": FORMAT, "files": files}


def digest_of(described: Mapping[str, Any]) -> str:
    """Give the SHA-256 that names a model, of the digests of its files; nothing for one that was never described."""
    files = described.get("files", {})
    if not {SETTINGS, WEIGHTS} <= files.keys():
        return ""
    lines = "".join(f"{name} {files[name]['sha256']}\n" for name in (SETTINGS, WEIGHTS))
    return hashlib.sha256(lines.encode()).hexdigest()


def check_listed(described: Mapping[str, Any], *, sizes: Mapping[str, int]) -> None:
    """Raise unless files that lie elsewhere are of this format and as long as they were described.

    Of a checkpoint that was never described it is known only whether its files are there.
    """
    if not is_known_format(described.get("format", FORMAT)):
        raise CheckpointError(f"format {described['format']} is not {FORMAT}")
    for name in (SETTINGS, WEIGHTS):
        if name not in sizes:
            raise CheckpointError(f"there is no {name}")
        expected = described.get("files", {}).get(name, {}).get("bytes", sizes[name])
        if sizes[name] != expected:
            raise CheckpointError(f"{name} has {sizes[name]} bytes where {expected} were written")


def check_digests(folder: Path, described: Mapping[str, Any]) -> None:
    """Raise unless a copy of a checkpoint is the one that was described, byte for byte."""
    for name, expected in described.get("files", {}).items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected["sha256"]:
            raise CheckpointError(f"the copy of {name} differs from what was written: its SHA-256 is {found}")
