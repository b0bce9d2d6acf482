"""Prepare a study for its raters, and refuse to open one that has nothing to ask them."""

import random

from ratings.exceptions import ConflictError, TextsIncompleteError
from ratings.models import Pair, Study, StudyImage
from ratings.selectors.texts import missing_sentence, place_faults, taste_fault
from ratings.sentences import staff_gettext
from ratings.services.attention import ensure_attention_checks

IMAGES_PER_PRACTICE_IMAGE = 8  # a study smaller than this per practice image keeps all its images for rating


def prepare_images(study: Study) -> None:
    """Set some images aside where none is marked for practice and there are plenty, and draw attention checks."""
    images = StudyImage.objects.filter(study=study, is_active=True)
    if not images.exists():
        raise ConflictError(staff_gettext("The study has no images yet: add some before opening it."))
    if not images.filter(is_practice=True, attention_value__isnull=True).exists():
        set_practice_aside(study=study)
    ensure_attention_checks(study=study)


def require_pairs(study: Study) -> None:
    """Raise unless there is something to compare."""
    if not Pair.objects.filter(study=study, is_active=True).exists():
        raise ConflictError(staff_gettext("The study has no pairs yet: import its design before opening it."))


def set_practice_aside(*, study: Study) -> None:
    """Mark a few untouched images for practice if the study can spare them."""
    untouched = list(
        StudyImage.objects.filter(study=study, is_active=True, is_practice=False, taken=0).values_list("pk", flat=True)
    )
    if len(untouched) >= study.practice_count * IMAGES_PER_PRACTICE_IMAGE:
        chosen = random.SystemRandom().sample(untouched, study.practice_count)
        StudyImage.objects.filter(pk__in=chosen).update(is_practice=True)


def require_filled_consent(study: Study) -> None:
    """Raise where the consent text has places that nothing fills."""
    faults = place_faults(study)
    if faults:
        name, sentence = next(iter(faults.items()))
        raise ConflictError(f"{name}: {sentence}", fields={name: sentence})


def require_translations(study: Study) -> None:
    """Raise where raters who chose another language would read some texts in the first one."""
    missing = missing_sentence(study)
    if missing:
        raise TextsIncompleteError(
            staff_gettext("{missing} Translate them, or confirm that the study opens as it is.").format(missing=missing)
        )


def require_taste_consent(study: Study) -> None:
    """Raise where raters would be shown a taste that there is not, or without having agreed to it."""
    fault = taste_fault(study)
    if fault:
        raise ConflictError(fault)
