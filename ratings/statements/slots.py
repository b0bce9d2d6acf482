"""Take and give back the slots of items: the one gate that keeps each at or under its target."""

from collections.abc import Mapping
from dataclasses import dataclass

from ratings.registry import FAMILIES, ONE_IMAGE, Family
from ratings.statements.prepared import selecting

# Rows are locked in the order of their ids, and a transaction that holds slots already never waits for more:
# so no two callers can deadlock. NO KEY: a new assignment that refers to the row need not wait.
TAKE = """
    UPDATE {items} AS item SET taken = item.taken + 1
    FROM (
        SELECT id FROM {items}
        WHERE id = ANY(%(items)s) AND is_active AND {counts} AND taken < target
        ORDER BY id FOR NO KEY UPDATE
    ) AS free
    WHERE item.id = free.id AND item.taken < item.target
    RETURNING item.id
"""
# A picture may wait in a rater's queue, or in a worker's memory, when somebody sets it aside for practice.
NOT_SET_ASIDE: Mapping[Family, str] = {ONE_IMAGE: "NOT is_practice"}
RELEASE = """
    UPDATE {items} AS item SET taken = GREATEST(item.taken - given.slots, 0)
    FROM (SELECT id FROM {items} WHERE id = ANY(%(items)s) ORDER BY id FOR NO KEY UPDATE) AS locked,
         (SELECT id, count(*) AS slots FROM unnest(%(items)s::bigint[]) AS back (id) GROUP BY id) AS given
    WHERE item.id = locked.id AND item.id = given.id
"""
STOOD_FIRST = selecting(
    """
    SELECT held.pair_id, held."left" FROM ratings_pairassignment AS held
    WHERE held.pair_id = ANY(%(pairs)s) AND held.state IN ({state_leased}, {state_rated})
    """
)


@dataclass(frozen=True, kw_only=True)
class SlotStatements:
    """The statements about slots, written out for the items of a family."""

    take: str
    take_idle: str
    give_back: str


def slot_statements(family: Family) -> SlotStatements:
    """Write out the statements for a table of items."""
    items = family.item._meta.db_table
    take = TAKE.format(items=items, counts=NOT_SET_ASIDE.get(family, "true"))
    return SlotStatements(
        take=take,
        take_idle=take.replace("FOR NO KEY UPDATE", "FOR NO KEY UPDATE SKIP LOCKED"),
        give_back=RELEASE.format(items=items),
    )


SLOTS: Mapping[Family, SlotStatements] = {family: slot_statements(family) for family in FAMILIES}
