"""Lock a participation, and read its study and assignments: the first statements of every click."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ratings.models import Assignment, PairAssignment, Participation, Study
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.statements.prepared import Rows, selecting

UNREAD = (
    "consented_at",
    "external_id",
    "external_session",
    "released_submission",
    "resume_generation",
    "device",
    "end_answers",
    "stopped_at",
    "created_at",
)
PARTICIPATIONS = Rows(Participation, without=UNREAD)
ASSIGNMENTS = Rows(Assignment, without=("score", "created_at", "leased_at", "closed_at", "skip_reason"))
PAIR_ASSIGNMENTS = Rows(PairAssignment, without=("leased_at", "closed_at", "skip_reason"))
UNUSED = (
    "title",
    "summary",
    "instructions",
    "consent_text",
    "profile_questions",
    "end_questions",
    "scale_labels",
    "translations",
    "scales",
    "card_pictures",
    "licence",
    "citation",
)
OF_PAGES = (
    "is_demo",
    "completion_code",
    "completion_url",
    "ends",
    "enrol_rate",
    "invitation",
    "participant_cap",
    "is_listed",
    "encoder_key",
    "created_at",
    "archived_at",
)
STUDIES = Rows(Study, without=(*UNUSED, *OF_PAGES))
# The lock guards a rater's queue, positions and counters against their other tabs. It is always the first lock taken;
# assignments and slots of items come after it.
LOCK = selecting(
    "SELECT {part} FROM ratings_participation AS part WHERE part.id = %(key)s FOR NO KEY UPDATE", part=PARTICIPATIONS
)
STUDY = selecting("SELECT {study} FROM ratings_study AS study WHERE study.id = %(study)s", study=STUDIES)
OPEN_ASSIGNMENTS = selecting(
    """
    SELECT {held} FROM ratings_assignment AS held
    WHERE held.participation_id = %(participation)s AND held.state IN ({state_leased}, {state_queued})
    """,
    held=ASSIGNMENTS,
)
SAVE_PROGRESS = """
    UPDATE ratings_participation SET served = %(served)s, done = %(done)s, state = %(state)s,
        completed_at = %(completed_at)s, last_seen_at = %(now)s
    WHERE id = %(participation)s
"""
LOCK_OWNER = """
    SELECT {{part}}
    FROM ratings_participation AS part JOIN {assignments} AS held ON held.participation_id = part.id
    WHERE held.id = %(key)s FOR NO KEY UPDATE OF part
"""
HOLD = """
    SELECT {{held}} FROM {assignments} AS held
    WHERE held.id = %(assignment)s AND held.participation_id = %(participation)s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, kw_only=True)
class HeldStatements:
    """How the assignments of a family are found and locked."""

    rows: Rows[Any]
    lock_owner: str
    hold: str


def held_statements(rows: Rows[Any]) -> HeldStatements:
    """Write out the statements for a table of assignments."""
    table = rows.model._meta.db_table
    return HeldStatements(
        rows=rows,
        lock_owner=selecting(LOCK_OWNER.format(assignments=table), part=PARTICIPATIONS),
        hold=selecting(HOLD.format(assignments=table), held=rows),
    )


HELD: Mapping[Family, HeldStatements] = {
    ONE_IMAGE: held_statements(ASSIGNMENTS),
    SEVERAL_IMAGES: held_statements(PAIR_ASSIGNMENTS),
}
