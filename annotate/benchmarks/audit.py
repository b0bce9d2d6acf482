"""Count after a trial what must be zero, in the records themselves, whatever the design of its study."""

import contextlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from psycopg import sql

from annotate.benchmarks.installation import Installation, InstallationError, wait_for
from annotate.benchmarks.raters import Counts
from ratings.registry import StudyDesign

STATED: Mapping[str, Mapping[str, sql.SQL]] = {  # by what raters give
    "ratings": {
        "shown": sql.SQL("assigned.image_id"),  # what a rater is asked about once
        "is_first": sql.SQL("assigned.kind = 'fresh'"),  # such an assignment takes a place
        "counts": sql.SQL("answer.value IS NOT NULL AND assigned.kind <> 'practice'"),
    },
    "choices": {
        "shown": sql.SQL("assigned.pair_id"),
        "is_first": sql.SQL("true"),
        "counts": sql.SQL("answer.answer <> ''"),
    },
}
STORED = sql.SQL("SELECT nonce FROM {answers}")
TWICE = sql.SQL(
    "SELECT assigned.participation_id, {shown}"
    " FROM {assignments} AS assigned JOIN {answers} AS answer ON answer.assignment_id = assigned.id"
    " WHERE {is_first} AND answer.replaced_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1"
)
PLACES = sql.SQL(
    "SELECT item.taken, item.target,"
    " count(assigned.id) FILTER (WHERE {is_first} AND assigned.state IN ('leased', 'rated'))"
    " FROM {items} AS item LEFT JOIN {assignments} AS assigned ON assigned.{item_id} = item.id"
    " WHERE item.study_id = {study} GROUP BY item.id"
)
COUNTED_WRONG = sql.SQL(
    "SELECT part.id FROM ratings_participation AS part"
    " LEFT JOIN {assignments} AS assigned ON assigned.participation_id = part.id"
    " LEFT JOIN {answers} AS answer ON answer.assignment_id = assigned.id AND answer.replaced_at IS NULL AND {counts}"
    " WHERE part.study_id = {study} GROUP BY part.id"
    " HAVING part.done <> count(answer.id) OR part.served <> coalesce(max(assigned.position), 0)"
)
LEASED = sql.SQL("SELECT id FROM {assignments} WHERE state = 'leased'")
EXPIRE = sql.SQL("UPDATE {assignments} SET lease_expires_at = now() WHERE state = 'leased'")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What must be zero after any trial, beside what was done."""

    acknowledged: int
    lost: int
    duplicated: int
    over_target: int
    miscounted_places: int
    miscounted_raters: int
    stranded_leases: int
    server_errors: int

    @property
    def faults(self) -> dict[str, int]:
        """Give what should be zero and is not."""
        return {name: count for name, count in asdict(self).items() if name != "acknowledged" and count}


@dataclass(frozen=True, kw_only=True)
class Records:
    """The tables that a design writes to, in the database of an installation."""

    installation: Installation
    design: StudyDesign
    slug: str

    def rows(self, statement: sql.SQL) -> list[tuple[Any, ...]]:
        """Run a statement with the names of the design's tables."""
        family = self.design.family
        models = {"items": family.item, "assignments": family.assignment, "answers": family.answer}
        tables = {name: sql.Identifier(model._meta.db_table) for name, model in models.items()}
        names = {**tables, **STATED[family.calls], "item_id": sql.Identifier(f"{family.item_field}_id")}
        study = sql.SQL("(SELECT id FROM ratings_study WHERE slug = {slug})").format(slug=self.slug)
        return self.installation.query(statement.format(**names, study=study))

    def expire_leases(self) -> None:
        """Let every lease run out now, and give the clock the time to notice."""
        self.rows(EXPIRE)
        with contextlib.suppress(InstallationError):  # the audit counts what is left
            wait_for(lambda: not self.rows(LEASED), what="the clock to give leases back")


def audit_records(installation: Installation, counts: Counts, *, design: StudyDesign, slug: str) -> Audit:
    """Compare what was acknowledged to raters with what the records hold, once all leases have run out."""
    records = Records(installation=installation, design=design, slug=slug)
    records.expire_leases()
    stored = {str(nonce) for (nonce,) in records.rows(STORED)}
    places = records.rows(PLACES)
    return Audit(
        acknowledged=len(counts.acknowledged),
        lost=len(counts.acknowledged - stored),
        duplicated=len(records.rows(TWICE)),
        over_target=sum(1 for taken, target, held in places if max(taken, held) > target),
        miscounted_places=sum(1 for taken, _, held in places if taken != held),
        miscounted_raters=len(records.rows(COUNTED_WRONG)),
        stranded_leases=len(records.rows(LEASED)),
        server_errors=counts.statuses[HTTPStatus.INTERNAL_SERVER_ERROR],
    )
