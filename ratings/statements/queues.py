"""Queue images for a rater, lease them, and read what a page shows of them."""

from ratings.models import Image, StudyImage
from ratings.models.taking_off import TakenOffPicture
from ratings.statements.prepared import Rows, selecting

PLACING = (
    "ordinal",
    "shuffle",
    "target",
    "taken",
    "is_active",
    "is_practice",
    "is_made",
    "is_on_card",
    "is_redescribed",
    "attention_value",
    *(field.name for field in TakenOffPicture._meta.fields),
)
ENTRIES = Rows(StudyImage, without=("name", "generator", "domain", *PLACING))
IMAGES = Rows(Image, without=("sha256", "is_drawn", "created_at", "archived_at"))
SHOWN = selecting("SELECT {image} FROM ratings_image AS image WHERE image.id = ANY(%(images)s)", image=IMAGES)
# A statement of its own rather than a join: most studies show no prompt, and then it is not run.
SAID = selecting("SELECT {entry} FROM ratings_studyimage AS entry WHERE entry.id = ANY(%(entries)s)", entry=ENTRIES)
DROP_QUEUED = selecting("DELETE FROM ratings_assignment WHERE id = ANY(%(queued)s) AND state = {state_queued}")
DROP_QUEUE = selecting("""
    DELETE FROM ratings_assignment
    WHERE participation_id = %(participation)s AND state = {state_queued} AND kind = {kind_fresh}
""")
DROP_STALE = selecting("""
    WITH away AS (
        SELECT part.id FROM ratings_participation AS part
        WHERE part.study_id = %(study)s AND part.last_seen_at < %(since)s ORDER BY part.id
        FOR NO KEY UPDATE SKIP LOCKED
    )
    DELETE FROM ratings_assignment AS held USING away
    WHERE held.participation_id = away.id AND held.state = {state_queued} AND held.kind = {kind_fresh}
        AND held.model_version <> %(model_version)s
""")
QUEUE = selecting("""
    INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity, score,
        model_version, rank, created_at, skip_reason)
    SELECT %(participation)s::uuid, study_image, image, {kind_fresh}, {state_queued}, policy, propensity, score,
        %(model_version)s, rank - 1, %(now)s::timestamptz, ''
    FROM unnest(%(study_images)s::bigint[], %(images)s::uuid[], %(policies)s::text[], %(propensities)s::float8[],
        %(scores)s::float8[])
        WITH ORDINALITY AS chosen (study_image, image, policy, propensity, score, rank)
    WHERE NOT EXISTS (
        SELECT 1 FROM ratings_assignment AS seen
        WHERE seen.participation_id = %(participation)s AND seen.image_id = chosen.image AND seen.kind = {kind_fresh}
            AND seen.state <> {state_released}
    )
    RETURNING id
""")
LEASE_QUEUED = selecting("""
    UPDATE ratings_assignment AS held
    SET state = {state_leased}, position = given.position, leased_at = %(now)s, lease_expires_at = %(end)s
    FROM unnest(%(queued)s::bigint[], %(positions)s::int[]) AS given (id, position) WHERE held.id = given.id
""")
LEASE_NEW = selecting("""
    INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
        model_version, rank, position, created_at, leased_at, lease_expires_at, skip_reason)
    SELECT %(participation)s::uuid, study_image, image, kind, {state_leased}, policy, propensity, '', 0, position,
        %(now)s::timestamptz, %(now)s, %(end)s::timestamptz, ''
    FROM unnest(%(study_images)s::bigint[], %(images)s::uuid[], %(kinds)s::text[], %(policies)s::text[],
        %(propensities)s::float8[], %(positions)s::int[])
        AS new (study_image, image, kind, policy, propensity, position)
    RETURNING position, id
""")
