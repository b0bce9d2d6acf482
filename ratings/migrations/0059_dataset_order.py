"""Lists of imported sets go by name, wherever they are asked for."""

from django.db import migrations


class Migration(migrations.Migration):
    """Say the order; nothing changes in the database."""

    dependencies = [("ratings", "0058_indexes_of_lists")]
    operations = [migrations.AlterModelOptions(name="dataset", options={"ordering": ("name",)})]
