"""Facts with a shape: what does not fit is refused with one sentence, and what any version stored is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest

from ratings.choices import Policy, ScaleKind
from ratings.values.questions import Option, Question, checked_questions, stored_questions
from ratings.values.scales import NamedScale, StudyScale, checked_labels, checked_scales, stored_scales
from ratings.values.shapes import Note, ShapeError, checked, described, json_of, loaded

AGE: dict[str, Any] = {
    "key": "age",
    "label": "How old are you?",
    "help": "In bands.",
    "options": [{"value": "18-29", "label": "18 to 29"}, {"value": "30+", "label": "30 or older"}],
}

KEYS = "“moment”, “count”, “share”, “policy”, “is_last”, “places” and “caps”."


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One field of each type."""

    moment: Annotated[datetime, Note("When it was.")]
    count: Annotated[int, Note("A whole number from 1 to 9.", lowest=1, highest=9)] = 1
    share: Annotated[float | None, Note("A share.")] = None
    policy: Annotated[Policy, Note("How it was chosen.")] = Policy.RANDOM
    is_last: Annotated[bool, Note("Yes or no.")] = False
    places: Annotated[tuple[str, ...], Note("Names of places.")] = ()
    caps: Annotated[Mapping[str, int], Note("A number by name.", lowest=0)] = field(default_factory=dict)


def refusal_of(**given: Any) -> str:
    with pytest.raises(ShapeError) as raised:
        checked(Visit, {"moment": "2026-03-01T10:00:00+00:00", **given}, place="visit 1")
    return str(raised.value)


def test_a_fact_is_the_same_after_it_was_written_and_read() -> None:
    visit = Visit(
        moment=datetime(2026, 3, 1, tzinfo=UTC), count=3, share=0.5, policy=Policy.ACTIVE, places=("a",), caps={"b": 2}
    )
    written = {
        "moment": "2026-03-01T00:00:00+00:00",
        "count": 3,
        "share": 0.5,
        "policy": "active",
        "is_last": False,
        "places": ["a"],
        "caps": {"b": 2},
    }
    assert json_of(visit) == written
    assert loaded(Visit, written) == visit
    assert checked(Visit, written, place="visit") == visit


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"count": 0}, "visit 1 needs “count”: a whole number from 1 to 9."),
        ({"count": True}, "visit 1 needs “count”: a whole number from 1 to 9."),
        ({"count": 1.5}, "visit 1 needs “count”: a whole number from 1 to 9."),
        ({"share": float("nan")}, "visit 1 needs “share”: a share."),
        ({"policy": "best"}, "visit 1 needs “policy”: how it was chosen."),
        ({"is_last": "yes"}, "visit 1 needs “is_last”: yes or no."),
        ({"places": "here"}, "visit 1 needs “places”: names of places."),
        ({"places": [1]}, "visit 1 needs “places”: names of places."),
        ({"caps": {"art": -1}}, "visit 1 needs “caps”: a number by name."),
        ({"moment": "soon"}, "visit 1 needs “moment”: when it was."),
        ({"plases": []}, "visit 1 has no “plases”; did you mean “places”? It has " + KEYS),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field_and_what_that_takes(given: dict[str, Any], sentence: str) -> None:
    assert refusal_of(**given) == sentence


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        (5, "give a list; each question needs “key”, “label” and “options”."),
        ([5], "question 1 needs “key”, “label” and “options”."),
        ([AGE, {**AGE, "key": "b", "lable": "x"}], "question 2 has no “lable”; did you mean “label”?"),
        ([{**AGE, "label": " "}], "question 1 needs “label”: the question as raters read it."),
        ([{**AGE, "options": []}], "question 1 needs “options”: the answers to choose from"),
        (
            [{**AGE, "options": [{"value": 18, "label": "18"}]}],
            "question 1, option 1 needs “value”: what is stored and dumped, a text such as “18-29”.",
        ),
        ([{**AGE, "options": [AGE["options"][0]] * 2}], "question 1: each option needs a value of its own"),
        ([AGE, AGE], "each question needs a key of its own; two have “age”."),
    ],
)
def test_a_question_that_no_page_could_ask_is_refused(questions: Any, sentence: str) -> None:
    with pytest.raises(ShapeError) as raised:
        checked_questions(questions)
    assert str(raised.value).startswith(sentence)


def test_questions_that_a_former_version_stored_are_read() -> None:
    # the admin of versions before asked for no texts, and refused no further keys
    stored = [AGE, {"key": "n", "label": "N", "note": "of old", "options": [{"value": 18, "label": 18, "rank": 1}]}]
    bands = (Option(value="18-29", label="18 to 29"), Option(value="30+", label="30 or older"))
    assert stored_questions(stored) == (
        Question(key="age", label="How old are you?", help="In bands.", options=bands),
        Question(key="n", label="N", options=(Option(value="18", label="18"),)),
    )
    assert stored_questions(stored)[0].as_json() == AGE
    assert stored_questions([]) == ()


def test_a_stored_question_without_a_key_says_what_it_lacks() -> None:
    with pytest.raises(ShapeError, match="A stored Question has no “key”"):
        stored_questions([{"label": "Age"}])


def test_scales_are_read_as_they_were_stored_and_checked_as_they_are_given() -> None:
    stored: list[dict[str, Any]] = [
        {"key": "liking", "label": "Do you like it?", "labels": {"1": "no"}},
        {"key": "calm", "label": "Calm?"},
    ]
    scales = (
        NamedScale(key="liking", label="Do you like it?", labels={"1": "no"}),
        NamedScale(key="calm", label="Calm?"),
    )
    assert stored_scales(stored) == checked_scales(stored) == scales
    assert scales[1].as_json() == {"key": "calm", "label": "Calm?", "labels": {}}
    with pytest.raises(ShapeError, match=r"scale 1 needs “labels”: words by value"):
        checked_scales([{**stored[0], "labels": {"low": "no"}}, stored[1]])
    with pytest.raises(ShapeError, match=r"scale 1 needs “labels”: words by value"):
        checked_scales([{**stored[0], "labels": {"1": 1}}, stored[1]])


def test_a_scale_lists_its_values_and_its_words_in_their_order() -> None:
    scale = StudyScale(
        kind=ScaleKind.LIKERT, low=0, high=10, step=2.5, labels={"10": "best", "2.5": "bad", "0": "worst"}
    )
    assert scale.values == ["0", "2.5", "5", "7.5", "10"]
    assert scale.anchors == [("0", "worst"), ("2.5", "bad"), ("10", "best")]
    assert StudyScale.from_json(scale.as_json()) == scale
    assert scale.as_json() == {"kind": "likert", "min": 0, "max": 10, "step": 2.5, "labels": dict(scale.labels)}


@pytest.mark.parametrize("labels", [[1], {"low": "bad"}, {"1": 1}])
def test_words_of_a_scale_stand_at_numbers(labels: object) -> None:
    with pytest.raises(ShapeError, match="give words by value"):
        checked_labels(labels)


def test_a_shape_is_described_as_somebody_types_it() -> None:
    assert (
        described(Question)
        == '{"key", "label", "help", "required", "options": [{"value", "label", "screens_out", "most"}]}'
    )
