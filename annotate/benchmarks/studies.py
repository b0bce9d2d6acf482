"""Studies of any size for measurements, made inside the database of a scratch installation."""

from typing import LiteralString

from annotate.benchmarks.installation import Installation

QUOTA = 400  # images that one rater gets: then somebody new comes, as in a study
TARGET = 10_000  # raters per image: no measurement fills a study
MAKE_STUDY = f"""
from ratings.choices import StudyState
from ratings.models import Study
Study.objects.create(slug="{{slug}}", title="{{slug}}", state=StudyState.OPEN, practice_count=0, quota={QUOTA},
                     target={TARGET}, random_share=0, repeat_share=0, retrain_every=1000000)
"""
FILL_IMAGES: LiteralString = """
    WITH made AS (
        INSERT INTO ratings_image (id, sha256, width, height, path, renditions, placeholder, created_at)
        SELECT gen_random_uuid(), md5(%(slug)s || n) || md5(n || %(slug)s), 768, 768, 'images/' || n || '.webp', '[]',
               'data:,', now() - n * interval '1 millisecond'
        FROM generate_series(1, %(count)s) AS n RETURNING id
    )
    INSERT INTO ratings_studyimage (study_id, image_id, name, prompt, generator, domain, metadata, ordinal, shuffle,
                                    target, taken, is_active, is_practice)
    SELECT study.id, made.id, made.id || '.png', repeat('a picture with long words ', 8), 'sketch', 'art',
           '{"seed": 7, "style": "oil painting"}', row_number() OVER () - 1, random(), study.target, 0, true, false
    FROM made, ratings_study AS study WHERE study.slug = %(slug)s
"""


def fill_study(installation: Installation, *, slug: str, images: int) -> None:
    """Make an open study with so many images, and let the database look at it."""
    installation.command("shell", "-c", MAKE_STUDY.format(slug=slug))
    with installation.connection() as connection:
        connection.execute(FILL_IMAGES, {"slug": slug, "count": images})
        connection.execute("ANALYZE ratings_image, ratings_studyimage")  # an empty table is best not known as such
