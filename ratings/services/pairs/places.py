"""Take and give back the places of comparisons, with the order of the pictures drawn under the same lock.

The rules are those of `ratings.services.slots`: rows are locked in the order of their ids, and a transaction that
holds places never waits for more. Of a pair, that picture stands on the left which has stood there less often; where
both are even, a coin decides. Of more pictures, one of those that stood first least often stands first, and the others
follow in their order. So each picture stands in each place equally often, and nobody can tell it from its condition.
"""

import random
from collections import Counter
from collections.abc import Collection, Sequence

from django.db import connection

from ratings.choices import AssignmentState, Side
from ratings.models import PairAssignment

PAIR = 2  # pictures
RNG = random.SystemRandom()

TAKE_PAIRS = """
    UPDATE ratings_pair AS pair
    SET taken = pair.taken + 1,
        a_left = pair.a_left + CASE
            WHEN pair.image_c_id IS NOT NULL THEN 0
            WHEN 2 * pair.a_left < pair.taken THEN 1
            WHEN 2 * pair.a_left > pair.taken THEN 0
            ELSE free.coin
        END
    FROM (
        SELECT id, a_left, (random() < 0.5)::int AS coin FROM ratings_pair
        WHERE id = ANY(%s) AND is_active AND taken < target
        ORDER BY id FOR NO KEY UPDATE
    ) AS free
    WHERE pair.id = free.id AND pair.taken < pair.target
    RETURNING pair.id, pair.a_left > free.a_left,
        2 + (pair.image_c_id IS NOT NULL)::int + (pair.image_d_id IS NOT NULL)::int + (pair.image_e_id IS NOT NULL)::int
"""
TAKE_IDLE_PAIRS = TAKE_PAIRS.replace("FOR NO KEY UPDATE", "FOR NO KEY UPDATE SKIP LOCKED")

RETAKE_PAIR = """
    UPDATE ratings_pair SET taken = taken + 1, a_left = a_left + CASE WHEN image_c_id IS NULL THEN %s ELSE 0 END
    WHERE id = %s AND is_active AND taken < target
"""

GIVE_BACK_PAIRS = """
    UPDATE ratings_pair AS pair
    SET taken = GREATEST(pair.taken - given.places, 0), a_left = GREATEST(pair.a_left - given.a_left, 0)
    FROM (SELECT id FROM ratings_pair WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) AS locked,
         (
            SELECT id, count(*) AS places, sum(a_left) AS a_left
            FROM unnest(%s::bigint[], %s::int[]) AS back (id, a_left) GROUP BY id
         ) AS given
    WHERE pair.id = locked.id AND pair.id = given.id
"""


def take_pairs(*, pairs: Collection[int]) -> dict[int, Side]:
    """Take one place of each that has one left, waiting for others; give whose picture stands first, by the id.

    Only for a transaction that has touched no places yet.
    """
    return taken_by(TAKE_PAIRS, pairs)


def take_idle_pairs(*, pairs: Collection[int]) -> dict[int, Side]:
    """Take one place of each that has one left and that nobody is just taking; waits for nobody."""
    return taken_by(TAKE_IDLE_PAIRS, pairs)


def taken_by(statement: str, pairs: Collection[int]) -> dict[int, Side]:
    """Run one of the two statements."""
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(pairs)])
        rows = cursor.fetchall()
    larger = {pair: size for pair, _, size in rows if size > PAIR}
    firsts = {pair: Side.A if is_a_left else Side.B for pair, is_a_left, _ in rows}
    return firsts | (drawn_firsts(larger) if larger else {})


def drawn_firsts(sizes: dict[int, int]) -> dict[int, Side]:
    """Draw, for comparisons that the caller has locked, a picture among those that stood first least often."""
    rows = PairAssignment.objects.filter(pair__in=sizes, state__in=(AssignmentState.LEASED, AssignmentState.RATED))
    stood = Counter(rows.values_list("pair", "left"))
    return {
        pair: min(list(Side)[:size], key=lambda side: (stood[pair, side], RNG.random())) for pair, size in sizes.items()
    }


def can_retake_pair(*, pair: int, left: str) -> bool:
    """Take a place again with the side that was shown, for a lease that ran out; tell whether one was left."""
    with connection.cursor() as cursor:
        cursor.execute(RETAKE_PAIR, [int(left == Side.A), pair])
        return bool(cursor.rowcount)


def give_back_pairs(*, places: Sequence[tuple[int, str]]) -> None:
    """Give back places, each with the side it had; several of one pair may come at once."""
    if places:
        ids = [pair for pair, _ in places]
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK_PAIRS, [ids, ids, [int(left == Side.A) for _, left in places]])
