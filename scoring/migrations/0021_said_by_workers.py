"""Keep what the sentences of workers were made of, so that they can be said in other languages; older ones stay English."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0020_tracked_run'),
    ]

    operations = [
        migrations.AddField(
            model_name='hubpush',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='steeringrun',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='studyplan',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='tasteprofile',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='trackedrun',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='trainingrun',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='versioncomparison',
            name='made_of',
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
    ]
