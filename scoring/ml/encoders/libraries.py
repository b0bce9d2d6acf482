"""Import the libraries of networks, without what they would load for nobody."""

import importlib
import sys
from typing import Any

from scoring.ml.encoders.torchvision_shim import make_torchvision_importable

UNWANTED = "wandb"  # timm loads it for summaries of its own training: a second and 66 MiB of each process


def import_library(name: str) -> Any:
    """Import timm or open_clip; raise ImportError as Python does."""
    make_torchvision_importable()
    if UNWANTED in sys.modules:
        return importlib.import_module(name)
    sys.modules[UNWANTED] = None  # type: ignore[assignment]  # Python's own word for: not to be imported
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[UNWANTED]
