"""Nobody shares their profile with fewer than five people, however answers are combined."""

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ratings.services.dumps.bands import SMALLEST_GROUP, banded_answers
from ratings.values.questions import Option, Question


def question(key: str, *values: str) -> Question:
    return Question(key=key, label=key, options=tuple(Option(value=value, label=value) for value in values))


QUESTIONS = [question("age", "young", "old"), question("gender", "f", "m"), question("country", *"abcdefgh")]


def banded(answers: list[dict[str, Any]]) -> list[tuple[str | None, ...]]:
    people = [{"answers": json.dumps(one)} for one in answers]
    return [tuple(row.values()) for row in banded_answers(people=people, questions=QUESTIONS)]


def test_answers_that_many_give_but_few_give_together_are_left_out() -> None:
    pairs = [("young", "f")] * 5 + [("young", "m"), ("old", "f")] * 2 + [(None, None)] + [("old", "m")] * 5
    rows = banded([{"age": age, "gender": gender} for age, gender in pairs])
    assert rows == [("young", "f", None)] * 5 + [(None, None, None)] * 5 + [("old", "m", None)] * 5


def test_the_most_telling_answer_goes_first() -> None:
    people = [{"age": "young", "gender": "f", "country": country} for country in "aaaaabcdefg"]
    rows = banded(people)
    assert rows == [("young", "f", "a")] * 5 + [("young", "f", None)] * 6


def test_an_answer_that_is_no_option_is_never_published() -> None:
    assert banded([{"age": "as old as my hair", "gender": ["f"], "country": 7}] * 9) == [(None, None, None)] * 9


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "age": st.sampled_from(["young", "old", None]),
                "gender": st.sampled_from(["f", "m"]),
                "country": st.sampled_from("abcdefgh"),
            }
        ),
        max_size=60,
    )
)
def test_whatever_is_published_of_somebody_is_the_same_for_five(people: list[dict[str, Any]]) -> None:
    rows = banded(people)
    sizes = Counter(rows)
    assert all(sizes[row] >= min(SMALLEST_GROUP, len(rows)) for row in rows)
    for answers, row in zip(people, rows, strict=True):
        assert all(
            shown in {None, answers[name]} for shown, name in zip(row, ("age", "gender", "country"), strict=True)
        )


def test_the_only_one_with_a_rare_answer_is_not_the_only_one_without_an_answer() -> None:
    rows = banded([{"age": "young"}] * 9 + [{"age": "old"}])
    assert rows == [(None, None, None)] * 10


def test_who_gave_no_answer_is_hidden_among_the_smallest_group() -> None:
    rows = banded([{"age": "young"}] * 9 + [{"age": "old"}] * 6 + [{}])
    assert rows == [("young", None, None)] * 9 + [(None, None, None)] * 7
