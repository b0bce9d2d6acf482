"""Indexes of what lists and the page of participants read, built while raters go on."""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

INDEXES = (
    (
        "assignment",
        models.Index(
            fields=["participation"],
            condition=models.Q(("kind__in", ("practice", "attention"))),
            name="assignment_tries_and_checks",
        ),
    ),
    ("auditentry", models.Index(fields=["created_at", "id"], name="audit_created")),
    ("auditentry", models.Index(fields=["action", "created_at", "id"], name="audit_action")),
    ("auditentry", models.Index(fields=["target"], name="audit_target", opclasses=("varchar_pattern_ops",))),
    ("participation", models.Index(fields=["created_at", "id"], name="participation_created")),
    ("participation", models.Index(fields=["study", "created_at", "id"], name="participation_in_study")),
    ("rater", models.Index(fields=["created_at", "id"], name="rater_created")),
)


def built() -> Iterator[Operation]:
    """Build each index; one that an earlier attempt left behind, whole or not, is built again."""
    for model, index in INDEXES:
        leftover = f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"'
        yield migrations.RunSQL(leftover, reverse_sql=migrations.RunSQL.noop)
        yield AddIndexConcurrently(model_name=model, index=index)


class Migration(migrations.Migration):
    """Build them outside a transaction, as PostgreSQL asks."""

    atomic = False
    dependencies = [("ratings", "0057_words_of_constraints")]
    operations = list(built())
