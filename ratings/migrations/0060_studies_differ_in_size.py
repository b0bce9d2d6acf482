"""Have the planner expect many studies: beside one with a million images, it read all of them for each small one.

Where nearly all rows are of one study, a sample shows no other, and the planner takes each study for as large. A stated number of
distinct studies holds from the next ANALYZE on, which autovacuum runs; what a sample knows of a large study stays.
"""

from django.db import migrations

STUDIES = 100  # expected; whatever there are, a small one is then found by the index
TABLES = ("ratings_studyimage", "ratings_pair", "ratings_participation")


class Migration(migrations.Migration):
    """State the number; no row is read or written."""

    dependencies = [("ratings", "0059_dataset_order")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ALTER COLUMN study_id SET (n_distinct = {STUDIES})",
            f"ALTER TABLE {table} ALTER COLUMN study_id RESET (n_distinct)",
        )
        for table in TABLES
    ]
