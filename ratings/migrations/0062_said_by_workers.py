"""Keep what the sentences of workers were made of, so that they can be said in other languages; older ones stay English."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ratings', '0061_published_profiles'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='dump',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='qualityflag',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='qualityreport',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
    ]
