"""Take frozen dataclasses apart into JSON and arrays, and put them together again; never pickle."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from scoring.checkpoint_files import CheckpointError


def pack(value: Any, name: str, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    """Turn dataclasses, mappings, tuples and numbers into JSON; arrays go aside by name."""
    if isinstance(value, np.ndarray):
        arrays[name] = np.ascontiguousarray(value)
        return {"array": name}
    if is_dataclass(value):
        parts = {f.name: pack(getattr(value, f.name), f"{name}.{f.name}", arrays) for f in fields(value)}
        return {"kind": type(value).__name__, "fields": parts}
    if isinstance(value, Mapping):
        # keys may hold anything, so arrays are named by place
        items = enumerate(value.items())
        return {"items": [[key, pack(item, f"{name}.{place}", arrays)] for place, (key, item) in items]}
    if isinstance(value, tuple):
        return {"tuple": [pack(item, f"{name}.{place}", arrays) for place, item in enumerate(value)]}
    return value


def unpack(tree: Any, arrays: dict[str, np.ndarray[Any, Any]], kinds: Mapping[str, type]) -> Any:
    """Rebuild what `pack` took apart; each array is taken out as it is used."""
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        if tree["array"] not in arrays:
            raise CheckpointError(f"the array {tree['array']} is missing")
        return arrays.pop(tree["array"])
    if "items" in tree:
        return {key: unpack(item, arrays, kinds) for key, item in tree["items"]}
    if "tuple" in tree:
        return tuple(unpack(item, arrays, kinds) for item in tree["tuple"])
    if tree.get("kind") not in kinds:
        raise CheckpointError(f"{tree.get('kind')!r} is no part of a model")
    parts = {name: unpack(item, arrays, kinds) for name, item in tree["fields"].items()}
    return kinds[tree["kind"]](**parts)
