"""Everywhere that a picture is kept, counted before it is purged."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import ForeignKey, Model, Q
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.choices import JobState
from ratings.models import Choice, DatasetImage, Dump, Image, Pair, PairAssignment, Rating, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.selectors.picture_names import images_here
from ratings.selectors.stored import is_cascade
from ratings.sentences import staff_gettext

OUT_OF_REACH = staff_gettext_lazy(
    "backups of the database and of the storage, dumps that were downloaded, folders that export and steer wrote, "
    "copies that browsers, proxies and content networks keep, repositories that dumps were pushed to, and models that "
    "were trained before"
)
OF_RATINGS = (StudyImage, Pair, DatasetImage)


@dataclass(frozen=True, kw_only=True)
class PurgePlan:
    """What there is of a picture, by place; and the file it is about where the records know it."""

    sha256: str
    image: Image | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """Say each place with its number."""
        return [f"{number} {place}" for place, number in self.counts.items()]


def purge_plan(*, sha256: str) -> PurgePlan:
    """Count every place in the records that holds a picture, or something that was made of it."""
    image = Image.objects.filter(sha256=sha256).first()
    if image is None:
        return PurgePlan(sha256=sha256, image=None)
    pairs = pairs_with(image)
    counts = {
        staff_gettext("files in storage, thumbnails included"): 1 + len(image.renditions),
        staff_gettext("studies"): StudyImage.objects.filter(image=image).count(),
        staff_gettext("pairs or sets"): pairs.count(),
        staff_gettext("times handed out"): image.assignments.count()
        + PairAssignment.objects.filter(pair__in=pairs).count(),
        staff_gettext("ratings"): Rating.objects.filter(image=image).count(),
        staff_gettext("choices"): Choice.objects.filter(assignment__pair__in=pairs).count(),
        staff_gettext("imported sets"): DatasetImage.objects.filter(image=image).count(),
        staff_gettext("dumps with the picture itself"): sum(holds_pictures(dump) for dump in dumps_with(image)),
        staff_gettext("dumps that name it"): sum(not holds_pictures(dump) for dump in dumps_with(image)),
    }
    made = {str(model._meta.verbose_name_plural): rows.count() for model, rows in derived_rows(image)}
    return PurgePlan(sha256=sha256, image=image, counts=counts | made)


def pairs_with(image: Image) -> Any:
    """Give the comparisons that show a picture."""
    shown = Q()
    for name in IMAGE_FIELDS:
        shown |= Q(**{name: image})
    return Pair.objects.filter(shown)


def dumps_with(image: Image) -> list[Dump]:
    """Give the dumps of the studies that have a picture, as far as they have files."""
    studies = StudyImage.objects.filter(image=image).values("study")
    return list(Dump.objects.filter(study__in=studies, state=JobState.READY).exclude(folder=""))


def holds_pictures(dump: Dump) -> bool:
    """Tell whether a dump has the pictures themselves in it."""
    return bool(dump.filters.get("include_pictures"))


def derived_rows(image: Image) -> Iterator[tuple[type[Model], Any]]:
    """Give what is kept of a picture as long as it is there, such as what encoders made of it."""
    for relation in Image._meta.related_objects:
        model, found = relation.related_model, relation.field
        if isinstance(found, ForeignKey) and is_cascade(found) and model not in OF_RATINGS:
            yield model, model._default_manager.filter(**{found.name: image})


def digest_meant(*, name: str) -> str:
    """Find the picture that an id, a digest or its beginning names, or take a whole digest as it is.

    Raises `NotFoundError`.
    """
    return digest_named(name=name) or images_here(names=[name])[0].sha256


def digest_named(*, name: str) -> str | None:
    """Read a name as a whole SHA-256, of a picture that need not be here."""
    text = name.strip().lower()
    return text if len(text) == 2 * hashlib.sha256().digest_size and set(text) <= set("0123456789abcdef") else None
