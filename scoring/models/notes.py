"""What people wrote of a run or a version, for each other."""

from django.db import models


class Noted(models.Model):
    """What people wrote of a row, for each other."""

    notes = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        """No table of its own."""

        abstract = True
