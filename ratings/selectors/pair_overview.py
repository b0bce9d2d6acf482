"""Figures of a pairwise study for the admin."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from ratings.models import Choice, Pair, Study


@dataclass(frozen=True, kw_only=True)
class PairFigures:
    """How far a pairwise study is."""

    pairs: int
    covered: int
    taken: int
    wanted: int
    choices: int
    raters: int


def pair_figures(*, study: Study) -> PairFigures:
    """Count pairs, places and choices."""
    places = Pair.objects.filter(study=study, is_active=True).aggregate(
        pairs=Count("pk"),
        covered=Count("pk", filter=Q(taken__gte=F("target"))),
        taken=Sum("taken"),
        wanted=Sum("target"),
    )
    standing = Choice.objects.current().filter(participation__study=study).order_by()
    return PairFigures(
        pairs=places["pairs"],
        covered=places["covered"],
        taken=places["taken"] or 0,
        wanted=places["wanted"] or 0,
        choices=standing.count(),
        raters=study.participations.count(),
    )
