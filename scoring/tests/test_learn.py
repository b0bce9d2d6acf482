"""The learning loop after each rating: tastes, queues, and what happens when messages come late, twice or never."""

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone
from scipy.stats import chisquare

from ratings.choices import AssignmentKind, Policy, StudyState
from ratings.models import Image, Participation, StudyImage
from ratings.services import studies
from ratings.services.lease import lease_items
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_rating
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, Representation, Taste
from scoring.pipeline.serving import candidate_pool, catch_up, learn
from scoring.pipeline.serving.live import stored_representation
from scoring.services.versions import roll_back
from scoring.tests.learning import Person, World, make_served_study, serve_small_model, small_model, taste_of

pytestmark = pytest.mark.django_db

VALUES = (5.0, 1.0, 4.0, 2.0, 5.0, 3.0)


@pytest.fixture
def world() -> World:
    """Make a study that a model serves."""
    return make_served_study()


@pytest.fixture
def person(world: World) -> Person:
    """Enrol somebody."""
    return world.add_rater()


def batch_posterior(version: ModelVersion, images: list[Image], values: list[float]) -> TastePosterior:
    """Learn from all ratings at once, from the prior of a rater with the profile of the tests."""
    model, _ = small_model()
    known, seen = stored_representation(version=version, images=[image.pk for image in images])
    by_image = {image.pk: (value - 1) / 4 for image, value in zip(images, values, strict=True)}
    return model.posterior(seen, np.array([by_image[image] for image in known]), model.prior({"age": "18-29"}))


def same(left: TastePosterior, right: TastePosterior) -> bool:
    """Tell whether two posteriors say the same; a factor is unique up to a rotation, the covariance is unique."""
    return np.allclose(left.mean, right.mean) and np.allclose(left.covariance, right.covariance)


def test_a_taste_is_the_batch_posterior_in_whatever_order_and_however_often_messages_come(
    world: World, person: Person
) -> None:
    ratings = [person.rate(row, value=value) for row, value in zip(world.rows, VALUES, strict=False)]
    for place in (3, 0, 0, 5, 1, 3):
        learn.learn_from_raters(participation_ids=[ratings[place].participation_id])
    version = ModelVersion.objects.get()
    assert same(taste_of(version, person), batch_posterior(version, [r.image for r in ratings], list(VALUES)))
    assert Taste.objects.get().rating_count == len(VALUES)


def test_learning_one_by_one_and_all_at_once_come_to_the_same(world: World, person: Person) -> None:
    other = world.add_rater()
    for row, value in zip(world.rows, VALUES, strict=False):
        learn.learn_from_raters(participation_ids=[person.rate(row, value=value).participation_id])
        last = other.rate(row, value=value)
    learn.learn_from_raters(participation_ids=[last.participation_id])
    version = ModelVersion.objects.get()
    assert same(taste_of(version, person), taste_of(version, other))


def test_a_changed_opinion_counts_instead_of_the_old_one(world: World, person: Person) -> None:
    first = person.rate(world.rows[0], value=1)
    second = person.rate(world.rows[1], value=4)
    learn.learn_from_raters(participation_ids=[second.participation_id])
    changed = person.change(first, 5)
    learn.learn_from_raters(participation_ids=[changed.participation_id])
    version = ModelVersion.objects.get()
    assert same(taste_of(version, person), batch_posterior(version, [first.image, second.image], [5, 4]))
    assert Taste.objects.get().rating_count == 2


def test_an_opinion_taken_back_is_forgotten_even_if_only_the_next_message_arrives(world: World, person: Person) -> None:
    kept, regretted = person.rate(world.rows[0], value=4), person.rate(world.rows[1], value=1)
    learn.learn_from_raters(participation_ids=[regretted.participation_id])
    person.undo(regretted)
    after = person.rate(world.rows[2], value=2)
    learn.learn_from_raters(participation_ids=[after.participation_id])
    version = ModelVersion.objects.get()
    assert same(taste_of(version, person), batch_posterior(version, [kept.image, after.image], [4, 2]))


def test_practice_repeats_and_the_test_slice_are_never_learned(world: World, person: Person) -> None:
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": AssignmentKind.PRACTICE},
        {"kind": AssignmentKind.REPEAT},
        {"policy": Policy.RANDOM},
    )
    for row, assignment in zip(world.rows, kinds, strict=False):
        person.participation.refresh_from_db()
        person.participation.assignments.filter(state="queued").delete()  # the row may wait in the queue
        rating = make_rating(participation=person.participation, study_image=row, assignment=assignment)
        learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert Taste.objects.get().rating_count == 0
    assert same(taste_of(ModelVersion.objects.get(), person), batch_posterior(ModelVersion.objects.get(), [], []))


def test_a_rating_whose_message_was_lost_is_learned_by_the_clock(world: World, person: Person) -> None:
    rating = person.rate(world.rows[0], value=5)
    catch_up.learn_missed_ratings()
    assert Taste.objects.get().rating_count == 1
    assert Taste.objects.get().last_rating == rating.pk


def test_a_rating_of_an_image_that_the_model_sees_later_is_learned_then(world: World, person: Person) -> None:
    Representation.objects.filter(image=world.rows[0].image).delete()
    rating = person.rate(world.rows[0], value=5)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert Taste.objects.get().rating_count == 0
    _, seen = small_model()
    Representation.objects.create(
        model_version=ModelVersion.objects.get(),
        image=rating.image,
        z=seen.z[0].tolist(),
        consensus=float(seen.consensus[0]),
        variance=float(seen.variance[0]),
    )
    learn.relearn_taste(participation_id=person.participation.pk)
    assert Taste.objects.get().rating_count == 1


def test_a_rater_who_withdrew_leaves_no_taste_and_late_messages_do_nothing(world: World, person: Person) -> None:
    rating = person.rate(world.rows[0], value=5)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    withdraw_rater(rater=person.participation.rater, actor=None)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    learn.relearn_taste(participation_id=person.participation.pk)
    learn.refill_queue(participation_id=person.participation.pk)
    assert not Taste.objects.exists()
    assert not Participation.objects.exists()


def test_a_queue_is_filled_with_propensities_and_the_version_that_chose(world: World, person: Person) -> None:
    learn.refill_queue(participation_id=person.participation.pk)
    queue = person.queue()
    assert len(queue) == learn.QUEUE_LENGTH
    assert len({item.image_id for item in queue}) == learn.QUEUE_LENGTH
    assert all(0 < item.propensity <= 1 for item in queue)
    assert {(item.model_version, item.policy) for item in queue} == {("v1", Policy.BURN_IN)}


def test_a_message_without_news_leaves_the_queue_as_it_is(world: World, person: Person) -> None:
    rating = person.rate(world.rows[0], value=3)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    before = [item.pk for item in person.queue()]
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert [item.pk for item in person.queue()] == before


def test_a_queue_is_chosen_again_once_few_images_wait(world: World, person: Person) -> None:
    world.study.random_share = world.study.repeat_share = 0
    world.study.save()
    learn.learn_from_raters(participation_ids=[person.rate(world.rows[0], value=3).participation_id])
    first = {item.pk for item in person.queue()}
    for left in range(learn.QUEUE_LENGTH - 1, learn.SHORT - 1, -1):
        (held,) = person.lease(1)[-1:]
        person.answer(held, value=4)
        learn.learn_from_raters(participation_ids=[person.participation.pk])
        assert (len(person.queue()), {item.pk for item in person.queue()} <= first) == (left, True)
    person.answer(person.lease(1)[0], value=4)
    learn.learn_from_raters(participation_ids=[person.participation.pk])
    assert len(person.queue()) == learn.QUEUE_LENGTH
    assert not {item.pk for item in person.queue()} & first


def test_what_burn_in_chose_does_not_outlast_it(world: World, person: Person) -> None:
    *early, last = world.rows[: world.study.burn_in]
    for row in early:
        rating = person.rate(row, value=3)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert {item.policy for item in person.queue()} == {Policy.BURN_IN}
    person.rate(last, value=3)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert {item.policy for item in person.queue()} == {Policy.ACTIVE}


def test_what_is_full_is_not_chosen_though_it_is_among_the_images_read_earlier(world: World, person: Person) -> None:
    learn.refill_queue(participation_id=person.participation.pk)
    chosen = {item.study_image_id for item in person.queue()}
    StudyImage.objects.filter(pk__in=chosen).update(taken=F("target"))
    learn.refill_queue(participation_id=person.participation.pk)
    assert len(person.queue()) == learn.QUEUE_LENGTH
    assert not {item.study_image_id for item in person.queue()} & chosen


def test_every_image_is_among_those_to_choose_from_with_the_probability_on_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_pool, "SIZE", 15)
    version = ModelVersion.objects.get()
    drawn = [candidate_pool.drawn_pool(version) for _ in range(80)]
    seen = Counter(place for one in drawn for place in one.study_images)
    assert {(one.share, len(one.seen)) for one in drawn} == {(15 / 60, 15)}
    assert len(seen) == 60
    assert chisquare(list(seen.values())).pvalue > 1e-6


def test_after_the_burn_in_the_active_policy_chooses_among_unseen_images(world: World, person: Person) -> None:
    for row in world.rows[: world.study.burn_in]:
        rating = person.rate(row, value=3)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert {item.policy for item in person.queue()} == {Policy.ACTIVE}
    rated = {row.image_id for row in world.rows[: world.study.burn_in]}
    assert not rated & {item.image_id for item in person.queue()}


def test_no_queue_is_filled_for_a_paused_study_nor_for_a_rater_who_is_done(world: World, person: Person) -> None:
    studies.pause_study(study=world.study, actor=None)
    learn.refill_queue(participation_id=person.participation.pk)
    assert world.study.state == StudyState.PAUSED
    assert person.queue() == []
    studies.open_study(study=world.study, actor=None)
    Participation.objects.update(served=200, done=200)
    learn.refill_queue(participation_id=person.participation.pk)
    assert person.queue() == []


def test_without_a_model_nothing_is_learned_and_raters_still_get_images(world: World, person: Person) -> None:
    ModelVersion.objects.all().delete()
    rating = person.rate(world.rows[0], value=3)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    assert not Taste.objects.exists()
    assert len(person.lease(5)) == 5


def test_a_new_live_model_learns_what_came_in_meanwhile_and_leaves_no_stale_queue(world: World, person: Person) -> None:
    away = world.add_rater()
    for someone in (person, away):
        learn.refill_queue(participation_id=someone.participation.pk)
    Participation.objects.filter(pk=away.participation.pk).update(last_seen_at=timezone.now() - timedelta(hours=2))
    rating = person.rate(world.rows[0], value=5)
    version = serve_small_model(world)
    catch_up.follow_live_model(study_id=world.study.pk)
    assert {item.model_version for item in person.queue()} == {"v2"}
    assert away.queue() == []
    assert lease_items(participation_id=away.participation.pk, count=1).is_queue_empty  # and so one is asked for
    assert not lease_items(participation_id=person.participation.pk, count=1).is_queue_empty
    assert same(taste_of(version, person), batch_posterior(version, [rating.image], [5]))


def test_a_model_that_comes_back_learns_what_it_missed(world: World, person: Person) -> None:
    before = ModelVersion.objects.get()
    first = person.rate(world.rows[0], value=5)
    learn.learn_from_raters(participation_ids=[first.participation_id])
    serve_small_model(world)
    second = person.rate(world.rows[1], value=2)
    learn.learn_from_raters(participation_ids=[second.participation_id])
    roll_back(study=world.study, actor=None)
    catch_up.follow_live_model(study_id=world.study.pk)
    assert same(taste_of(before, person), batch_posterior(before, [first.image, second.image], [5, 2]))


def test_a_message_about_nothing_does_no_harm() -> None:
    learn.learn_from_raters(participation_ids=[uuid.uuid4()])
    learn.relearn_taste(participation_id=uuid.uuid4())
    catch_up.follow_live_model(study_id=1)
    catch_up.learn_missed_ratings()
