"""Take and give back the places of images: the one gate that keeps every image at or under its target."""

from collections.abc import Collection

from ratings.statements import fetched, run

# Rows are locked in the order of their ids, and a transaction that holds places already never waits for more:
# so no two callers ever wait for each other in a ring. NO KEY: a new assignment that refers to the row need not wait.
TAKE_SLOTS = """
    UPDATE ratings_studyimage AS place SET taken = place.taken + 1
    FROM (
        SELECT id FROM ratings_studyimage
        WHERE id = ANY(%(places)s) AND is_active AND taken < target
        ORDER BY id FOR NO KEY UPDATE
    ) AS free
    WHERE place.id = free.id AND place.taken < place.target
    RETURNING place.id
"""
TAKE_IDLE_SLOTS = TAKE_SLOTS.replace("FOR NO KEY UPDATE", "FOR NO KEY UPDATE SKIP LOCKED")

RELEASE_SLOTS = """
    UPDATE ratings_studyimage AS place SET taken = GREATEST(place.taken - given.places, 0)
    FROM (SELECT id FROM ratings_studyimage WHERE id = ANY(%(places)s) ORDER BY id FOR NO KEY UPDATE) AS locked,
         (SELECT id, count(*) AS places FROM unnest(%(places)s::bigint[]) AS back (id) GROUP BY id) AS given
    WHERE place.id = locked.id AND place.id = given.id
"""


def take_slots(*, study_images: Collection[int]) -> set[int]:
    """Take one place of each image that has one left, waiting for others; give the ids where that worked.

    Only for a transaction that has touched no places yet.
    """
    return take_by(TAKE_SLOTS, study_images)


def take_idle_slots(*, study_images: Collection[int]) -> set[int]:
    """Take one place of each image that has one left and that nobody is just taking; waits for nobody."""
    return take_by(TAKE_IDLE_SLOTS, study_images)


def take_by(statement: str, study_images: Collection[int]) -> set[int]:
    """Run one of the two statements."""
    if not study_images:
        return set()
    return {row[0] for row in fetched(statement, {"places": list(study_images)})}


def release_slots(*, study_images: Collection[int]) -> None:
    """Give back places: as many of an image as its id occurs, since a sweep may free several at once."""
    if study_images:
        run(RELEASE_SLOTS, {"places": list(study_images)})
