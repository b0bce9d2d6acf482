# Which picture of a pair stood first how often is counted from the assignments, as it is of larger sets.

from django.db import migrations

COUNT_AGAIN = """
    UPDATE ratings_pair AS pair SET a_left = found.a_left
    FROM (
        SELECT pair_id, count(*) AS a_left FROM ratings_pairassignment
        WHERE "left" = 'a' AND state IN ('leased', 'rated') GROUP BY pair_id
    ) AS found
    WHERE pair.id = found.pair_id AND pair.image_c_id IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ratings', '0024_capacity_and_times'),
    ]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, COUNT_AGAIN),
        migrations.RemoveConstraint(
            model_name='pair',
            name='pair_sides_are_of_places',
        ),
        migrations.RemoveField(
            model_name='pair',
            name='a_left',
        ),
    ]
