"""Read checkpoints of the format before: their models serve on until one of today's is trained."""

from typing import Any

import numpy as np

from scoring.checkpoint_files import CheckpointError

_Arrays = dict[str, np.ndarray[Any, Any]]


def upgraded(tree: Any, arrays: _Arrays) -> dict[str, Any]:
    """Turn a packed model of format 3 into one of today's that predicts the same; new arrays go among the others.

    It had no likeness, knew nothing of directions of what is unknown, and one factor for the width of all intervals.
    A model on a network is left as it is: its kind is no longer known, and loading it says so.
    """
    try:
        return _upgraded(tree, arrays)
    except (LookupError, TypeError, ValueError) as error:
        raise CheckpointError(f"the model of the format before cannot be read: {error}") from error


def _upgraded(tree: dict[str, Any], arrays: _Arrays) -> dict[str, Any]:
    fields, head = dict(tree["fields"]), dict(tree["fields"]["head"]["fields"])
    head["widths"] = {"tuple": [{"tuple": [0, head.pop("calibration", 1.0)]}]}
    fields["head"] = {"kind": "TasteHead", "fields": head}
    if fields["backbone"]["kind"] == "LinearBackbone":
        backbone = dict(fields["backbone"]["fields"])
        none = {"axes": np.zeros((0, 0)), "anchors": np.zeros((0, 0))}
        backbone["likeness"] = _packed("Likeness", none, arrays, {"kernels": {"tuple": []}})
        backbone["consensus"] = _consensus(backbone["consensus"]["fields"], arrays)
        fields["backbone"] = {"kind": "LinearBackbone", "fields": backbone}
    return {**tree, "fields": fields}


def _consensus(impression: dict[str, Any], arrays: _Arrays) -> dict[str, Any]:
    width = len(arrays[impression["regression"]["fields"]["weights"]["array"]])
    seen = [(key, pair["tuple"]) for key, pair in impression["seen"]["items"]]
    values = np.array([pair for _, pair in seen], np.float64).reshape(-1, 2)
    found = {"mean": values[:, 0].copy(), "variance": values[:, 1].copy(), "reach": np.zeros((len(seen), 0))}
    images = _packed("SeenImages", found, arrays, {"keys": {"tuple": [key for key, _ in seen]}})
    rest = {"regression": impression["regression"], "seen": images}
    return _packed("Consensus", {"directions": np.zeros((width, 0))}, arrays, rest)


def _packed(kind: str, found: _Arrays, arrays: _Arrays, rest: dict[str, Any]) -> dict[str, Any]:
    names = {name: f"former.{kind}.{name}" for name in found}
    arrays |= {names[name]: array for name, array in found.items()}
    return {"kind": kind, "fields": {**rest, **{name: {"array": place} for name, place in names.items()}}}
