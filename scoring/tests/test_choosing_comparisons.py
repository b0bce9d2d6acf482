"""A worker chooses what each rater compares next, by the taste that their choices teach, and keeps a queue of it."""

import numpy as np
import pytest

from ratings.choices import Answer, Design, Policy, StudyState
from ratings.models import Assignment, Pair, PairAssignment, Participation, QueuedComparison, Study
from ratings.services.lease import lease_items
from ratings.tests.factories import make_choice, make_pair, make_participation, make_study
from scoring.models import ModelVersion
from scoring.pipeline.serving import catch_up, learn
from scoring.pipeline.serving.choose_comparisons import QUEUE_LENGTH, SHORT
from scoring.selectors.choices import choices_to_learn, is_kept_out
from scoring.tests.learning import Person, World, make_served_study, serve_small_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Make a study of choices that a model serves, which chooses what is compared."""
    found = make_served_study(images=16, chooses_comparisons=True, uniform_floor=0.1)
    Study.objects.filter(pk=found.study.pk).update(design=Design.PAIRWISE)
    found.study.refresh_from_db()
    compare(found, size=2, count=40)
    return found


@pytest.fixture
def person(world: World) -> Person:
    """Enrol somebody."""
    return world.add_rater()


def compare(world: World, *, size: int, count: int, study: Study | None = None) -> None:
    """Put pictures of a study beside each other, those of each comparison drawn."""
    rng = np.random.default_rng(size)
    for _ in range(count):
        places = rng.choice(len(world.rows), size, replace=False)
        images = {f"image_{side}": world.rows[place].image for side, place in zip("abcde", places, strict=False)}
        conditions = {f"condition_{side}": side for side in "abcde"[:size]}
        make_pair(study=study or world.study, target=50, **images, **conditions)


def queue(participation: Participation) -> list[QueuedComparison]:
    return list(QueuedComparison.objects.filter(participation=participation).select_related("pair"))


def test_a_worker_queues_comparisons_with_what_chose_them_and_they_are_handed_out(world: World, person: Person) -> None:
    learn.refill_queue(participation_id=person.participation.pk)
    waiting = queue(person.participation)
    assert len({one.pair_id for one in waiting}) == len(waiting) == QUEUE_LENGTH
    assert {(one.policy, one.model_version) for one in waiting} == {(Policy.ACTIVE, str(ModelVersion.objects.get()))}
    assert all(0 < one.propensity <= 1 and one.score is not None for one in waiting)
    assert [one.rank for one in waiting] == list(range(QUEUE_LENGTH))
    Study.objects.filter(pk=world.study.pk).update(random_share=0)
    leased = lease_items(participation_id=person.participation.pk, count=5)
    assert not leased.is_queue_empty
    assert {one.pair_id for one in leased.assignments} == {one.pair_id for one in waiting[:5]}
    rows = PairAssignment.objects.filter(participation=person.participation)
    assert {(row.pair_id, row.policy, row.propensity) for row in rows} == {
        (one.pair_id, Policy.ACTIVE, one.propensity) for one in waiting[:5]
    }


def mean(scores: list[float | None]) -> float:
    """Give the mean of scores, all of which are there."""
    known = [score for score in scores if score is not None]
    assert len(known) == len(scores)
    return float(np.mean(known))


def test_comparisons_that_teach_more_are_chosen_more_often(world: World) -> None:
    scores: list[float | None] = []
    for _ in range(4):
        one = world.add_rater().participation
        learn.refill_queue(participation_id=one.pk)
        scores += [waiting.score for waiting in queue(one)[:1]]
    Study.objects.filter(pk=world.study.pk).update(uniform_floor=1.0)
    rng = np.random.default_rng(0)
    pairs = list(Pair.objects.filter(study=world.study))
    for pair in rng.permutation(len(pairs))[:30]:  # leave ten, which are then all that can be chosen
        Pair.objects.filter(pk=pairs[pair].pk).update(is_active=False)
    last = world.add_rater().participation
    learn.refill_queue(participation_id=last.pk)
    assert len(queue(last)) == 10
    assert mean(scores) > mean([waiting.score for waiting in queue(last)])


def test_a_queue_is_replaced_once_few_wait_or_another_model_serves(world: World, person: Person) -> None:
    part = person.participation
    learn.refill_queue(participation_id=part.pk)
    first = [one.pk for one in queue(part)]
    learn.refill_queue(participation_id=part.pk)
    assert [one.pk for one in queue(part)] == first
    QueuedComparison.objects.filter(pk__in=first[SHORT - 1 :]).delete()
    learn.refill_queue(participation_id=part.pk)
    assert len(queue(part)) == QUEUE_LENGTH
    serve_small_model(world)
    learn.refill_queue(participation_id=part.pk)
    assert {one.model_version for one in queue(part)} == {"v2"}


def test_a_new_live_model_chooses_again_for_those_at_work(world: World, person: Person) -> None:
    learn.refill_queue(participation_id=person.participation.pk)
    serve_small_model(world)
    catch_up.follow_live_model(study_id=world.study.pk)
    assert {one.model_version for one in queue(person.participation)} == {"v2"}


def test_an_answer_moves_what_is_chosen_next(world: World, person: Person) -> None:
    pair = Pair.objects.filter(study=world.study).first()
    make_choice(participation=person.participation, pair=pair, answer=Answer.LEFT, assignment={"policy": Policy.ACTIVE})
    learn.learn_from_choices(participation_id=person.participation.pk)
    waiting = queue(person.participation)
    assert len(waiting) == QUEUE_LENGTH
    assert pair is not None
    assert pair.pk not in {one.pair_id for one in waiting}


def test_sets_of_several_sizes_are_chosen_too(world: World, person: Person) -> None:
    Study.objects.filter(pk=world.study.pk).update(design=Design.BEST_WORST)
    Pair.objects.filter(study=world.study).delete()
    compare(world, size=3, count=10)
    compare(world, size=4, count=10)
    learn.refill_queue(participation_id=person.participation.pk)
    assert len(queue(person.participation)) == QUEUE_LENGTH


def test_the_taste_that_another_study_keeps_chooses_here(world: World, person: Person) -> None:
    Study.objects.filter(pk=world.study.pk).update(design=Design.RATING)
    other = make_study(design=Design.PAIRWISE, taste_from=world.study, chooses_comparisons=True)
    compare(world, size=2, count=20, study=other)
    chooser = make_participation(study=other, rater=person.participation.rater)
    learn.refill_queue(participation_id=chooser.pk)
    assert len(queue(chooser)) == QUEUE_LENGTH
    QueuedComparison.objects.all().delete()
    make_choice(participation=chooser, pair=Pair.objects.filter(study=other).first())
    learn.learn_from_choices(participation_id=chooser.pk)
    assert len(queue(chooser)) == QUEUE_LENGTH
    assert Assignment.objects.filter(participation=person.participation, state="queued").exists()
    stranger = make_participation(study=other)
    learn.refill_queue(participation_id=stranger.pk)
    assert queue(stranger) == []


@pytest.mark.parametrize("change", [{"chooses_comparisons": False}, {"state": StudyState.PAUSED}])
def test_nothing_is_queued_where_a_study_does_not_choose_or_is_not_open(
    world: World, person: Person, change: dict[str, object]
) -> None:
    Study.objects.filter(pk=world.study.pk).update(**change)
    learn.refill_queue(participation_id=person.participation.pk)
    assert queue(person.participation) == []


def test_nothing_is_queued_of_pictures_that_the_model_has_not_seen(world: World, person: Person) -> None:
    Pair.objects.filter(study=world.study).delete()
    make_pair(study=world.study)
    learn.refill_queue(participation_id=person.participation.pk)
    assert queue(person.participation) == []


def test_chosen_comparisons_all_teach_and_the_test_slice_never_does(world: World, person: Person) -> None:
    pairs = list(Pair.objects.filter(study=world.study)[:20])
    for place, pair in enumerate(pairs):
        policy = Policy.ACTIVE if place % 2 else Policy.RANDOM
        choice = make_choice(participation=person.participation, pair=pair, assignment={"policy": policy})
        assert is_kept_out(choice.assignment) == (policy == Policy.RANDOM)
    assert len(choices_to_learn(participation=person.participation)) == 10
