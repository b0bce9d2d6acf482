"""Take and give back the slots of items: the one gate that keeps every image and comparison at or under its target."""

from collections.abc import Collection

from ratings.registry import Family
from ratings.statements.prepared import fetched, run
from ratings.statements.slots import SLOTS


def take_slots(*, family: Family, items: Collection[int]) -> set[int]:
    """Take one slot of each item that has one left, waiting for others; give the ids where that worked.

    Only for a transaction that has touched no slots yet.
    """
    return take_by(SLOTS[family].take, items)


def take_idle_slots(*, family: Family, items: Collection[int]) -> set[int]:
    """Take one slot of each item that has one left and that no other transaction has locked; never waits."""
    return take_by(SLOTS[family].take_idle, items)


def take_by(statement: str, items: Collection[int]) -> set[int]:
    """Run one of the two statements."""
    if not items:
        return set()
    return {row[0] for row in fetched(statement, {"items": list(items)})}


def release_slots(*, family: Family, items: Collection[int]) -> None:
    """Give back slots: as many of an item as its id occurs, since a sweep may free several at once."""
    if items:
        run(SLOTS[family].give_back, {"items": list(items)})
