"""Find images that a rater could get next without looking at all of them."""

from ratings.statements.prepared import selecting

# `unseen_images` of a study without quotas per group, written out because leases and refills run it all the time.
UNSEEN = selecting("""
    SELECT place.id, place.image_id, place.taken FROM ratings_studyimage AS place
    WHERE place.study_id = %(study)s AND place.is_active AND NOT place.is_practice AND place.taken < place.target
        AND NOT EXISTS (
            SELECT 1 FROM ratings_assignment AS seen
            WHERE seen.participation_id = %(participation)s AND seen.image_id = place.image_id
                AND seen.kind = {kind_fresh} AND seen.state NOT IN ({state_released}, {state_queued})
        )
""")
LEAST_COVERED = f"{UNSEEN} ORDER BY place.taken, place.shuffle LIMIT %(limit)s"
UNSEEN_AMONG = f"{UNSEEN} AND place.id = ANY(%(among)s::bigint[])"
WAITING = selecting("""
    SELECT held.policy, held.model_version FROM ratings_assignment AS held
    WHERE held.participation_id = %(participation)s AND held.state = {state_queued} AND held.kind = {kind_fresh}
""")
