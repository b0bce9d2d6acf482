"""Store tastes as they are: random digits do not compress, and every rating writes its rater's anew."""

from django.db import migrations


class Migration(migrations.Migration):
    """Change how the column is kept."""

    dependencies = [("scoring", "0004_made_for_you")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE scoring_taste ALTER COLUMN posterior SET STORAGE EXTERNAL",
            reverse_sql="ALTER TABLE scoring_taste ALTER COLUMN posterior SET STORAGE EXTENDED",
        )
    ]
