"""Under which licence a study's answers are published, and how to cite them."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

LICENCE = r"^([A-Za-z0-9][A-Za-z0-9.+-]*|https?://\S+)$"
SENTENCE = "Write an SPDX identifier, such as CC-BY-4.0, or an address."
PUBLICATION_CONSTRAINTS = (
    models.CheckConstraint(
        condition=Q(licence="") | Q(licence__regex=LICENCE),
        name="study_licence_is_named",
        violation_error_message=SENTENCE,
    ),
)


class PublicationFacts(models.Model):
    """What a study says of the dumps that are made of it."""

    licence = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(LICENCE, SENTENCE)],
        help_text="Licence of the dumps: an SPDX identifier, such as CC-BY-4.0, or an address. It has to agree with "
        "what raters consented to.",
    )
    citation = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="How to cite the dumps, as a sentence or as BibTeX; blank for title, version and date.",
    )

    class Meta:
        """Fields only; the study has the table."""

        abstract = True
