"""Choose by hand the pictures that raters practise with, which are never among those to be rated."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from ratings.models import Assignment, Study, StudyImage
from ratings.sentences import staff_gettext, staff_ngettext
from ratings.services.audit import log_action


@dataclass(frozen=True, kw_only=True)
class PracticeReport:
    """How many pictures changed sides, and how many could not: raters were handed them already, or they are off."""

    changed: int
    left: int

    def summary(self, done: str) -> str:
        """Say it in one sentence, with what was done."""
        left = (
            staff_gettext("; {left} stay as they are: raters were handed them, or they are no choice").format(
                left=self.left
            )
            if self.left
            else ""
        )
        sentence = staff_ngettext("{changed} picture {done}{left}.", "{changed} pictures {done}{left}.", self.changed)
        return sentence.format(changed=self.changed, done=done, left=left)


@transaction.atomic
def choose_practice(*, study: Study, images: Collection[UUID], actor: User | None) -> PracticeReport:
    """Set pictures aside for practice, of those that no rater was handed or has in a queue."""
    handed = Exists(Assignment.objects.filter(study_image=OuterRef("pk")))
    rows = entries(study=study, images=images).filter(is_practice=False, taken=0).exclude(handed)
    return move_pictures(rows, study=study, images=images, is_practice=True, actor=actor)


@transaction.atomic
def choose_for_rating(*, study: Study, images: Collection[UUID], actor: User | None) -> PracticeReport:
    """Put pictures that were set aside for practice among those to be rated."""
    rows = entries(study=study, images=images).filter(is_practice=True)
    return move_pictures(rows, study=study, images=images, is_practice=False, actor=actor)


def entries(*, study: Study, images: Collection[UUID]) -> "QuerySet[StudyImage]":
    """Find pictures of a study that are shown; the study is locked, as by imports."""
    Study.objects.select_for_update(of=("self",), no_key=True).get(pk=study.pk)
    return StudyImage.objects.filter(
        study=study, image__in=images, is_active=True, is_made=False, attention_value__isnull=True
    )


def move_pictures(
    rows: "QuerySet[StudyImage]", *, study: Study, images: Collection[UUID], is_practice: bool, actor: User | None
) -> PracticeReport:
    """Change the side of some pictures, and log it."""
    locked = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))
    changed = StudyImage.objects.filter(pk__in=locked).update(is_practice=is_practice)
    if changed:
        log_action(action="choose-practice", target=study.slug, actor=actor, images=changed, practice=is_practice)
    return PracticeReport(changed=changed, left=len(set(images)) - changed)
