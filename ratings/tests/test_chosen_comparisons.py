"""Comparisons that a model chose: how they wait, are handed out with what chose them, and what else fills a lease."""

import uuid
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from ratings.choices import Answer, AssignmentState, Design, Policy
from ratings.models import Pair, PairAssignment, Participation, QueuedComparison, Study
from ratings.registry import SEVERAL_IMAGES
from ratings.services.comparisons.queueing import ComparisonItem, drop_stale_comparisons, enqueue_comparisons
from ratings.services.give_back import leave
from ratings.services.lease import Leases, lease_items
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_choice, make_pair, make_participation, make_study
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db

BEFORE = ("ratings", "0062_said_by_workers")


def choosing(pairs: int = 6, **fields: object) -> Participation:
    """Enrol somebody in a study whose model chooses what is compared, and that draws nothing besides."""
    usual = {"design": Design.PAIRWISE, "chooses_comparisons": True, "target": 5, "quota": 50, "random_share": 0.0}
    study = make_study(**{**usual, **fields})
    for _ in range(pairs):
        make_pair(study=study)
    return make_participation(study=study)


def queue(participation: Participation, ordinals: list[int], *, version: str = "v1") -> int:
    """Queue pairs as a worker does."""
    by_ordinal = dict(Pair.objects.filter(study=participation.study).values_list("ordinal", "pk"))
    items = [
        ComparisonItem(pair_id=by_ordinal[one], policy=Policy.ACTIVE, propensity=0.25, score=1.5) for one in ordinals
    ]
    return enqueue_comparisons(participation_id=participation.pk, items=items, model_version=version)


def lease(participation: Participation, count: int) -> Leases:
    return lease_items(participation_id=participation.pk, count=count)


def shown(participation: Participation) -> dict[int, PairAssignment]:
    """Give what was handed out, by the ordinal of the pair."""
    rows = PairAssignment.objects.filter(participation=participation).select_related("pair")
    return {row.pair.ordinal: row for row in rows}


def test_what_a_model_chose_is_handed_out_with_its_policy_and_the_rest_by_coverage() -> None:
    participation = choosing()
    assert queue(participation, [4, 1]) == 2
    leased = lease(participation, 3)
    assert not leased.is_queue_empty
    assert len(leased.assignments) == 3
    found = shown(participation)
    for ordinal in (4, 1):
        one = found.pop(ordinal)
        assert (one.policy, one.propensity, one.score, one.model_version) == (Policy.ACTIVE, 0.25, 1.5, "v1")
    ((_, rest),) = found.items()
    assert (rest.policy, rest.propensity, rest.score, rest.model_version) == (Policy.COVERAGE, 0.25, None, "")
    assert not QueuedComparison.objects.exists()
    assert sorted(Pair.objects.values_list("taken", flat=True)) == [0, 0, 0, 1, 1, 1]


def test_the_queue_is_taken_in_its_order_and_the_others_wait() -> None:
    participation = choosing()
    queue(participation, [5, 0, 3])
    lease(participation, 1)
    assert list(shown(participation)) == [5]
    assert list(QueuedComparison.objects.values_list("pair__ordinal", flat=True)) == [0, 3]


def test_an_empty_queue_is_named_only_where_a_model_chooses() -> None:
    assert lease(choosing(), 1).is_queue_empty
    plain = choosing(chooses_comparisons=False)
    assert not lease(plain, 1).is_queue_empty
    assert set(PairAssignment.objects.values_list("policy", flat=True)) == {Policy.COVERAGE}


def test_a_share_of_what_is_leased_beside_a_queue_is_drawn_uniformly() -> None:
    participation = choosing(pairs=60, random_share=0.5)
    queue(participation, list(range(40)))
    before = 60
    lease(participation, 40)
    found = shown(participation).values()
    counts = Counter(one.policy for one in found)
    assert 8 <= counts[Policy.RANDOM] <= 32
    assert counts[Policy.RANDOM] + counts[Policy.ACTIVE] == 40
    drawn = sorted(one.propensity for one in found if one.policy == Policy.RANDOM)
    assert drawn == pytest.approx([1 / (before - place) for place in range(len(drawn))])


def test_of_a_study_without_a_queue_nothing_is_drawn_for_the_test_slice() -> None:
    participation = choosing(pairs=20, random_share=0.95)
    lease(participation, 20)
    assert {one.policy for one in shown(participation).values()} == {Policy.COVERAGE}


def test_a_chosen_pair_without_a_place_left_is_replaced_and_leaves_the_queue() -> None:
    participation = choosing(pairs=2)
    queue(participation, [0])
    Pair.objects.filter(ordinal=0).update(taken=5)
    lease(participation, 1)
    assert [(one.pair.ordinal, one.policy) for one in shown(participation).values()] == [(1, Policy.COVERAGE)]
    assert not QueuedComparison.objects.exists()


def test_what_was_shown_meanwhile_is_not_queued_and_a_new_queue_replaces_the_old_one() -> None:
    participation = choosing()
    queue(participation, [3])
    lease(participation, 1)
    assert queue(participation, [3, 2, 1], version="v2") == 2
    assert list(QueuedComparison.objects.values_list("pair__ordinal", "model_version")) == [(2, "v2"), (1, "v2")]
    assert queue(participation, [0], version="v3") == 1
    assert list(QueuedComparison.objects.values_list("pair__ordinal", flat=True)) == [0]


def test_a_chosen_pair_that_was_given_back_may_be_chosen_again() -> None:
    participation = choosing()
    queue(participation, [3])
    lease(participation, 1)
    leave(family=SEVERAL_IMAGES, participation_id=participation.pk)
    assert queue(participation, [3]) == 1
    lease(participation, 1)
    rows = PairAssignment.objects.filter(pair__ordinal=3).order_by("pk").values_list("state", "policy")
    assert list(rows) == [
        (AssignmentState.RELEASED, Policy.ACTIVE),
        (AssignmentState.LEASED, Policy.ACTIVE),
    ]


def test_who_withdrew_or_is_gone_has_no_queue() -> None:
    participation = choosing()
    queue(participation, [3])
    withdraw_rater(rater=participation.rater, actor=None)
    assert not QueuedComparison.objects.exists()
    assert queue(participation, [2]) == 0


def test_what_another_model_chose_is_dropped_for_those_who_are_away() -> None:
    away = choosing()
    queue(away, [0, 1])
    there = make_participation(study=away.study)
    queue(there, [0])
    Participation.objects.filter(pk=there.pk).update(last_seen_at=timezone.now())
    since = timezone.now()
    Participation.objects.filter(pk=there.pk).update(last_seen_at=timezone.now())
    drop_stale_comparisons(study_id=away.study_id, model_version="v1", since=since)
    assert QueuedComparison.objects.count() == 3
    drop_stale_comparisons(study_id=away.study_id, model_version="v2", since=since)
    assert set(QueuedComparison.objects.values_list("participation", flat=True)) == {there.pk}


@pytest.mark.django_db(transaction=True)
def test_a_dump_says_of_each_choice_how_its_pair_was_chosen_and_can_hold_the_test_slice_alone() -> None:
    study = make_study(design=Design.PAIRWISE, chooses_comparisons=True)
    chosen = {"policy": Policy.ACTIVE, "propensity": 0.25, "score": 1.5, "model_version": "v3"}
    for how in (chosen, {"policy": Policy.RANDOM, "propensity": 0.1}, {}):
        make_choice(participation=make_participation(study=study), answer=Answer.LEFT, assignment=how)
    rows = read_choices(study)
    assert list(rows["policy"]) == ["active", "random", "coverage"]
    assert list(rows["propensity"]) == [0.25, 0.1, 1.0]
    assert list(rows["is_test_slice"]) == [False, True, False]
    assert list(rows["model_version"]) == ["v3", "", ""]
    assert rows["score"].tolist()[0] == 1.5
    assert list(read_choices(study, only_test_slice=True)["policy"]) == ["random"]
    assert list(read_choices(study, policies=("active", "coverage"))["policy"]) == ["active", "coverage"]
    card = (folder_of(dumped(study)) / "README.md").read_text()
    assert "the others chosen by a trained model by what an answer is expected to teach" in card
    assert "Answers by policy: active 1 (33.3%), coverage first 1 (33.3%), random (test slice) 1 (33.3%)." in card


def read_choices(study: Study, **filters: Any) -> pd.DataFrame:
    """Read the choices of a new dump, in the order given."""
    folder = folder_of(dumped(study, **filters))
    return pd.read_parquet(folder / "choices.parquet").sort_values("chosen_at")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_comparisons_handed_out_before_are_kept_as_drawn_by_coverage_and_their_study_chooses_none() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)

        def made(name: str, **fields: Any) -> Any:
            return apps.get_model("ratings", name).objects.using(database.alias).create(**fields)

        study, rater = made("Study", slug="s", title="S", design="pairwise"), made("Rater")
        part = made(
            "Participation", study=study, rater=rater, consent_version="1", quota=2, consented_at=timezone.now()
        )
        images = {
            f"image_{side}": made("Image", sha256=side * 64, width=8, height=8, path=side, placeholder="data:,")
            for side in "ab"
        }
        named = {"condition_a": "x", "condition_b": "y", "group": "g"}
        pair = made("Pair", study=study, ordinal=0, shuffle=0.5, target=2, taken=1, **named, **images)
        drawn = {"left": "b", "propensity": 0.125, "position": 1}
        held = made("PairAssignment", participation=part, pair=pair, state="rated", **drawn)
        made("Choice", nonce=uuid.uuid4(), assignment=held, participation=part, answer="left")
        database.migrate()
        kept = database.rows('SELECT policy, propensity, score, model_version, "left" FROM ratings_pairassignment')
        assert kept == [("coverage", 0.125, None, "", "b")]
        assert database.rows("SELECT chooses_comparisons FROM ratings_study") == [(False,)]
        assert database.rows("SELECT answer FROM ratings_choice") == [("left",)]
        database.migrate(BEFORE)
        assert database.rows("SELECT propensity FROM ratings_pairassignment") == [(0.125,)]


def test_a_lease_from_the_queue_asks_one_statement_more_than_one_by_coverage_and_none_more_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    plain, chosen = choosing(pairs=12, chooses_comparisons=False), choosing(pairs=12)
    queue(chosen, list(range(12)))
    with CaptureQueriesContext(connection) as usual:
        lease(plain, 2)
    with django_assert_num_queries(len(usual) + 1):  # the queue is read and cut; nothing is drawn by coverage
        lease(chosen, 2)
    queue(chosen, list(range(12)))
    with django_assert_num_queries(len(usual) + 1):
        lease(chosen, 8)
