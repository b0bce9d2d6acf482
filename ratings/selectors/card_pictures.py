"""The few pictures on a study's card, by what its author allows: they are seen before anything is rated."""

from collections.abc import Sequence

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from ratings.choices import CardPictures
from ratings.models import Image, Study, StudyImage

MOST_PICTURES = 4  # on a card
CHOSEN = Q(is_on_card=True)  # active or not: pictures of pairs stand in the study inactive, as the pairs hand them out
# Checks say what to answer, and are no pictures.
PRACTISED = Q(is_practice=True, is_active=True, attention_value__isnull=True)


def card_pictures(*, studies: Sequence[Study]) -> dict[int, list[Image]]:
    """Give the pictures on each study's card: those chosen for it, else pictures set aside for practice if allowed."""
    rows = card_rows(studies=studies)
    chosen = {row.study_id for row in rows if row.is_on_card}
    found: dict[int, list[Image]] = {study.pk: [] for study in studies}
    for row in rows:
        if row.is_on_card or row.study_id not in chosen:
            found[row.study_id].append(row.image)
    return found


def card_rows(*, studies: Sequence[Study]) -> list[StudyImage]:
    """Find the first of the pictures that may stand on each card, chosen ones before others."""
    open_ones = [study.pk for study in studies if study.card_pictures == CardPictures.PRACTICE and study.is_listed]
    with_pictures = [study.pk for study in studies if study.card_pictures != CardPictures.NONE]
    allowed = Q(study__in=with_pictures) & CHOSEN | Q(study__in=open_ones) & PRACTISED
    place = Window(RowNumber(), partition_by=F("study"), order_by=(F("is_on_card").desc(), F("shuffle"), F("pk")))
    rows = StudyImage.objects.filter(allowed, off_at__isnull=True, is_made=False).annotate(place=place)
    return [*rows.filter(place__lte=MOST_PICTURES).select_related("image").order_by("study", "place")]
