"""Make torchvision importable beside a torch build that lacks its compiled operators.

The CPU wheel of torch can meet a torchvision whose compiled operators are absent; torchvision then
refuses to import because it registers meta kernels for `nms` and `qnms`. Declaring their schemas
first is enough for timm and open_clip, which call neither. Where the operators exist, nothing is
declared.
"""

import importlib.util
from functools import cache
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def make_torchvision_importable() -> None:
    """Declare missing operator schemas once; call before importing timm or open_clip."""
    if _has_compiled_operators():
        return
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        try:
            library.define(name + _SCHEMA)  # type: ignore[no-untyped-call]
        except RuntimeError:  # declared elsewhere in this process
            continue
    _KEPT.append(library)


_KEPT: list[torch.library.Library] = []  # a collected library takes its declarations with it


def _has_compiled_operators() -> bool:
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return True
    binaries = list(Path(found.origin).parent.glob("_C*.so"))
    if not binaries:
        return False
    try:
        torch.ops.load_library(str(binaries[0]))  # type: ignore[no-untyped-call]
    except OSError:  # built for another torch, so the operators are missing
        return False
    return hasattr(torch.ops.torchvision, "nms")
