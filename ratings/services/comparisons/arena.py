"""The rankings that a study of comparisons shows: computed by workers from the choices, and kept as rows.

A ranking is `{"names", "raters", "answers", "uncounted", "is_few", "parts"}`; of too many names it has no parts.
`uncounted` answers compared nothing that is ranked. Each part holds the conditions that some chain of choices connects,
the best first: only within a part can strengths be compared. Intervals resample raters, or the answers of the one rater
whose ranking it is.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone

from ratings.models import ArenaRanking, Participation, Profile, QualityFlag, Study
from ratings.models.arena import BY_CONDITION, BY_GENERATOR, ArenaSettings
from ratings.models.pair import IMAGE_FIELDS, ChoiceQuerySet
from ratings.registry import comparison_of
from ratings.selectors.arena import studies_with_arena
from ratings.services.comparisons.bradley_terry import (
    Games,
    Integers,
    bradley_terry_scores,
    compared_parts,
    is_connected,
    win_matrix,
)
from ratings.services.comparisons.results import Shown, counted_choices, games_of, shown_rows

RULES = 2  # raise when the figures change, so that everything is computed again
FEW_GAMES = 30  # of a condition, below which its place says little
FEW_RATERS = 10
MOST_RANKED = 100  # names; a table of all against all grows with their square
RATERS_AT_ONCE = 200  # whose own rankings one run computes; the next run goes on
SETTINGS = tuple(field.name for field in ArenaSettings._meta.get_fields())

Rows = list[Shown]


def update_rankings(*, study_id: int) -> None:
    """Compute the rankings of a study whose choices changed; of two at once, both write the same."""
    study = studies_with_arena().filter(pk=study_id).first()
    if study is None:
        return
    update_shared_ranking(study=study)
    for participation in outdated_own(study=study)[:RATERS_AT_ONCE]:
        update_own_ranking(study=study, participation=participation)


def outdated_arenas() -> list[int]:
    """Give the studies that show a ranking, of all or of one rater, which is not of the present choices."""
    return [study.pk for study in studies_with_arena() if is_outdated(study) or outdated_own(study=study)]


def is_outdated(study: Study) -> bool:
    """Tell whether the stored ranking of all raters is of other data."""
    stored = ArenaRanking.objects.filter(study=study, participation=None)
    return not stored.filter(data_digest=arena_digest(study=study)).exists()


def update_shared_ranking(*, study: Study) -> None:
    """Compute the ranking of all raters and those of the groups, unless the stored one is of the same data."""
    if not is_outdated(study):
        return
    digest = arena_digest(study=study)
    rows = ranked_rows(study=study, choices=counted_choices(study=study).without_flagged())
    groups, hidden = group_rankings(study=study, rows=rows)
    figures = {**ranking(study=study, rows=rows), "groups": groups, "hidden_groups": hidden}
    keep_ranking(study=study, participation=None, figures=figures, digest=digest)


def update_own_ranking(*, study: Study, participation: Participation) -> None:
    """Compute the ranking of one rater, with intervals from their own answers."""
    choices = counted_choices(study=study).filter(participation=participation)
    digest = own_digest(study=study, count=choices.count(), newest=choices.aggregate(newest=Max("pk"))["newest"])
    said = ranked_rows(study=study, choices=choices)
    rows = [(number, answer, shown) for number, (_, answer, shown) in enumerate(said)]  # each answer its own cluster
    figures = {**ranking(study=study, rows=rows), "raters": 1}
    keep_ranking(study=study, participation=participation, figures=figures, digest=digest)


@transaction.atomic
def keep_ranking(
    *, study: Study, participation: Participation | None, figures: dict[str, Any], digest: str
) -> ArenaRanking:
    """Put a ranking in the place of the former one."""
    values = {"figures": figures, "data_digest": digest, "computed_at": timezone.now()}
    return ArenaRanking.objects.update_or_create(study=study, participation=participation, defaults=values)[0]


def ranked_rows(*, study: Study, choices: ChoiceQuerySet) -> Rows:
    """Read choices with the names that are ranked; a picture without such a name has a blank."""
    if study.arena_by == BY_CONDITION:
        return shown_rows(choices=choices)
    names = names_of_images(study=study)
    rows = shown_rows(choices=choices, fields=IMAGE_FIELDS)
    return [(rater, answer, [names.get(image, "") for image in shown]) for rater, answer, shown in rows]


def names_of_images(*, study: Study) -> dict[Any, str]:
    """Give the generator of each image, or what the named column says of it."""
    rows = study.study_images.values_list("image_id", "generator", "metadata")
    if study.arena_by == BY_GENERATOR:
        return {image: generator for image, generator, _ in rows}
    return {image: str(value) for image, _, further in rows if (value := further.get(study.arena_by)) is not None}


def group_rankings(*, study: Study, rows: Rows) -> tuple[list[dict[str, Any]], int]:
    """Give the ranking of each group that is large enough, and how many groups are not."""
    groups: list[dict[str, Any]] = []
    hidden = 0
    answers = profile_answers(study=study) if study.arena_groups else {}
    for question in (one for one in study.questions if one.key in study.arena_groups):
        rows_of: dict[str, Rows] = defaultdict(list)
        for row in rows:
            rows_of[str(answers.get(row[0], {}).get(question.key))].append(row)
        raters = {option: len({row[0] for row in rows_of[option]}) for option in question.values if rows_of[option]}
        named = named_options(raters, everybody=len({row[0] for row in rows}), smallest=study.arena_smallest_group)
        groups += [
            {"question": question.key, "value": option, **ranking(study=study, rows=rows_of[option])}
            for option in named
        ]
        hidden += sum(count < study.arena_smallest_group for count in raters.values())
    return groups, hidden


def named_options(raters: Mapping[str, int], *, everybody: int, smallest: int) -> list[str]:
    """Give the answers whose groups are named: those large enough, while all others together are large enough or none.

    Otherwise the ranking of everybody less those of the named groups would be that of one or two raters.
    """
    named = [option for option in raters if raters[option] >= smallest]
    while named and 0 < everybody - sum(raters[option] for option in named) < smallest:
        named.remove(min(named, key=raters.__getitem__))
    return named


def profile_answers(*, study: Study) -> dict[Any, dict[str, Any]]:
    """Give the profile of everybody who takes part."""
    profiles = Profile.objects.filter(rater__participations__study=study)
    return dict(profiles.values_list("rater__participations", "answers").filter(rater__participations__study=study))


def ranking(*, study: Study, rows: Rows) -> dict[str, Any]:
    """Rank what the choices compared."""
    names = sorted({name for *_, shown in rows for name in shown if name})
    games = games_of(rows if len(names) <= MOST_RANKED else [], names, comparison_of(study))
    parts = compared_parts(win_matrix(games)) if len(games.score) else []
    compared = [row for row in rows if len({name for name in row[2] if name}) > 1]
    raters = len({row[0] for row in rows})
    return {
        "names": len(names),
        "raters": raters,
        "answers": len(rows),
        "uncounted": len(rows) - len(compared),
        "is_few": raters < FEW_RATERS,
        "parts": [ranked_part(games, part, names) for part in parts],
    }


def ranked_part(games: Games, part: Integers, names: list[str]) -> dict[str, Any]:
    """Rank the conditions of one part, the best first; one alone was compared with nothing that is ranked."""
    inside = part_games(games, part)
    found = bradley_terry_scores(inside) if len(part) > 1 else []
    entries = [
        {
            "name": names[place],
            "points": score.bradley_terry,
            "low": score.bradley_terry_low,
            "high": score.bradley_terry_high,
            "games": score.games,
            "ties": score.ties,
            "win_share": score.win_share,
            "is_few": score.games < FEW_GAMES,
        }
        for place, score in zip(part, found, strict=False)
    ]
    if not entries:
        return {"is_settled": True, "entries": [{"name": names[place], "games": 0} for place in part]}
    entries.sort(key=lambda one: -one["points"])
    ranked = [{"rank": place, **possible_ranks(one, entries), **one} for place, one in enumerate(entries, start=1)]
    return {"is_settled": is_connected(win_matrix(inside)), "entries": ranked}


def part_games(games: Games, part: Integers) -> Games:
    """Give the games within one part, its conditions numbered from 0."""
    inside = games.taken(np.flatnonzero(np.isin(games.first, part)))
    return Games(
        rater=inside.rater,
        first=np.searchsorted(part, inside.first),
        second=np.searchsorted(part, inside.second),
        score=inside.score,
        conditions=len(part),
    )


def possible_ranks(one: dict[str, Any], entries: Iterable[dict[str, Any]]) -> dict[str, int | None]:
    """Give the places that the intervals leave open: behind those surely better, before those surely worse."""
    if one["low"] is None:
        return {"rank_best": None, "rank_worst": None}
    others = list(entries)
    better = sum(other["low"] > one["high"] for other in others)
    worse = sum(other["high"] < one["low"] for other in others)
    return {"rank_best": 1 + better, "rank_worst": len(others) - worse}


def arena_digest(*, study: Study) -> str:
    """Name the state of what the ranking of all is computed from."""
    choices = counted_choices(study=study)
    flagged = QualityFlag.objects.confirmed().filter(participation__study=study).values_list("participation", flat=True)
    profiles = Profile.objects.filter(rater__participations__study=study) if study.arena_groups else None
    facts = {
        "choices": choices.aggregate(count=Count("pk"), newest=Max("pk")),
        "flagged": sorted(str(key) for key in flagged),
        "profiles": profiles.aggregate(count=Count("pk"), newest=Max("updated_at")) if profiles is not None else None,
        "named": study.study_images.count() if study.arena_by != BY_CONDITION else None,
        "questions": study.profile_questions,
    }
    return digest_of(study=study, facts=facts)


def own_digest(*, study: Study, count: int, newest: int | None) -> str:
    """Name the state of what one rater's ranking is computed from."""
    return digest_of(study=study, facts=[count, newest])


def digest_of(*, study: Study, facts: Any) -> str:
    """Name a state of data, with the settings and rules under which it is ranked."""
    settings = [getattr(study, name) for name in SETTINGS]
    text = json.dumps([RULES, settings, facts], sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def outdated_own(*, study: Study) -> list[Participation]:
    """Give the raters who answered enough and whose own ranking is not of their present answers."""
    counted: QuerySet[Any] = counted_choices(study=study)
    rows = counted.values("participation").annotate(count=Count("pk"), newest=Max("pk")).order_by("newest")
    enough = rows.filter(Q(count__gte=study.arena_own_after) | Q(count__gte=F("participation__quota")))
    own = ArenaRanking.objects.filter(study=study, participation__isnull=False)
    stored = dict(own.values_list("participation", "data_digest"))
    due = [
        row["participation"]
        for row in enough
        if stored.get(row["participation"]) != own_digest(study=study, count=row["count"], newest=row["newest"])
    ]
    found = Participation.objects.in_bulk(due[:RATERS_AT_ONCE])
    return [found[key] for key in due if key in found]
