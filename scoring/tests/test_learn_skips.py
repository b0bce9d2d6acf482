"""Skips because somebody would rather not look teach their taste, where the study says so, like choices."""

from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from ratings.choices import AssignmentKind, AssignmentState, OffReason, Policy, SkipReason
from ratings.models import Assignment, Rater, Study, StudyImage
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_assignment, make_choice, make_participation, make_study
from scoring.models import ModelVersion, Taste
from scoring.pipeline.serving import catch_up, learn
from scoring.pipeline.serving.live import stored_representation
from scoring.selectors.skips import is_telling, participations_with_skips, skips_to_learn
from scoring.tests.learning import Person, World, make_served_study, serve_small_model, small_model, taste_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Make a study that a model serves, and that learns from skips."""
    return make_served_study(learns_from_skips=True)


@pytest.fixture
def person(world: World) -> Person:
    """Enrol somebody."""
    return world.add_rater()


def skip(world: World, person: Person, place: int, **fields: Any) -> Assignment:
    fields = {"skip_reason": SkipReason.UNCOMFORTABLE, "state": AssignmentState.SKIPPED, **fields}
    return make_assignment(participation=person.participation, study_image=world.rows[place], **fields)


def liking(world: World, person: Person, place: int) -> float:
    """Say what the live model expects of one picture."""
    model, _ = small_model()
    version = ModelVersion.objects.get(state="live")
    _, seen = stored_representation(version=version, images=[world.rows[place].image_id])
    return float(model.predict(seen, taste_of(version, person)).mean[0])


def test_a_picture_that_somebody_would_rather_not_look_at_is_expected_to_please_less(
    world: World, person: Person
) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    before = liking(world, person, 3)
    skip(world, person, 3)
    learn.relearn_taste(participation_id=person.participation.pk)
    assert liking(world, person, 3) < before


def test_skips_follow_the_ratings_and_give_one_taste_whenever_they_are_learned(world: World, person: Person) -> None:
    skip(world, person, 3)
    learn.relearn_taste(participation_id=person.participation.pk)
    for place, value in ((7, 4.0), (8, 2.0)):
        rating = person.rate(world.rows[place], value=value)
        learn.learn_from_raters(participation_ids=[rating.participation_id])
    skip(world, person, 5)
    learn.relearn_taste(participation_id=person.participation.pk)
    online = taste_of(ModelVersion.objects.get(), person)
    assert online.count == 4
    version = serve_small_model(world)
    catch_up.follow_live_model(study_id=world.study.pk)
    again = taste_of(version, person)
    assert np.array_equal(online.mean, again.mean)
    assert np.array_equal(online.factor, again.factor)
    assert Taste.objects.get(model_version=version).rating_count == 2


@pytest.mark.parametrize(
    "fields",
    [
        *({"skip_reason": reason} for reason in SkipReason.values if reason != SkipReason.UNCOMFORTABLE),
        {"policy": Policy.RANDOM},
        {"kind": AssignmentKind.PRACTICE},
        {"state": AssignmentState.RELEASED},
    ],
)
def test_other_reasons_the_test_slice_practice_and_what_is_no_skip_teach_nothing(
    world: World, person: Person, fields: dict[str, Any]
) -> None:
    held = skip(world, person, 3, **fields)
    assert not is_telling(held)
    assert skips_to_learn(participation=person.participation) == []


def test_a_study_that_does_not_say_so_learns_nothing_and_asks_nothing(
    world: World, person: Person, django_assert_num_queries: Any
) -> None:
    held = skip(world, person, 3)
    Study.objects.update(learns_from_skips=False)
    person.participation.study.refresh_from_db()
    with django_assert_num_queries(0):
        assert skips_to_learn(participation=person.participation) == []
    assert not is_telling(held)
    assert participations_with_skips(study_id=world.study.pk) == []


def test_a_picture_that_was_taken_off_as_wrong_or_is_not_seen_yet_teaches_nothing(world: World, person: Person) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    before = taste_of(ModelVersion.objects.get(), person).mean
    skip(world, person, 3)
    StudyImage.objects.filter(pk=world.rows[3].pk).update(
        is_active=False, off_reason=OffReason.DAMAGED, off_at=timezone.now()
    )
    assert skips_to_learn(participation=person.participation) == []
    make_assignment(
        participation=person.participation, state=AssignmentState.SKIPPED, skip_reason=SkipReason.UNCOMFORTABLE
    )
    assert len(skips_to_learn(participation=person.participation)) == 1
    learn.relearn_taste(participation_id=person.participation.pk)
    assert np.array_equal(taste_of(ModelVersion.objects.get(), person).mean, before)


def test_a_lost_message_is_made_up_for_once(world: World, person: Person) -> None:
    held = skip(world, person, 3)
    Assignment.objects.filter(pk=held.pk).update(closed_at=held.leased_at)
    catch_up.learn_missed_ratings()
    taste = Taste.objects.get()
    catch_up.learn_missed_ratings()
    assert Taste.objects.get().updated_at == taste.updated_at
    assert taste_of(ModelVersion.objects.get(), person).count == 1


def test_who_withdraws_takes_their_skips_along(world: World, person: Person) -> None:
    skip(world, person, 3)
    withdraw_rater(rater=person.participation.rater, actor=None)
    assert not Assignment.objects.exists()
    assert not Rater.objects.exists()
    assert participations_with_skips(study_id=world.study.pk) == []


def test_a_comparison_that_is_skipped_names_neither_picture() -> None:
    held = make_choice(participation=make_participation(study=make_study(learns_from_skips=True))).assignment
    held.state, held.skip_reason = AssignmentState.SKIPPED, SkipReason.UNCOMFORTABLE
    assert not is_telling(held)
