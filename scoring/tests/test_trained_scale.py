"""From ratings on two scales to a live model of either: which scale it learns is a setting of the study."""

from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.core.management import call_command

from ratings.choices import AssignmentKind, Design, Policy
from ratings.models import Rating
from ratings.tests.factories import make_choice, make_pair, make_participation, make_rating, make_study
from scoring.models import ModelState, ModelVersion
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.live import stored_representation
from scoring.tests.learning import Person, World, make_served_study, make_world, small_model, taste_of

pytestmark = pytest.mark.django_db
SCALES = [{"key": "liking", "label": "Do you like it?"}, {"key": "beauty", "label": "Is it beautiful?"}]
RATERS, EACH = 6, 28


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the raters of a made-up study follow: one factor of a picture on each scale."""

    liking: dict[UUID, float]
    beauty: dict[UUID, float]


def on_scale(world: World, factor: float) -> float:
    """Give a value of 1 to 5 that follows a factor, with a rater's own noise."""
    return float(np.clip(round(3 + factor + 0.3 * world.rng.standard_normal()), 1, 5))


def rated_world() -> tuple[World, Truth]:
    """Have simulated raters rate pictures on both scales, which have nothing to do with each other."""
    world = make_world(design=Design.SCALES, scales=SCALES)
    for _ in range(RATERS):
        person = world.add_rater()
        for place in world.rng.permutation(len(world.rows))[:EACH]:
            image = world.rows[place]
            look = world.looks[image.image_id]
            policy = Policy.RANDOM if world.rng.random() < 0.25 else Policy.ACTIVE
            make_rating(
                participation=person.participation,
                study_image=image,
                value=on_scale(world, look[0]),
                scales={"beauty": on_scale(world, look[1])},
                assignment={"policy": policy, "kind": AssignmentKind.FRESH},
            )
    liking, beauty = ({image: float(look[factor]) for image, look in world.looks.items()} for factor in (0, 1))
    return world, Truth(liking=liking, beauty=beauty)


def follows(version: ModelVersion, truth: dict[UUID, float]) -> float:
    """Give how far what a version expects of the pictures goes with what is true of them."""
    rows, seen = stored_representation(version=version, images=list(truth))
    return float(np.corrcoef(seen.consensus, [truth[image] for image in rows])[0, 1])


def retrain(world: World) -> ModelVersion:
    """Train by command, and give the version that serves."""
    said = StringIO()
    call_command("retrain", "--study", world.study.slug, "--wait", stdout=said, stderr=said)
    return ModelVersion.objects.get(study=world.study, state=ModelState.LIVE)


@pytest.mark.slow  # two whole trainings
def test_a_study_of_two_scales_trains_a_live_model_of_the_first_and_on_request_of_the_second() -> None:
    world, truth = rated_world()
    first = retrain(world)
    assert follows(first, truth.liking) > 0.8
    assert abs(follows(first, truth.beauty)) < 0.5
    world.study.trained_scale = "beauty"
    world.study.save(update_fields=["trained_scale"])
    second = retrain(world)  # nothing was rated since: another scale is reason enough
    assert second.number == first.number + 1
    assert follows(second, truth.beauty) > 0.8
    assert abs(follows(second, truth.liking)) < 0.5
    assert second.metrics["personal"]["srocc"]["value"] > 0.5
    assert Rating.objects.count() == RATERS * EACH


def test_choosing_a_picture_as_the_best_of_a_set_raises_it_for_that_rater_above_the_worst() -> None:
    world = make_served_study()
    person = world.add_rater()
    chooser = make_participation(
        study=make_study(design=Design.BEST_WORST, taste_from=world.study), rater=person.participation.rater
    )
    learn.relearn_taste(participation_id=person.participation.pk)
    before = expected(world, person)
    pictures = {f"image_{side}": row.image for side, row in zip("abc", world.rows, strict=False)}
    made = make_pair(study=chooser.study, **pictures, **{f"condition_{side}": side for side in "abc"})
    make_choice(participation=chooser, pair=made, answer="2>1")  # the second is the best, the first the worst
    learn.learn_from_choices(participation_id=chooser.pk)
    best, middle, worst = (expected(world, person) - before)[[1, 2, 0]]
    assert best > middle > worst


def expected(world: World, person: Person) -> Any:
    """Give what the live model expects a rater to say of the first three pictures."""
    version = ModelVersion.objects.get()
    model, _ = small_model()
    images = [row.image_id for row in world.rows[:3]]
    rows, seen = stored_representation(version=version, images=images)
    assert rows == images
    return np.asarray(model.predict(seen, taste_of(version, person)).mean)
