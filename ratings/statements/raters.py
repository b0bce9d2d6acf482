"""Find out who asks: the rater behind a token, and their part in a study."""

from ratings.models import Rater
from ratings.statements.prepared import Rows, selecting

RATERS = Rows(Rater, without=("created_at",))
RATER_BY_PART = selecting(
    """
    SELECT {rater}
    FROM ratings_rater AS rater JOIN ratings_participation AS part ON part.rater_id = rater.id
    WHERE part.id = %(participation)s
    """,
    rater=RATERS,
)
PART_OF_RATER = selecting("""
    SELECT part.id FROM ratings_participation AS part JOIN ratings_study AS study ON study.id = part.study_id
    WHERE part.rater_id = %(rater)s AND study.slug = %(slug)s AND study.state <> {study_draft}
""")
