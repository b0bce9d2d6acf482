"""The ranking that a study of comparisons shows: what is stored of it, never computed here."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from ratings.choices import ArenaAccess
from ratings.exceptions import ArenaNotFoundError
from ratings.models import ArenaRanking, Participation, Study
from ratings.registry import SEVERAL_IMAGES, design_of, names_in
from ratings.selectors.studies import access_study
from ratings.sentences import staff_gettext

ARENA_SECONDS = 60  # between two computations by workers, for which caches may keep a ranking
NO_RANKING: dict[str, Any] = {"names": 0, "raters": 0, "answers": 0, "uncounted": 0, "is_few": True, "parts": []}


@dataclass(frozen=True, kw_only=True)
class OwnArena:
    """A rater's own ranking, or how many answers it still takes."""

    missing: int
    ranking: dict[str, Any] | None


def studies_with_arena() -> QuerySet[Study]:
    """Give the studies that show a ranking."""
    shown = Study.objects.visible().filter(design__in=names_in(SEVERAL_IMAGES))
    return shown.exclude(arena=ArenaAccess.OFF).order_by("pk")


def has_public_arena(study: Study) -> bool:
    """Tell whether a study's page leads to its ranking."""
    return study.arena == ArenaAccess.PUBLIC and design_of(study).comparison is not None


def require_arena(study: Study) -> Study:
    """Raise unless the study shows a ranking."""
    if study.arena == ArenaAccess.OFF or design_of(study).comparison is None:
        raise ArenaNotFoundError(gettext("This study shows no ranking."))
    return study


def access_arena(*, slug: str) -> Study:
    """Give a study that shows a ranking."""
    return require_arena(access_study(slug=slug))


def shown_arena(*, study: Study, language: str) -> dict[str, Any]:
    """Give the ranking of all raters and those of the groups, named in a language; empty before it was computed."""
    stored = ArenaRanking.objects.filter(study=study, participation=None).first()
    figures = stored.figures if stored else {**NO_RANKING, "groups": [], "hidden_groups": 0}
    return {
        "study": study.slug,
        "title": study.text_in(language=language, name="title").words,
        "by": study.arena_by,
        "computed_at": stored.computed_at if stored else None,
        **figures,
        "groups": named_groups(study=study, groups=figures["groups"], language=language),
        "smallest_group": study.arena_smallest_group,
    }


def named_groups(*, study: Study, groups: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Add the words of its question and answer to each group; one whose question is gone is left out."""
    questions = {question.key: (spoken, question) for spoken, question in study.questions_in(language)}
    known = [(one, *questions[one["question"]]) for one in groups if one["question"] in questions]
    return [
        {
            **one,
            "language": spoken,
            "question_label": question.label,
            "value_label": question.label_of(one["value"]) or one["value"],
        }
        for one, spoken, question in known
    ]


def own_arena(*, study: Study, participation: Participation) -> OwnArena:
    """Give a rater's own ranking once they have answered enough, or have finished."""
    missing = max(min(study.arena_own_after, participation.quota) - participation.done, 0)
    stored = ArenaRanking.objects.filter(participation=participation).first() if not missing else None
    return OwnArena(missing=missing, ranking={**stored.figures, "computed_at": stored.computed_at} if stored else None)


def arena_faults(study: Study) -> dict[str, str]:
    """Say what keeps a study from showing the ranking that it describes, by field."""
    if study.arena == ArenaAccess.OFF:
        return {}
    faults = {}
    if design_of(study).comparison is None:
        faults["arena"] = staff_gettext(
            "This design compares no pictures, so there is nothing to rank: leave arena off."
        )
    unknown = [key for key in study.arena_groups if key not in {question.key for question in study.questions}]
    if unknown:
        faults["arena_groups"] = staff_gettext(
            "No profile question has the key {key}: name keys of profile_questions."
        ).format(key=f"{unknown[0]!r}")
    return faults
