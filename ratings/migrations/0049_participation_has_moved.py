"""Note who came to another browser, so that their device is looked at again: nobody so far."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One field, false for everybody."""

    dependencies = [("ratings", "0048_archive")]

    operations = [
        migrations.AddField(
            model_name="participation",
            name="has_moved",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether the rater came to another browser since their device was looked at.",
            ),
        ),
    ]
