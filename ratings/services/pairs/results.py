"""What a study's choices add up to: scores per condition, who beat whom, and whether sides mattered."""

from typing import Any

import numpy as np

from ratings.choices import Answer, Side
from ratings.models import Choice, Study
from ratings.services.pairs.contest import Games, is_connected, side_share, strengths, win_matrix

COLUMNS = (
    "participation_id",
    "answer",
    "assignment__left",
    "assignment__pair__condition_a",
    "assignment__pair__condition_b",
)
SIMULATED = "participation__rater__is_simulated"


def comparison_figures(*, study: Study) -> dict[str, Any]:
    """Give everything a page shows of a pairwise study's result; simulated raters count in a demo only."""
    choices = Choice.objects.current().filter(participation__study=study)
    if not study.is_demo:
        choices = choices.filter(**{SIMULATED: False})
    rows = list(choices.order_by("pk").values_list(*COLUMNS))
    names = sorted({name for *_, one, other in rows for name in (one, other)})
    answers = [answer for _, answer, *_ in rows]
    left, right = answers.count(Answer.LEFT), answers.count(Answer.RIGHT)
    games = games_of(rows, names)
    wins = win_matrix(games)
    return {
        "choices": len(rows),
        "raters": len({rater for rater, *_ in rows}),
        "ties": len(rows) - left - right,
        "sides": side_share(left=left, decided=left + right),
        "is_connected": is_connected(wins) if rows else True,
        "conditions": [
            {"name": name, **scores} for name, scores in zip(names, strengths(games) if rows else [], strict=True)
        ],
        "wins": wins.tolist(),
    }


def games_of(rows: list[tuple[Any, ...]], names: list[str]) -> Games:
    """Turn what raters saw and said into games between conditions."""
    places = {name: place for place, name in enumerate(names)}
    raters = {rater: number for number, rater in enumerate(dict.fromkeys(row[0] for row in rows))}
    return Games(
        rater=np.array([raters[row[0]] for row in rows], np.int64),
        first=np.array([places[row[3]] for row in rows], np.int64),
        second=np.array([places[row[4]] for row in rows], np.int64),
        score=np.array([score_of_a(answer=row[1], left=row[2]) for row in rows], np.float64),
        conditions=len(names),
    )


def score_of_a(*, answer: str, left: str) -> float:
    """Give what the first condition got: 1 for a win, 0.5 for a tie, 0."""
    if answer == Answer.TIE:
        return 0.5
    return float((answer == Answer.LEFT) == (left == Side.A))
