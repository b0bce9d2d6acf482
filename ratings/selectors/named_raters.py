"""Who is meant by a name: an id of a rater or a part, its first digits, the platform's id, or the name in dumps."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.exceptions import AmbiguousNameError, NotFoundError
from ratings.models import Participation, Rater, Study
from ratings.sentences import staff_gettext
from ratings.values.rater_names import PSEUDONYM_DIGITS, RaterName, read_rater_name, short_names

NAMES_AT_ONCE = 500  # beginnings of ids in one query
NAMES_SHOWN = 5
HOW_TO_NAME = staff_gettext_lazy(
    "give the id or short name that the admin shows, the platform's id, or the name in a dump"
)


@dataclass(frozen=True, kw_only=True)
class NamedParticipations:
    """Whom each name means, and of names that mean several the reason."""

    found: dict[str, Participation] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)


def pseudonym(*, rater: str) -> str:
    """Give the name a rater has in dumps: keyed, so that nobody outside can compute it."""
    key = settings.PSEUDONYM_KEY
    return salted_hmac("pamela.dumps.rater", rater, secret=key, algorithm="sha256").hexdigest()[:PSEUDONYM_DIGITS]


def raters_meant(*, names: Collection[str], study: Study | None = None) -> dict[str, set[UUID]]:
    """Give the raters that each name may mean, in one study or in all; a name that means nobody has none."""
    asked = [read_rater_name(name) for name in names if name]
    meant: dict[str, set[UUID]] = defaultdict(set)
    if not asked:
        return meant
    parts = Participation.objects.order_by()
    raters = Rater.objects.order_by()
    if study is not None:
        parts, raters = parts.filter(study=study), raters.filter(participations__study=study)
    by_id = (*by_digits(asked, raters=raters), *by_part(asked, parts=parts), *by_pseudonym(asked, raters=raters))
    for name, rater in by_id:
        meant[name].add(rater)
    called = [name.text for name in asked if not (name.key and name.text in meant)]  # a whole id is nobody else's name
    for name, rater in parts.filter(external_id__in=called).values_list("external_id", "rater_id"):
        meant[name].add(rater)
    return meant


def by_part(asked: Sequence[RaterName], *, parts: "QuerySet[Participation]") -> Iterable[tuple[str, UUID]]:
    """Find the raters of participations that have these ids."""
    keys = [(name.text, name.key) for name in asked if name.key]
    found = dict(parts.filter(pk__in={key for _, key in keys}).values_list("pk", "rater_id")) if keys else {}
    return [(text, found[key]) for text, key in keys if key in found]


def by_digits(asked: Sequence[RaterName], *, raters: "QuerySet[Rater]") -> Iterable[tuple[str, UUID]]:
    """Find the raters whose ids begin so."""
    spans = [(name.text, name.span) for name in asked if name.span]
    for start in range(0, len(spans), NAMES_AT_ONCE):
        piece = spans[start : start + NAMES_AT_ONCE]
        wanted = Q()
        for _, span in piece:
            wanted |= Q(pk__range=span)
        for rater in raters.filter(wanted).values_list("pk", flat=True):
            yield from ((text, rater) for text, (low, high) in piece if low <= rater <= high)


def by_pseudonym(asked: Sequence[RaterName], *, raters: "QuerySet[Rater]") -> Iterable[tuple[str, UUID]]:
    """Find the raters whom dumps call so: a keyed name leads back only by trying everybody."""
    wanted = {name.text.lower(): name.text for name in asked if name.may_be_pseudonym}
    if not wanted:
        return
    for rater in raters.values_list("pk", flat=True).iterator():
        text = wanted.get(pseudonym(rater=str(rater)))
        if text is not None:
            yield text, rater


def participations_by_name(*, study: Study, names: Collection[str]) -> NamedParticipations:
    """Find those who take part by any name that pages and dumps show; a name of several means none."""
    meant = raters_meant(names=names, study=study)
    sure = {name: next(iter(raters)) for name, raters in meant.items() if len(raters) == 1}
    rows = Participation.objects.filter(study=study, rater__in=set(sure.values())).select_related("study", "rater")
    parts = {row.rater_id: row for row in rows}
    return NamedParticipations(
        found={name: parts[rater] for name, rater in sure.items() if rater in parts},
        doubts={name: doubt_about(name, raters) for name, raters in meant.items() if len(raters) > 1},
    )


def access_participation_by_name(*, study: Study, name: str) -> Participation:
    """Find somebody who takes part by any name that pages and dumps show; raises where it is nobody or several."""
    named = participations_by_name(study=study, names=[name])
    if name in named.doubts:
        raise AmbiguousNameError(named.doubts[name])
    if name not in named.found:
        raise NotFoundError(
            staff_gettext("Nobody called {name} takes part in {slug}: {how_to_name}.").format(
                name=f"{name!r}", slug=f"{study.slug!r}", how_to_name=HOW_TO_NAME
            )
        )
    return named.found[name]


def doubt_about(name: str, raters: Collection[UUID]) -> str:
    """Say whom a name may mean."""
    called = short_names(raters)
    further = (
        staff_gettext(" and {count} more").format(count=len(called) - NAMES_SHOWN) if len(called) > NAMES_SHOWN else ""
    )
    return staff_gettext("{name} may mean {count} raters, {names}{further}: give one of these names.").format(
        name=f"{name!r}", count=len(called), names=", ".join(called[:NAMES_SHOWN]), further=further
    )
