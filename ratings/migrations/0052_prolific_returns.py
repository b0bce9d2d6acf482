"""Let a study ask on Prolific for the return of what was handed in unfinished: no study does so far."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two fields of a study's counterpart on Prolific."""

    dependencies = [("ratings", "0051_purged_pictures")]

    operations = [
        migrations.AddField(
            model_name="prolificstudy",
            name="asks_return",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Ask people to return a submission that they handed in without having finished here, "
                "once each.",
                verbose_name="ask for returns",
            ),
        ),
        migrations.AddField(
            model_name="prolificstudy",
            name="returns_asked",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="Submissions whose return was asked for from here in all.",
            ),
        ),
    ]
