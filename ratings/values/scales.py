"""The named scales of a study that asks for several opinions of each picture."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FEWEST, MOST = 2, 6
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
FIELDS = {"key", "label", "labels"}


@dataclass(frozen=True, kw_only=True)
class NamedScale:
    """One of several scales: what it is called, and the words at some of its values."""

    key: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give what a study's row holds, and what pages are told."""
        return {"key": self.key, "label": self.label, "labels": dict(self.labels)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "NamedScale":
        """Read what `as_json` gave."""
        return cls(key=stored["key"], label=stored["label"], labels=stored.get("labels", {}))


def named_scales(stored: Sequence[Mapping[str, Any]]) -> list[NamedScale]:
    """Read the scales of a study, the main one first."""
    return [NamedScale.from_json(one) for one in stored]


def fault_of_scales(stored: Any) -> str:
    """Say what keeps a description from being several scales; nothing where it is."""
    if not isinstance(stored, list) or not all(isinstance(one, dict) for one in stored):
        return "give a list of scales, each with “key”, “label” and “labels”."
    if not FEWEST <= len(stored) <= MOST:
        return f"give {FEWEST} to {MOST} scales, the main one first."
    faults = (f"scale {number} {fault}" for number, one in enumerate(stored, start=1) if (fault := fault_of_scale(one)))
    found = next(faults, "")
    keys = [one.get("key") for one in stored]
    return found or ("" if len(set(keys)) == len(keys) else "each scale needs a key of its own.")


def fault_of_scale(one: Mapping[str, Any]) -> str:
    """Say what is wrong with the description of one scale."""
    unknown = sorted(set(one) - FIELDS)
    if unknown:
        return f"has no {unknown[0]!r}: its fields are key, label and labels."
    key, label, labels = one.get("key"), one.get("label"), one.get("labels", {})
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return "needs a “key” of lower-case letters, digits and underscores, which begins with a letter."
    if not isinstance(label, str) or not label.strip():
        return "needs a “label”: the question that raters read."
    if not isinstance(labels, dict) or not all(isinstance(word, str) for word in labels.values()):
        return "needs words by value as “labels”, such as 1 = “not at all”."
    return ""
