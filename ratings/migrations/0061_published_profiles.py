"""Keep which bands of a rater's profile dumps for publication have given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the column, blank: no dump was for publication yet."""

    dependencies = [("ratings", "0060_studies_differ_in_size")]
    operations = [
        migrations.AddField(
            model_name="participation",
            name="published_profile",
            field=models.JSONField(
                blank=True,
                help_text="The bands of the profile that dumps for publication give; blank for who was in none of them.",
                null=True,
            ),
        )
    ]
