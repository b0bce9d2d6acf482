"""Take pictures off a study, and put them back: nobody is shown them, and what was said of them stays."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ratings.choices import OffReason
from ratings.exceptions import InvalidInputError
from ratings.models import Pair, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.give_back import end_leases_of_taken_off

NAMED = 20  # pictures that the audit log names one by one


@dataclass(frozen=True, kw_only=True)
class OffReport:
    """What a call changed: how many pictures, comparisons that show them, and leases of either."""

    images: int
    comparisons: int
    leases: int = 0

    def summary(self, done: str) -> str:
        """Say it in one sentence, with the participle of what was done."""
        with_them = f"{self.comparisons} comparisons that show them"
        return f"{self.images} images {done}, and {with_them}; {self.leases} leases ended."


def take_off(
    *, study: Study, images: Collection[UUID], reason: str, words: str = "", actor: User | None = None
) -> OffReport:
    """Take pictures off a study, with every comparison that shows one; those that are off already stay as they are.

    What raters hold of them ends once no more of them is handed out: two transactions, since a click locks what it is
    about before the place that it takes. When the second is lost, the sweep of expired leases does its work.
    """
    require_off_reason(reason=reason, words=words)
    report = switch_off(study=study, images=images, reason=OffReason(reason), words=words, actor=actor)
    leases = end_leases_of_taken_off(study=study)
    return OffReport(images=report.images, comparisons=report.comparisons, leases=leases)


def require_off_reason(*, reason: str, words: str) -> None:
    """Refuse a reason that is none of those there are, and another reason without a word on it."""
    if reason not in OffReason.values:
        raise InvalidInputError(
            staff_gettext("{reason} is no reason; give one of {values}.").format(
                reason=f"{reason!r}", values=", ".join(OffReason.values)
            ),
            fields={"reason": staff_gettext("one of {values}").format(values=", ".join(OffReason.values))},
        )
    longest = StudyImage._meta.get_field("off_words").max_length or 0
    if len(words) > longest:
        raise InvalidInputError(
            staff_gettext("words: write at most {longest} characters.").format(longest=longest),
            fields={"words": staff_gettext("Shorten it.")},
        )
    if reason == OffReason.OTHER and not words.strip():
        raise InvalidInputError(
            staff_gettext("Say in words what the other reason is."), fields={"words": staff_gettext("Say why.")}
        )


@transaction.atomic
def switch_off(
    *, study: Study, images: Collection[UUID], reason: OffReason, words: str, actor: User | None
) -> OffReport:
    """Mark the pictures and their comparisons as taken off, and log who did."""
    lock_entries(study=study)
    entries = StudyImage.objects.filter(study=study, image__in=images, off_at__isnull=True)
    names = locked_names(entries)
    now = timezone.now()
    number = entries.update(
        off_at=now, off_reason=reason, off_words=words, off_by=actor, was_active=F("is_active"), is_active=False
    )
    pairs = Pair.objects.filter(showing(images), study=study, is_active=True)
    lock_pairs(pairs)
    comparisons = pairs.update(off_at=now, off_reason=reason, is_active=False)
    if number:
        log_action(
            action="take-off-images",
            target=study.slug,
            actor=actor,
            images=number,
            names=names[:NAMED],
            comparisons=comparisons,
            reason=reason,
            words=words,
        )
    return OffReport(images=number, comparisons=comparisons)


@transaction.atomic
def put_back(*, study: Study, images: Collection[UUID], actor: User | None = None) -> OffReport:
    """Put pictures back that were taken off, and the comparisons all of whose pictures are there again."""
    lock_entries(study=study)
    entries = StudyImage.objects.filter(study=study, image__in=images, off_at__isnull=False)
    names = locked_names(entries)
    number = entries.update(
        is_active=F("was_active"), was_active=False, off_at=None, off_reason="", off_words="", off_by=None
    )
    still_off = StudyImage.objects.filter(study=study, off_at__isnull=False).values_list("image_id", flat=True)
    pairs = Pair.objects.filter(showing(images), study=study, off_at__isnull=False).exclude(showing(set(still_off)))
    lock_pairs(pairs)
    comparisons = pairs.update(off_at=None, off_reason="", is_active=True)
    if number:
        log_action(
            action="put-back-images",
            target=study.slug,
            actor=actor,
            images=number,
            names=names[:NAMED],
            comparisons=comparisons,
        )
    return OffReport(images=number, comparisons=comparisons)


def lock_entries(*, study: Study) -> None:
    """Lock a study as imports do, so that no comparison with the pictures is added meanwhile."""
    Study.objects.select_for_update(of=("self",), no_key=True).get(pk=study.pk)


def locked_names(entries: "QuerySet[StudyImage]") -> list[str]:
    """Lock entries and give their names; in the order in which those who take slots lock, so that none waits twice."""
    rows = entries.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(rows.values_list("name", flat=True))


def lock_pairs(pairs: "QuerySet[Pair]") -> None:
    """Lock comparisons in that order as well."""
    list(pairs.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))


def showing(images: Collection[UUID]) -> Q:
    """Give the condition of comparisons that show any of these pictures."""
    return reduce(or_, (Q(**{f"{name}__in": images}) for name in IMAGE_FIELDS))
