"""Give every image of an imported set a row of its own: its name there, the picture, and what the set says of it.

A rating then names that row, where it named the image and repeated its key: with ten million ratings the table also
becomes smaller. Both statements go through the ratings once, without any index or foreign key to keep up meanwhile.
"""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO ratings_datasetimage (dataset_id, key, image_id, prompt, generator, domain, metadata)
SELECT found.dataset_id, found.image_key, image.id, COALESCE(image.prompt, ''), COALESCE(image.generator, ''),
    COALESCE(image.domain, ''), COALESCE(image.metadata, '{}')
FROM (
    SELECT rater.dataset_id, rating.image_key, min(rating.image_id::text)::uuid AS image_id
    FROM ratings_datasetrating AS rating JOIN ratings_datasetrater AS rater ON rater.id = rating.rater_id
    GROUP BY rater.dataset_id, rating.image_key
) AS found LEFT JOIN ratings_image AS image ON image.id = found.image_id;
ANALYZE ratings_datasetimage;
UPDATE ratings_datasetrating AS rating SET dataset_image_id = image.id
FROM ratings_datasetrater AS rater, ratings_datasetimage AS image
WHERE rater.id = rating.rater_id AND image.dataset_id = rater.dataset_id AND image.key = rating.image_key;
"""
EMPTY = """
UPDATE ratings_datasetrating AS rating SET image_key = image.key, image_id = image.image_id
FROM ratings_datasetimage AS image WHERE image.id = rating.dataset_image_id;
"""


class Migration(migrations.Migration):
    """Make the table, fill it, and let the ratings name its rows."""

    dependencies = [("ratings", "0006_made_for_a_rater")]

    operations = [
        migrations.CreateModel(
            name="DatasetImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prompt", models.TextField(blank=True, db_default="", default="")),
                ("generator", models.CharField(blank=True, db_default="", default="", max_length=100)),
                ("domain", models.CharField(blank=True, db_default="", default="", max_length=100)),
                (
                    "metadata",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="Any further columns that the image came with.",
                    ),
                ),
                ("key", models.CharField(help_text="The image's name in the set.", max_length=300)),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="images", to="ratings.dataset"
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        blank=True,
                        help_text="The picture, where it is here.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dataset_images",
                        to="ratings.image",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("dataset", "key"), name="dataset_image_once")],
            },
        ),
        migrations.RemoveConstraint(model_name="datasetrating", name="dataset_rating_once"),
        migrations.AlterField(
            model_name="datasetrating", name="image_key", field=models.CharField(max_length=300, default="")
        ),
        migrations.AlterField(
            model_name="datasetrating",
            name="image",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dataset_ratings",
                to="ratings.image",
                db_index=False,
            ),
        ),
        migrations.AddField(
            model_name="datasetrating",
            name="dataset_image",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ratings",
                to="ratings.datasetimage",
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.RunSQL(sql=FILL, reverse_sql=EMPTY),
        migrations.RemoveField(model_name="datasetrating", name="image"),
        migrations.RemoveField(model_name="datasetrating", name="image_key"),
        migrations.AlterField(
            model_name="datasetrating",
            name="dataset_image",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="ratings", to="ratings.datasetimage"
            ),
        ),
        migrations.AddConstraint(
            model_name="datasetrating",
            constraint=models.UniqueConstraint(
                fields=("rater", "dataset_image", "ordinal", "value"), name="dataset_rating_once"
            ),
        ),
    ]
