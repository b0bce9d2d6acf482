"""Make another study with the settings, texts and questions of another; never with its answers."""

import random
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Pair, Study, StudyImage
from ratings.models.pair import CONDITION_FIELDS, IMAGE_FIELDS
from ratings.selectors.studies import study_description
from ratings.services.details import FACTS
from ratings.services.studies import create_study

OF_THE_FIRST = {"is_demo": False, "opens_at": None, "closes_at": None}  # what a copy does not take over
BATCH = 2000


@transaction.atomic
def copy_study(*, study: Study, slug: str, title: str, actor: User | None) -> Study:
    """Make a draft with a study's settings, texts, translations, questions and imported sets; its dates are blank."""
    described = {**study_description(study=study), **OF_THE_FIRST, "slug": slug, "title": title}
    copied = create_study(description=described, actor=actor)
    copied.datasets.set(study.datasets.all())
    return copied


@transaction.atomic
def copy_items(*, source: Study, study: Study) -> int:
    """Give a study without pictures those of another, and its pairs and sets, all places free; count the pictures.

    Pictures that were taken off, archived, made for a rater, or drawn as attention checks stay behind.
    """
    rows = StudyImage.objects.bulk_create(copied_images(source=source, study=study), batch_size=BATCH)
    Pair.objects.bulk_create(copied_pairs(source=source, study=study), batch_size=BATCH)
    return len(rows)


def copied_images(*, source: Study, study: Study) -> Iterator[StudyImage]:
    """Make the rows of the pictures, under dense numbers in their order."""
    rows = StudyImage.objects.filter(
        study=source,
        off_at__isnull=True,
        image__archived_at__isnull=True,
        is_made=False,
        attention_value__isnull=True,
    )
    kept = ("image_id", "name", "is_active", "is_practice", "is_on_card", *FACTS)
    for ordinal, row in enumerate(rows.order_by("ordinal").values(*kept).iterator()):
        yield StudyImage(study=study, ordinal=ordinal, shuffle=drawn(), target=study.target, **row)


def copied_pairs(*, source: Study, study: Study) -> Iterator[Pair]:
    """Make the rows of the pairs and sets that are for anyone."""
    rows = Pair.objects.filter(study=source, off_at__isnull=True, is_active=True, participation__isnull=True)
    for name in IMAGE_FIELDS:
        rows = rows.exclude(**{f"{name}__archived_at__isnull": False})
    kept = ("group", "prompt", *CONDITION_FIELDS, *(f"{name}_id" for name in IMAGE_FIELDS))
    for ordinal, row in enumerate(rows.order_by("ordinal").values(*kept).iterator()):
        yield Pair(study=study, ordinal=ordinal, shuffle=drawn(), target=study.target, **row)


def drawn() -> float:
    """Draw a number that breaks ties of coverage."""
    return random.random()  # noqa: S311 - keeps no secret
