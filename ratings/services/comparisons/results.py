"""What a study's choices add up to: scores per condition, who beat whom, and whether places mattered."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ratings.models import Choice, Study
from ratings.models.pair import CONDITION_FIELDS, ChoiceQuerySet, in_order
from ratings.registry import comparison_of
from ratings.services.comparisons.bradley_terry import Games, is_connected, side_share, strengths, win_matrix
from ratings.values.comparisons import ComparisonRules
from ratings.values.study_figures import ComparisonFigures, ConditionScores

COLUMNS = ("participation_id", "answer", "assignment__left")
SIMULATED = "participation__rater__is_simulated"
Shown = tuple[Any, str, list[Any]]  # who chose, what they said, and the conditions as their pictures stood


def comparison_figures(*, study: Study) -> ComparisonFigures:
    """Give everything a page shows of a study's result; simulated raters count in a demo only."""
    rows = shown_rows(choices=counted_choices(study=study))
    rules = comparison_of(study)
    names = sorted({name for *_, shown in rows for name in shown})
    positions = [rules.position(answer, len(shown)) for _, answer, shown in rows]
    decided = [position for (_, answer, _), position in zip(rows, positions, strict=True) if answer != "tie"]
    games = games_of(rows, names, rules)
    wins = win_matrix(games)
    found = zip(names, strengths(games) if rows else [], strict=True)
    return ComparisonFigures(
        choices=len(rows),
        raters=len({rater for rater, *_ in rows}),
        ties=len(rows) - len(decided),
        sides=side_share(left=decided.count(0.0), decided=len(decided)),
        is_connected=is_connected(wins) if rows else True,
        conditions=tuple(ConditionScores(name=name, **vars(strength)) for name, strength in found),
        wins=tuple(map(tuple, wins.tolist())),
    )


def counted_choices(*, study: Study) -> ChoiceQuerySet:
    """Give the choices that count: those that stand, of simulated raters in a demo only."""
    choices = Choice.objects.current().filter(participation__study=study)
    return choices if study.is_demo else choices.filter(**{SIMULATED: False})


def shown_rows(*, choices: ChoiceQuerySet, fields: Sequence[str] = CONDITION_FIELDS) -> list[Shown]:
    """Read who chose what, with the conditions, or another field of what was compared, as the pictures stood."""
    columns = (*COLUMNS, *(f"assignment__pair__{name}" for name in fields))
    return [
        (rater, answer, in_order([name for name in shown if name], first=first))
        for rater, answer, first, *shown in choices.order_by("pk").values_list(*columns)
    ]


def games_of(rows: list[Shown], names: list[str], rules: ComparisonRules) -> Games:
    """Turn what raters saw and said into games between conditions; a picture of none, or of the same, plays none."""
    places = {name: place for place, name in enumerate(names)}
    raters = {rater: number for number, rater in enumerate(dict.fromkeys(row[0] for row in rows))}
    played = [
        (raters[rater], places[one], places[other], game.score)
        for rater, answer, shown in rows
        for game in rules.games(answer, len(shown))
        if (one := shown[game.one]) != (other := shown[game.other]) and one and other
    ]
    rater, first, second, score = zip(*played, strict=True) if played else ((), (), (), ())
    return Games(
        rater=np.array(rater, np.int64),
        first=np.array(first, np.int64),
        second=np.array(second, np.int64),
        score=np.array(score, np.float64),
        conditions=len(names),
    )
