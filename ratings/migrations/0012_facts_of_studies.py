"""Let each study say for itself what an image is called and shows; the bytes know nothing of that.

Whatever is known of an image today goes to every study that has it. A picture that a pair shows gets an entry in the
pair's study, where it has none: set aside, and handed out to nobody. Each statement goes through its table once.
"""

from django.db import migrations, models

COPY = """
UPDATE ratings_studyimage AS entry
SET name = image.name, prompt = image.prompt, generator = image.generator, domain = image.domain,
    metadata = image.metadata
FROM ratings_image AS image WHERE image.id = entry.image_id;
INSERT INTO ratings_studyimage (study_id, image_id, name, prompt, generator, domain, metadata, ordinal, shuffle, target,
    taken, is_active, is_practice, is_made)
SELECT shown.study_id, image.id, image.name, image.prompt, image.generator, image.domain, image.metadata,
    COALESCE(last.ordinal, -1) + row_number() OVER (PARTITION BY shown.study_id ORDER BY shown.pair), 0, study.target,
    0, FALSE, TRUE, shown.is_made
FROM (
    SELECT pair.study_id, side.image_id, min(pair.id) AS pair, bool_and(pair.participation_id IS NOT NULL) AS is_made
    FROM ratings_pair AS pair, LATERAL (VALUES (pair.image_a_id), (pair.image_b_id)) AS side (image_id)
    GROUP BY pair.study_id, side.image_id
) AS shown
JOIN ratings_image AS image ON image.id = shown.image_id
JOIN ratings_study AS study ON study.id = shown.study_id
LEFT JOIN (SELECT study_id, max(ordinal) AS ordinal FROM ratings_studyimage GROUP BY study_id) AS last
    ON last.study_id = shown.study_id
WHERE NOT EXISTS (
    SELECT 1 FROM ratings_studyimage AS entry
    WHERE entry.study_id = shown.study_id AND entry.image_id = shown.image_id
);
UPDATE ratings_image SET is_drawn = TRUE WHERE metadata @> '{"steered": true}';
SET CONSTRAINTS ALL IMMEDIATE;
"""
COPY_BACK = """
UPDATE ratings_image AS image
SET name = known.name, prompt = known.prompt, generator = known.generator, domain = known.domain,
    metadata = known.metadata
FROM (
    SELECT DISTINCT ON (image_id) * FROM (
        SELECT image_id, name, prompt, generator, domain, metadata, 0 AS rank, id FROM ratings_studyimage
        UNION ALL
        SELECT image_id, key, prompt, generator, domain, metadata, 1, id FROM ratings_datasetimage
        WHERE image_id IS NOT NULL
    ) AS said ORDER BY image_id, rank, id
) AS known WHERE known.image_id = image.id;
UPDATE ratings_image SET metadata = metadata || '{"steered": true}' WHERE is_drawn;
SET CONSTRAINTS ALL IMMEDIATE;
"""
TEXT = {"blank": True, "db_default": "", "default": ""}


class Migration(migrations.Migration):
    """Make the columns, fill them, and drop those of the images."""

    dependencies = [("ratings", "0011_uploads")]

    operations = [
        migrations.AddField("studyimage", "prompt", models.TextField(**TEXT)),
        migrations.AddField("studyimage", "generator", models.CharField(**TEXT, max_length=100)),
        migrations.AddField("studyimage", "domain", models.CharField(**TEXT, max_length=100)),
        migrations.AddField(
            "studyimage",
            "metadata",
            models.JSONField(
                blank=True, db_default={}, default=dict, help_text="Any further columns that the image came with."
            ),
        ),
        migrations.AddField(
            "studyimage",
            "name",
            models.CharField(db_default="", default="", help_text="File name as it came in.", max_length=300),
        ),
        migrations.AddField(
            "image",
            "is_drawn",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Drawn here by steering: it goes once nothing names it any more.",
            ),
        ),
        migrations.AlterField("image", "name", models.CharField(default="", max_length=300)),
        migrations.RunSQL(sql=COPY, reverse_sql=COPY_BACK),
        *(
            migrations.RemoveField("image", name)
            for name in ("name", "prompt", "generator", "domain", "metadata")
        ),
    ]
