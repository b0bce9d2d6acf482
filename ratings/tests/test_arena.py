"""The ranking that a study shows: who counts, what connects, whose groups are named, and when it is computed."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app

from ratings.choices import Answer, ArenaAccess, Design, FlagState, Side, StudyState
from ratings.exceptions import InvalidInputError
from ratings.models import ArenaRanking, Pair, Participation, Study
from ratings.selectors.arena import own_arena, shown_arena
from ratings.services.comparisons.arena import RATERS_AT_ONCE, update_rankings
from ratings.services.studies import change_study, create_study
from ratings.tasks import update_arena, update_due_arenas
from ratings.tests.factories import make_choice, make_image, make_pair, make_participation, make_rater, make_study
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db

AGE = [
    {
        "key": "age",
        "label": "How old are you?",
        "options": [{"value": "18", "label": "18 to 29"}, {"value": "30", "label": "30 or older"}],
    }
]


def make_arena(**fields: Any) -> Study:
    """Make a pairwise study that shows its ranking."""
    usual = {"design": Design.PAIRWISE, "ties_allowed": True, "arena": ArenaAccess.PUBLIC}
    return make_study(**{**usual, **fields})


def prefer(rater: Participation, winner: str, loser: str, times: int = 1) -> None:
    """Let a rater choose one condition's picture over another's, which stands first by turns."""
    for number in range(times):
        pair = make_pair(study=rater.study, condition_a=winner, condition_b=loser)
        left, answer = (Side.A, Answer.LEFT) if number % 2 else (Side.B, Answer.RIGHT)
        make_choice(participation=rater, pair=pair, left=left, answer=answer)


def everybodys(study: Study) -> dict[str, Any]:
    """Compute the rankings, and give what is shown to all."""
    update_arena(study.pk)
    return shown_arena(study=study, language="en")


def named(part: dict[str, Any]) -> list[str]:
    """Name what a part ranks, the best first."""
    return [one["name"] for one in part["entries"]]


def test_scores_are_those_of_bradley_terry_and_ties_are_half_a_win() -> None:
    study = make_arena()
    one, other = make_participation(study=study), make_participation(study=study)
    for rater in (one, other):
        prefer(rater, "steered", "plain")
    prefer(one, "plain", "steered")
    make_choice(participation=other, pair=make_pair(study=study), answer=Answer.TIE)  # plain and steered
    (part,) = everybodys(study)["parts"]
    best, worst = part["entries"]
    # 2.5 wins to 1.5: 400 log10(2.5 / 1.5) = 88.74 points apart, around 1000
    assert (best["name"], worst["name"]) == ("steered", "plain")
    assert best["points"] - worst["points"] == pytest.approx(400 * math.log10(2.5 / 1.5), abs=1e-3)
    assert (best["games"], best["ties"], best["win_share"]) == (4, 1, 2.5 / 4)
    assert best["is_few"]
    assert best["low"] <= best["points"] <= best["high"]


def test_what_no_answer_connects_is_ranked_apart_and_says_so() -> None:
    study = make_arena()
    for rater in (make_participation(study=study), make_participation(study=study)):
        prefer(rater, "a", "b", 2)
        prefer(rater, "b", "a")
        prefer(rater, "c", "d")
    first, second = everybodys(study)["parts"]
    assert (named(first), first["is_settled"]) == (["a", "b"], True)
    assert (named(second), second["is_settled"]) == (["c", "d"], False)  # d never won
    assert first["entries"][0]["points"] == pytest.approx(1000 + 200 * math.log10(2), abs=1e-3)


def test_places_stay_open_where_intervals_overlap() -> None:
    study = make_arena()
    for number in range(12):
        rater = make_participation(study=study)
        prefer(rater, "clear", "first", 3)
        prefer(rater, "first", "clear")
        prefer(rater, "first" if number % 2 else "second", "second" if number % 2 else "first", 2)
        prefer(rater, "clear", "second", 3)
        prefer(rater, "second", "clear")
    (part,) = everybodys(study)["parts"]
    found = {one["name"]: (one["rank_best"], one["rank_worst"]) for one in part["entries"]}
    assert found == {"clear": (1, 1), "first": (2, 3), "second": (2, 3)}


def test_flagged_and_simulated_raters_do_not_count() -> None:
    study = make_arena()
    honest = make_participation(study=study)
    prefer(honest, "a", "b")
    prefer(make_participation(study=study, rater=make_rater(is_simulated=True)), "b", "a")
    careless = make_participation(study=study)
    prefer(careless, "b", "a")
    assert everybodys(study)["answers"] == 2
    careless.flags.create(reason="fast", state=FlagState.CONFIRMED)
    assert everybodys(study)["answers"] == 1


def test_a_group_is_named_from_five_raters_on() -> None:
    study = make_arena(profile_questions=AGE, arena_groups=["age"])
    for answers in [{"age": "18"}] * 5 + [{"age": "30"}] * 4 + [{}] * 5:
        rater = make_participation(study=study, rater=make_rater(answers=answers))
        prefer(rater, *(("a", "b") if answers == {"age": "18"} else ("b", "a")))
    arena = everybodys(study)
    (group,) = arena["groups"]
    assert (group["question_label"], group["value_label"]) == ("How old are you?", "18 to 29")
    assert (group["raters"], named(group["parts"][0])) == (5, ["a", "b"])
    assert arena["hidden_groups"] == 1
    prefer(make_participation(study=study, rater=make_rater(answers={"age": "30"})), "b", "a")
    assert [named(group["parts"][0]) for group in everybodys(study)["groups"]] == [["a", "b"], ["b", "a"]]


@pytest.mark.parametrize("alone", [{"age": "30"}, {}], ids=["of another group", "without an answer"])
def test_no_small_group_is_what_the_named_ones_leave_of_everybody(alone: dict[str, str]) -> None:
    study = make_arena(profile_questions=AGE, arena_groups=["age"])
    for answers in [{"age": "18"}] * 9 + [alone]:
        prefer(make_participation(study=study, rater=make_rater(answers=answers)), "a", "b")
    arena = everybodys(study)
    assert (arena["raters"], arena["groups"]) == (10, [])
    assert arena["hidden_groups"] == len(alone)


def test_one_rater_sees_their_own_ranking_after_enough_answers_or_at_the_end() -> None:
    study = make_arena(arena_own_after=6)
    eager, brief = make_participation(study=study), make_participation(study=study, quota=2)
    prefer(eager, "a", "b", 3)
    prefer(eager, "b", "a", 2)
    prefer(brief, "b", "a", 2)
    update_arena(study.pk)
    assert (own_arena(study=study, participation=eager).missing, ArenaRanking.objects.count()) == (1, 2)
    own = own_arena(study=study, participation=brief).ranking
    assert own is not None
    assert named(own["parts"][0]) == ["b", "a"]
    prefer(eager, "a", "b")
    update_arena(study.pk)
    eager.refresh_from_db()
    own = own_arena(study=study, participation=eager).ranking
    assert own is not None
    (best, worst) = own["parts"][0]["entries"]
    assert (own["raters"], best["name"], worst["name"]) == (1, "a", "b")
    assert best["low"] < best["points"] < best["high"]  # from resampled answers: there is one rater alone


def test_generators_and_further_columns_are_ranked_where_the_study_says_so() -> None:
    study = make_arena(arena_by="generator")
    rater = make_participation(study=study)

    def pair_of(one: str, other: str) -> Pair:
        images = [make_image(study=study, generator=name, metadata={"lens": name.upper()}) for name in (one, other)]
        return make_pair(study=study, image_a=images[0], image_b=images[1])

    make_choice(participation=rater, pair=pair_of("x", "y"), answer=Answer.LEFT)
    make_choice(participation=rater, pair=pair_of("x", "x"), answer=Answer.LEFT)  # compares nothing
    make_choice(participation=rater, pair=pair_of("x", ""), answer=Answer.LEFT)  # nor does this
    arena = everybodys(study)
    assert (named(arena["parts"][0]), arena["answers"], arena["uncounted"]) == (["x", "y"], 3, 2)
    change_study(study=study, changes={"arena_by": "lens"}, actor=None)
    study.refresh_from_db()
    assert named(everybodys(study)["parts"][0]) == ["X", "Y"]


def test_a_best_worst_answer_counts_as_the_games_that_it_implies() -> None:
    study = make_arena(design=Design.BEST_WORST, set_size=3, ties_allowed=False)
    row = {"condition_a": "a", "condition_b": "b", "condition_c": "c", "image_c": make_image(study=study)}
    make_choice(participation=make_participation(study=study), pair=make_pair(study=study, **row), answer="2>1")
    (part,) = everybodys(study)["parts"]
    assert named(part) == ["b", "c", "a"]
    assert [one["games"] for one in part["entries"]] == [2, 2, 2]


@pytest.mark.slow
def test_too_many_names_are_counted_and_not_ranked() -> None:
    study = make_arena()
    rater = make_participation(study=study)
    for number in range(51):
        prefer(rater, f"a{number}", f"b{number}")
    arena = everybodys(study)
    assert (arena["names"], arena["parts"]) == (102, [])


def test_nothing_is_computed_twice_for_the_same_answers(django_assert_max_num_queries: Any) -> None:
    study = make_arena(arena_own_after=1)
    raters = [make_participation(study=study) for _ in range(3)]
    for rater in raters:
        prefer(rater, "a", "b")
    update_arena(study.pk)
    before = list(ArenaRanking.objects.order_by("pk").values_list("pk", "computed_at"))
    assert len(before) == 4
    with django_assert_max_num_queries(8):
        update_arena(study.pk)
    assert list(ArenaRanking.objects.order_by("pk").values_list("pk", "computed_at")) == before
    raters[0].rater.delete()
    assert everybodys(study)["raters"] == 2
    assert ArenaRanking.objects.count() == 3


@pytest.mark.slow
def test_own_rankings_beyond_one_run_are_left_to_the_next() -> None:
    study = make_arena(arena_own_after=1)
    pair = make_pair(study=study, target=1000)
    for _ in range(RATERS_AT_ONCE + 1):
        make_choice(participation=make_participation(study=study), pair=pair)
    own = ArenaRanking.objects.filter(participation__isnull=False)
    update_rankings(study_id=study.pk)
    assert own.count() == RATERS_AT_ONCE
    update_rankings(study_id=study.pk)
    assert own.count() == RATERS_AT_ONCE + 1


@pytest.fixture
def worker_at_hand() -> Iterator[None]:
    """Let tasks be done where they are queued."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


@pytest.mark.usefixtures("worker_at_hand")
def test_the_clock_brings_every_shown_ranking_up_to_date_and_no_other() -> None:
    shown = [make_arena(), make_arena(arena=ArenaAccess.UNLISTED)]
    for study in (*shown, make_arena(arena=ArenaAccess.OFF), make_arena(state=StudyState.DRAFT)):
        prefer(make_participation(study=study), "a", "b")
    update_due_arenas()
    assert set(ArenaRanking.objects.values_list("study", flat=True)) == {study.pk for study in shown}


def test_a_study_without_a_ranking_computes_none() -> None:
    study = make_arena(arena=ArenaAccess.OFF)
    prefer(make_participation(study=study), "a", "b")
    update_arena(study.pk)
    assert not ArenaRanking.objects.exists()


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"design": "rating", "arena": "public"}, "arena"),
        ({"design": "pairwise", "arena": "open"}, "arena"),
        ({"design": "pairwise", "arena": "public", "arena_groups": ["age"]}, "arena_groups"),
        ({"design": "pairwise", "arena_smallest_group": 4}, "arena_smallest_group"),
        ({"design": "pairwise", "arena_frames": ["example.org"]}, "arena_frames"),
        ({"design": "pairwise", "arena_frames": ["https://a.org; script-src *"]}, "arena_frames"),
    ],
)
def test_a_description_that_cannot_be_shown_is_refused_with_its_field(fields: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_study(description={"slug": "s", "title": "S", **fields})
    assert at_fault in caught.value.fields


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_studies_of_the_version_before_show_no_ranking() -> None:
    with former_database(("ratings", "0039_prolific_words")) as database:
        apps = database.migrate(("ratings", "0039_prolific_words"))
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0042_arena"))
        rows = database.rows("SELECT arena, arena_by, arena_groups, arena_own_after, arena_frames FROM ratings_study")
    assert rows == [("off", "condition", [], 30, [])]
