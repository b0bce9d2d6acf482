"""The versions of a study's texts, and which of them each rater agreed to and saw."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.values.consent_facts import FactRow, fact_rows
from ratings.values.languages import LANGUAGES, LONGEST_CODE
from ratings.values.texts import AuthorText

DIGEST = r"^[0-9a-f]{64}$"
CONSENT_PARTS = ("consent_text", "taste_consent")  # what raters agree to, in the order in which they read it


class TextVersion(models.Model):
    """All that a study tells and asks its raters, in every language, as it stood at one time.

    A sealed version is one that raters may have seen; the database lets nobody change or delete it.
    """

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="text_versions")
    number = models.PositiveIntegerField(help_text="1 for the study's first texts, 2 for the next, and so on.")
    consent_version = models.CharField(max_length=40)
    content = models.JSONField(default=dict, help_text="The texts by language, the scale, and whether prompts show.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the content as canonical JSON; blank where it is unknown."
    )
    note = models.CharField(max_length=300, blank=True, help_text="What is not known of this version.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True, help_text="Last edited in place, before anybody saw it.")
    sealed_at = models.DateTimeField(null=True, blank=True, help_text="From when on raters may have seen it.")

    class Meta:
        """Order and invariants."""

        ordering = ("study", "number")
        constraints = (
            models.UniqueConstraint(fields=("study", "number"), name="text_version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="text_version_counts_from_one"),
            models.CheckConstraint(
                condition=Q(digest__regex=DIGEST) | Q(digest="", content={}), name="text_version_digest_or_unknown"
            ),
        )

    def __str__(self) -> str:
        """Name the version."""
        return gettext("texts {number}").format(number=self.number)

    @property
    def is_known(self) -> bool:
        """Tell whether the words of the version were kept."""
        return bool(self.digest)

    def text_in(self, *, language: str, name: str) -> str:
        """Give one of its texts in a language, or else in the first one of the study."""
        return self.marked_text_in(language=language, name=name).words

    def marked_text_in(self, *, language: str, name: str) -> AuthorText:
        """Give one of its texts with the language that it is in."""
        texts = self.content.get("texts", {})
        first = next(iter(self.content.get("languages", [])), "")
        words = texts.get(language, {}).get(name)
        return AuthorText(language=language if words else first, words=str(words or texts.get(first, {}).get(name, "")))


class TextSighting(models.Model):
    """One version of a study's texts that a rater saw, in one language, and agreed to where it asked for that."""

    participation = models.ForeignKey("ratings.Participation", on_delete=models.CASCADE, related_name="sightings")
    texts = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="sightings")
    language = models.CharField(max_length=LONGEST_CODE, choices=LANGUAGES.items())
    seen_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order and invariants."""

        ordering = ("seen_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("participation", "texts", "language"), name="text_sighting_once"),
            models.CheckConstraint(
                condition=Q(language__in=list(LANGUAGES)), name="text_sighting_is_in_a_known_language"
            ),
        )

    def __str__(self) -> str:
        """Say which version was seen."""
        return gettext("sighting {pk}").format(pk=self.pk)

    @property
    def consent_parts(self) -> list[AuthorText]:
        """Give what the version asks people to agree to, in the language in which this rater read it."""
        parts = (self.texts.marked_text_in(language=self.language, name=name) for name in CONSENT_PARTS)
        return [part for part in parts if part.words]

    @property
    def fact_rows(self) -> list[FactRow]:
        """List the facts that the consent named, in the language of the page."""
        return fact_rows(
            facts=self.texts.content.get("facts", {}),
            say=lambda name: self.texts.marked_text_in(language=self.language, name=name),
        )
