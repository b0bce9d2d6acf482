"""Remember of who withdraws the digest of their name in dumps, so that an older dump does not bring them back."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ratings', '0063_chosen_comparisons'),
    ]

    operations = [
        migrations.CreateModel(
            name='WithdrawnName',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
            ],
        ),
    ]
