"""What a researcher reads when texts change that people have seen."""

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from ratings.models import Study
from ratings.models.consent_facts import FACTS
from ratings.selectors.texts import place_faults
from ratings.values.consent_facts import DATA_USE

CONSENT = {"consent_text", "shows_taste", "taste_consent", *FACTS, *DATA_USE}  # fields that raters agree to


def warn_of_corrected_consent(*, request: HttpRequest, study: Study, changed: Collection[str]) -> None:
    """Say that nobody is asked again where the consent text changes and its version does not."""
    if not CONSENT & set(changed) or "consent_version" in changed:
        return
    agreed = study.participations.filter(consent_version=study.consent_version).count()
    if agreed:
        messages.warning(
            request,
            ngettext(
                "1 person has agreed to consent version {version} in its former words, which are kept; nobody is asked "
                "again. Where the meaning has changed, give the consent a new version: everybody is asked then.",
                "{count} people have agreed to consent version {version} in its former words, which are kept; nobody "
                "is asked again. Where the meaning has changed, give the consent a new version: everybody is asked "
                "then.",
                agreed,
            ).format(count=agreed, version=study.consent_version),
        )


def warn_of_gaps(*, request: HttpRequest, study: Study) -> None:
    """Name what is left to fill in the consent, without which the study does not open."""
    for name, sentence in place_faults(study).items():
        messages.warning(
            request, gettext("{name}: {sentence} The study does not open before.").format(name=name, sentence=sentence)
        )
