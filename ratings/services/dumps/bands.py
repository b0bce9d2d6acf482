"""Profile answers in bands, such that nobody can be identified in a small group: k-anonymity by leaving answers out."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ratings.values.questions import Question

SMALLEST_GROUP = 5

Bands = dict[str, str | None]


def banded_answers(*, people: list[dict[str, Any]], questions: Sequence[Question]) -> list[Bands]:
    """Keep the answers that are among the options of their question, as far as enough people share them.

    What is kept of somebody, all answers together, is kept alike of at least `SMALLEST_GROUP` people, and so is
    that nothing is: the only one without an answer would be known as the one who gave the rare one.
    """
    kept = answers_among_options(people=people, questions=questions)
    for column in kept[0] if kept else ():
        leave_out_rare(kept, column=column)
    leave_out_small_groups(kept)
    return kept


def answers_among_options(*, people: list[dict[str, Any]], questions: Sequence[Question]) -> list[Bands]:
    """Give everybody's answers as they are, without what is no option of its question."""
    given = [json.loads(person["answers"] or "{}") for person in people]
    kept: list[Bands] = [{} for _ in people]
    for question in questions:
        options = frozenset(question.values)
        for answers, row in zip(given, kept, strict=True):
            value = answers.get(question.key)
            row[f"profile_{question.key}"] = value if isinstance(value, str) and value in options else None
    return kept


def leave_out_rare(rows: list[Bands], *, column: str) -> None:
    """Leave out the answers to one question that too few gave."""
    sizes = Counter(row[column] for row in rows)
    for row in rows:
        if sizes[row[column]] < SMALLEST_GROUP:
            row[column] = None


def leave_out_small_groups(rows: list[Bands]) -> None:
    """Leave out answers, the most telling question first, of those whose answers together too few share."""
    while small := those_in_small_groups(rows):
        answered = [name for name in small[0] if any(row[name] is not None for row in small)]
        most_telling = max(answered, key=lambda name: len({row[name] for row in small}))
        for row in small:
            row[most_telling] = None
    hide_the_few_without_answers(rows)


def hide_the_few_without_answers(rows: list[Bands]) -> None:
    """Leave out all answers of the smallest group, too, where too few have none: that would tell what they said."""
    sizes = Counter(tuple(row.values()) for row in rows if any(row.values()))
    without = len(rows) - sizes.total()
    if sizes and 0 < without < SMALLEST_GROUP:
        smallest = min(sizes, key=lambda group: (sizes[group], str(group)))
        for row in rows:
            if tuple(row.values()) == smallest:
                row.update(dict.fromkeys(row))


def those_in_small_groups(rows: list[Bands]) -> list[Bands]:
    """Find those with answers who share all of them with too few."""
    sizes = Counter(tuple(row.values()) for row in rows)
    return [row for row in rows if sizes[tuple(row.values())] < SMALLEST_GROUP and any(row.values())]
