"""How often visitors came to a study by a link that did not say who they are."""

from django.db import models

from ratings.choices import LinkFaultKind


class LinkFaultCount(models.Model):
    """Visits of one study with one kind of fault in the link, and the last such link."""

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="link_faults")
    kind = models.CharField(max_length=10, choices=LinkFaultKind)
    count = models.PositiveIntegerField(default=1)
    example = models.CharField(max_length=200, help_text="The parameter as it stood in the last such link.")
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        """One row counts all visits of a kind."""

        constraints = (models.UniqueConstraint(fields=("study", "kind"), name="link_fault_count_once"),)

    def __str__(self) -> str:
        """Say what is counted."""
        return f"{self.study_id}: {self.kind}"
