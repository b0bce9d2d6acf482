"""Who withdrew, as far as it has to be known so that an older dump does not bring them back."""

from django.db import models


class WithdrawnName(models.Model):
    """The SHA-256 of the name that somebody who withdrew had in dumps.

    Such names are keyed: who it was, nobody finds out from this, and no date is kept beside it.
    """

    digest = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        """Give the digest."""
        return self.digest
