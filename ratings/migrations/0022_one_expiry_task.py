"""Take the task that gave back leases of pairs out of the schedule: one task does it for every design."""

from django.db import migrations


class Migration(migrations.Migration):
    """Drop the row of the schedule."""

    dependencies = [
        ("django_celery_beat", "0001_initial"),
        ("ratings", "0021_several_scales_and_best_worst"),
    ]

    operations = [
        migrations.RunSQL(
            "DELETE FROM django_celery_beat_periodictask WHERE task = 'ratings.tasks.release_expired_pair_leases'",
            migrations.RunSQL.noop,
        )
    ]
