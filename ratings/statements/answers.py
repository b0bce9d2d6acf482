"""How the answers of each family of designs are met, stored and taken back: their columns, tables and statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ratings.models import Choice, Rating
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.statements.locks import HELD, STUDIES
from ratings.statements.prepared import Rows, selecting

# All that decides about a click, once the participation is locked: the study as it is now; the assignment, locked so
# that it does not expire meanwhile; and up to two answers, the one with the nonce and the current one.
MEET = """
    SELECT {{study}}, {{held}}, {{said}}
    FROM {assignments} AS held
    JOIN ratings_study AS study ON study.id = %(study)s
    LEFT JOIN {answers} AS said
        ON said.nonce = %(nonce)s OR (said.assignment_id = held.id AND said.replaced_at IS NULL)
    WHERE held.id = %(assignment)s FOR NO KEY UPDATE OF held
"""
RECORD = """
    WITH closed AS (
        UPDATE {assignments} SET state = {{state_rated}}, closed_at = %(now)s WHERE id = %(assignment)s
    ), counted AS (
        UPDATE ratings_participation
        SET done = %(done)s, state = %(state)s, completed_at = %(completed_at)s, last_seen_at = %(now)s
        WHERE id = %(participation)s
    )
    INSERT INTO {answers}
        (nonce, assignment_id, participation_id, texts_id, {columns}, response_ms, client, replaces_id, created_at)
    VALUES (%(nonce)s, %(assignment)s, %(participation)s, %(texts)s, {values}, %(response_ms)s, %(client)s::jsonb,
        %(replaces)s, %(now)s)
    RETURNING id
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Collection:
    """How the answers of a family of designs are found, stored and undone."""

    family: Family
    answers: Rows[Any]
    said: Mapping[str, Any]  # the columns that hold what was said, as they are where it is taken back
    copied: Sequence[str]  # columns that an answer takes over from its assignment
    shown: Sequence[str]  # the rows that a page needs to show an item again

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns of an answer that only this family has."""
        return (*self.copied, *self.said)


@dataclass(frozen=True, kw_only=True)
class CollectStatements:
    """The two statements of a click, written out for the tables of a family."""

    meet: str
    record: str


RATINGS = Collection(
    family=ONE_IMAGE,
    answers=Rows(Rating, without=("client", "scales")),
    said={"value": None, "scales": None},
    copied=("image_id",),
    shown=("image",),
)
CHOICES = Collection(
    family=SEVERAL_IMAGES,
    answers=Rows(Choice, without=("client",)),
    said={"answer": ""},
    copied=(),
    shown=tuple(f"pair__{name}" for name in IMAGE_FIELDS),
)
COLLECTIONS: Mapping[Family, Collection] = {one.family: one for one in (RATINGS, CHOICES)}


def collect_statements(collection: Collection) -> CollectStatements:
    """Write out the statements for a family's tables."""
    tables = {
        "assignments": collection.family.assignment._meta.db_table,
        "answers": collection.family.answer._meta.db_table,
    }
    casts = {"scales": "::jsonb"}
    values = ", ".join(f"%({name})s{casts.get(name, '')}" for name in collection.columns)
    meet = selecting(MEET.format(**tables), study=STUDIES, held=HELD[collection.family].rows, said=collection.answers)
    record = RECORD.format(**tables, columns=", ".join(collection.columns), values=values)
    return CollectStatements(meet=meet, record=selecting(record))


STATEMENTS: Mapping[Family, CollectStatements] = {
    family: collect_statements(one) for family, one in COLLECTIONS.items()
}
