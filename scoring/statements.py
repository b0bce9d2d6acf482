"""The statements that a rating runs in the worker: which model serves, what is new, and what is known of a taste."""

from ratings.choices import UNTRUE_RATINGS
from ratings.models import Participation
from ratings.statements.prepared import Rows, quoted, selecting
from scoring.models import ModelState, ModelVersion, Representation, Taste

VERSIONS = Rows(ModelVersion, without=("metrics",))  # long, and every rating asks which version serves
LIVE = selecting(
    "SELECT {live} FROM scoring_modelversion AS live WHERE live.study_id = %(study)s AND live.state = {live_state}",
    live=VERSIONS,
    live_state=quoted(ModelState.LIVE),
)
REPRESENTATIONS = Rows(Representation)
SEEN = selecting(
    """
    SELECT {seen} FROM scoring_representation AS seen
    WHERE seen.model_version_id = %(version)s AND seen.image_id = ANY(%(images)s::uuid[])
    """,
    seen=REPRESENTATIONS,
)
TASTES = Rows(Taste)
LOCK_TASTE = selecting(
    """
    SELECT {taste} FROM scoring_taste AS taste
    WHERE taste.model_version_id = %(version)s AND taste.participation_id = %(participation)s FOR UPDATE
    """,
    taste=TASTES,
)
SAVE_TASTE = """
    UPDATE scoring_taste SET posterior = %(posterior)s, rating_count = %(rating_count)s, last_rating = %(last_rating)s,
        updated_at = %(now)s
    WHERE id = %(taste)s
"""
ANY_CHOICE = """
    SELECT 1 FROM ratings_choice AS choice JOIN ratings_participation AS part ON part.id = choice.participation_id
    WHERE part.rater_id = %(rater)s LIMIT 1
"""
NEWS = selecting(
    """
    SELECT said.id, said.image_id,
        CASE WHEN %(scale)s = '' THEN said.value ELSE (said.scales ->> %(scale)s)::float8 END,
        said.replaces_id IS NOT NULL,
        said.replaced_at IS NULL AND said.value IS NOT NULL
            AND (%(scale)s = '' OR said.scales ->> %(scale)s IS NOT NULL)
            AND held.kind = ANY(%(taught_by)s) AND held.policy <> {policy_random}
            AND place.off_reason NOT IN ({untrue})
    FROM ratings_rating AS said JOIN ratings_assignment AS held ON held.id = said.assignment_id
        JOIN ratings_studyimage AS place ON place.id = held.study_image_id
    WHERE said.participation_id = %(participation)s AND said.id > %(after)s ORDER BY said.id
    """,
    untrue=quoted(*UNTRUE_RATINGS),
)
PARTICIPATIONS = Rows(Participation)
WITH_NEWS = selecting(
    """
    SELECT {part} FROM ratings_participation AS part
    JOIN scoring_modelversion AS live ON live.study_id = part.study_id AND live.state = {live_state}
    LEFT JOIN scoring_taste AS taste ON taste.model_version_id = live.id AND taste.participation_id = part.id
    WHERE part.id = ANY(%(participations)s::uuid[]) AND EXISTS (
        SELECT 1 FROM ratings_rating AS said
        WHERE said.participation_id = part.id AND said.id > COALESCE(taste.last_rating, 0)
    )
    """,
    part=PARTICIPATIONS,
    live_state=quoted(ModelState.LIVE),
)
# Counted before anything is done that may end the process; the ORM knows no count that rises on a conflict.
# Of what another process has claimed nothing is taken until its claim has lapsed: that process has died.
CLAIM_IMAGES = """
    INSERT INTO scoring_embeddingattempt AS attempt (image_id, encoder_key, count, claimed_until)
    SELECT unnest(%(images)s::uuid[]), %(encoder_key)s::text, 1, clock_timestamp() + %(seconds)s * interval '1 second'
    ON CONFLICT (image_id, encoder_key) DO UPDATE
    SET count = attempt.count + 1, claimed_until = excluded.claimed_until
    WHERE attempt.claimed_until <= clock_timestamp()
    RETURNING image_id
"""
