"""Best-worst of several pictures: the sets made, the order they stand in, what an answer says, scores, dumps."""

import uuid
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from django.db import IntegrityError, transaction

from ratings.choices import Design, Side
from ratings.exceptions import RecordError
from ratings.models import Pair, PairAssignment, Participation, Study
from ratings.registry import SEVERAL_IMAGES, design_of
from ratings.services.collect import record_answer
from ratings.services.collection import ChoiceSubmission
from ratings.services.comparisons.design_table import import_pairs
from ratings.services.comparisons.results import comparison_figures
from ratings.services.give_back import leave
from ratings.services.lease import lease_items
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_choice, make_image, make_pair, make_participation, make_study
from ratings.values.comparisons import ImpliedGame, best_worst_games

pytestmark = pytest.mark.django_db


def best_worst(size: int = 3, **fields: object) -> Study:
    return make_study(design=Design.BEST_WORST, set_size=size, **fields)


def make_set(study: Study, conditions: str = "abc", **fields: object) -> Pair:
    sides = Side.values[: len(conditions)]
    images = {f"image_{side}": make_image() for side in sides}
    names = {f"condition_{side}": name for side, name in zip(sides, conditions, strict=True)}
    return make_pair(study=study, **images, **names, **fields)


def test_the_best_beats_every_other_and_each_of_those_the_worst() -> None:
    # of four pictures, the second is the best and the fourth the worst; the first and the third stay undecided
    assert best_worst_games("2>4", 4) == [
        ImpliedGame(one=0, other=1, score=0.0),
        ImpliedGame(one=0, other=3, score=1.0),
        ImpliedGame(one=1, other=2, score=1.0),
        ImpliedGame(one=1, other=3, score=1.0),
        ImpliedGame(one=2, other=3, score=1.0),
    ]


def test_a_table_becomes_every_set_of_so_many_conditions(tmp_path: Path) -> None:
    study = best_worst(size=3)
    rows = [f"a boat,{name},{make_image(study=study).sha256}" for name in "abcd"]
    (tmp_path / "sets.csv").write_text("\n".join(["prompt,condition,image", *rows, f"alone,a,{rows[0][-64:]}"]))
    report = import_pairs(study=study, path=tmp_path / "sets.csv")
    assert (report.created, report.summary) == (4, "4 new sets, 0 there already, 1 rows refused")
    assert sorted("".join(one.conditions) for one in Pair.objects.all()) == ["abc", "abd", "acd", "bcd"]
    assert import_pairs(study=study, path=tmp_path / "sets.csv").known == 4


def test_fewer_conditions_than_the_study_shows_are_shown_together_but_not_two(tmp_path: Path) -> None:
    study = best_worst(size=5)
    lines = ["prompt,condition,image"]
    lines += [f"three,{name},{make_image(study=study).sha256}" for name in "abc"]
    lines += [f"two,{name},{make_image(study=study).sha256}" for name in "ab"]
    (tmp_path / "sets.csv").write_text("\n".join(lines))
    report = import_pairs(study=study, path=tmp_path / "sets.csv")
    assert [one.conditions for one in Pair.objects.all()] == [["a", "b", "c"]]
    assert report.rejected == ["line 5: 'two' has 2 conditions only; this study shows at least 3 at once."]


def test_each_picture_stands_in_each_place_equally_often_also_after_some_are_given_back() -> None:
    study = best_worst(target=6)
    made = make_set(study)
    gone = make_participation(study=study)
    lease_items(participation_id=gone.pk, count=1)
    leave(family=SEVERAL_IMAGES, participation_id=gone.pk)
    for _ in range(6):
        lease_items(participation_id=make_participation(study=study).pk, count=1)
    held = PairAssignment.objects.filter(state="leased").values_list("left", flat=True)
    assert Counter(held) == {"a": 2, "b": 2, "c": 2}
    made.refresh_from_db()
    assert (made.taken, made.shown("b")) == (6, (made.image_b_id, made.image_c_id, made.image_a_id))


def refusal(participation: Participation, answer: str) -> str:
    (held,) = lease_items(participation_id=participation.pk, count=1).assignments
    submission = ChoiceSubmission(nonce=uuid.uuid4(), assignment_id=held.pk, answer=answer)
    with pytest.raises(RecordError) as raised:
        record_answer(rater_id=participation.rater_id, submission=submission)
    return raised.value.code


@pytest.mark.parametrize("answer", ["left", "tie", "1>1", "1>4"])
def test_an_answer_that_names_no_two_pictures_shown_is_refused(answer: str) -> None:
    study = best_worst()
    make_set(study)
    assert refusal(make_participation(study=study), answer) == "choice_not_offered"


def test_the_database_itself_refuses_the_same_picture_as_best_and_worst_and_a_hole_in_a_set() -> None:
    study = best_worst()
    made = make_set(study)
    for answer in ("2>2", "1>2>1", "1>6", "2>", "best"):
        with pytest.raises(IntegrityError, match="choice_answer_is_known"), transaction.atomic():
            make_choice(pair=made, answer=answer)
    assert make_choice(pair=made, answer="3>1>2").pk  # an order of all, for a design that asks for one
    with pytest.raises(IntegrityError, match="pair_image_d_has_its_condition"), transaction.atomic():
        Pair.objects.update(condition_d="d")


def test_scores_come_from_the_implied_pairs_with_intervals_over_raters() -> None:
    study = best_worst()
    made = make_set(study)
    # a stands first and is the best, c last and the worst; a fourth rater, who sees b first, says the same of a and c
    for answer, left in (("1>3", "a"), ("1>3", "a"), ("1>3", "a"), ("3>2", "b")):
        make_choice(pair=made, answer=answer, left=left)
    figures = comparison_figures(study=study)
    scores = {one.name: one for one in figures.conditions}
    assert (figures.choices, figures.raters, figures.sides.left) == (4, 4, 3)
    assert [scores[name].win_share for name in "abc"] == [1.0, 0.5, 0.0]
    assert scores["a"].bradley_terry > scores["b"].bradley_terry > scores["c"].bradley_terry
    assert scores["a"].bradley_terry_low is not None
    assert list(map(list, figures.wins)) == [[0, 4, 4], [0, 0, 4], [0, 0, 0]]
    raters, _ = design_of(study).measure(study)
    assert len(raters) == 4


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
def test_a_dump_names_what_stood_where_and_what_was_chosen() -> None:
    study = best_worst()
    made = make_set(study)
    make_choice(pair=made, answer="1>2", left="c")  # c, a and b stand in this order
    folder = folder_of(dumped(study, dump_format="csv"))
    (row,) = pd.read_csv(folder / "choices.csv").to_dict("records")
    assert (row["best"], row["worst"], row["best_place"], row["worst_place"]) == ("c", "a", 1, 2)
    assert [row[f"condition_{place}"] for place in (1, 2, 3)] == ["c", "a", "b"]
    assert (row["image_1"], row["sha256_3"]) == (str(made.image_c_id), made.image_b.sha256)
    assert pd.isna(row["condition_4"])
    assert set(pd.read_csv(folder / "images.csv")["image"]) == {str(image) for image in made.image_ids}
