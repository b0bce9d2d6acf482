"""Look, for everybody who joins, whether there is room for all who can be joining at that moment."""

from collections.abc import Mapping

from ratings.choices import ParticipationState
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family
from ratings.statements.prepared import quoted, selecting

# Of the server, which is more than can be joining a study at one moment.
MOST_CONNECTIONS = "SELECT current_setting('max_connections')::int"

# Those who are there, and everything that was ever kept for them.
PRESENT = selecting(
    """
    SELECT count(*), coalesce(sum(part.reserved), 0)::bigint FROM ratings_participation AS part
    WHERE part.study_id = %(study)s AND part.state = {active} AND part.reserved > 0 AND part.last_seen_at > %(since)s
""",
    active=quoted(ParticipationState.ACTIVE),
)

# `open_items` of a study, the most wanted ones, and the places that they have for so many people.
ROOM = """
    SELECT count(*), coalesce(sum(least(item.target - item.taken, %(people)s::int)), 0)::bigint FROM (
        SELECT target, taken FROM {items}
        WHERE study_id = %(study)s AND is_active AND {shared} AND taken < target
        ORDER BY taken, shuffle LIMIT %(most)s
    ) AS item
"""
ROOMS: Mapping[Family, str] = {
    ONE_IMAGE: ROOM.format(items=ONE_IMAGE.item._meta.db_table, shared="NOT is_practice"),
    SEVERAL_IMAGES: ROOM.format(items=SEVERAL_IMAGES.item._meta.db_table, shared="participation_id IS NULL"),
}
