"""A study that can be learned from: pictures with made-up vectors, and raters whose tastes are known."""

import uuid
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from ratings.choices import AssignmentKind, JobState, Policy
from ratings.models import Assignment, Participation, Rating, Study, StudyImage
from ratings.registry import ONE_IMAGE
from ratings.services import collect, lease
from ratings.services.collection import Submission
from ratings.tests.factories import make_images, make_participation, make_rater, make_rating, make_study
from scoring.ml.encoders import DEFAULT_KEY
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import FitSettings, fit_reward
from scoring.models import Embedding, ModelVersion, Taste, TrainingRun
from scoring.pipeline.serving.checkpoints import save_checkpoint
from scoring.pipeline.training import train
from scoring.services import request_training, versions
from scoring.tests.ml.sets import make_world as made_up

WIDTH = 5869  # of the default encoder's vectors
FACTORS = 4  # that likings depend on
TEST_SHARE = 0.25


@dataclass(kw_only=True)
class World:
    """A study, what its pictures are like, and how to have them rated."""

    study: Study
    rng: np.random.Generator
    directions: Any
    looks: dict[uuid.UUID, Any] = field(default_factory=dict)  # by image, the factors
    rows: list[StudyImage] = field(default_factory=list)

    def add_images(self, count: int) -> list[StudyImage]:
        """Add pictures whose vectors show their factors."""
        rows = make_images(study=self.study, count=count)
        for row in rows:
            look = self.rng.standard_normal(FACTORS)
            vector = look @ self.directions + 0.3 * self.rng.standard_normal(WIDTH)
            Embedding.objects.create(image=row.image, encoder_key=DEFAULT_KEY, vector=vector.astype(np.float32))
            self.looks[row.image_id] = look
        self.rows += rows
        return rows

    def add_rater(self) -> "Person":
        """Enrol somebody with a taste of their own."""
        participation = make_participation(study=self.study, rater=make_rater(answers={"age": "18-29"}))
        return Person(world=self, participation=participation, weights=self.rng.standard_normal(FACTORS))

    def liking(self, weights: Any, image: uuid.UUID) -> float:
        """Say how somebody rates a picture: one factor is liked by everybody, the rest is taste."""
        liked = 0.6 * self.looks[image][0] + 0.5 * float(weights @ self.looks[image])
        return float(np.clip(round(3 + liked + 0.3 * self.rng.standard_normal()), 1, 5))


@dataclass(kw_only=True)
class Person:
    """A rater with a taste."""

    world: World
    participation: Participation
    weights: Any

    def rate_some(self, images: list[StudyImage]) -> None:
        """Rate pictures; some of them are of the test slice."""
        for image in images:
            policy = Policy.RANDOM if self.world.rng.random() < TEST_SHARE else Policy.ACTIVE
            self.rate(image, policy=policy)

    def rate(self, image: StudyImage, *, policy: Policy = Policy.COVERAGE, value: float | None = None) -> Rating:
        """Rate one picture."""
        given = self.world.liking(self.weights, image.image_id) if value is None else value
        self.participation.refresh_from_db()
        self.participation.assignments.filter(state="queued", image=image.image_id).delete()  # as leasing it does
        return make_rating(
            participation=self.participation, study_image=image, value=given, assignment={"policy": policy}
        )

    def change(self, rating: Rating, value: float) -> Rating:
        """Rate the same picture again, as a browser would after going back."""
        submission = Submission(nonce=uuid.uuid4(), assignment_id=rating.assignment_id, value=value)
        given: Rating = collect.record_answer(rater_id=self.participation.rater_id, submission=submission).answer
        return given

    def answer(self, held: Assignment, *, value: float) -> Rating:
        """Rate what is in the hand, as a browser does."""
        submission = Submission(nonce=uuid.uuid4(), assignment_id=held.pk, value=value)
        given: Rating = collect.record_answer(rater_id=self.participation.rater_id, submission=submission).answer
        return given

    def undo(self, rating: Rating) -> None:
        """Take an opinion back."""
        collect.undo_answer(family=ONE_IMAGE, participation_id=self.participation.pk, nonce=rating.nonce)

    def queue(self) -> list[Assignment]:
        """Give what waits in the rater's queue."""
        rows = Assignment.objects.filter(participation=self.participation, state="queued", kind=AssignmentKind.FRESH)
        return list(rows.order_by("rank"))

    def lease(self, count: int) -> list[Assignment]:
        """Ask for images."""
        return lease.lease_items(participation_id=self.participation.pk, count=count).assignments


def make_world(*, images: int = 40, raters: int = 0, each: int = 0, **study: Any) -> World:
    """Make an open study whose raters have each rated some pictures."""
    rng = np.random.default_rng(3)
    world = World(
        study=make_study(target=100, quota=200, **study),
        rng=rng,
        directions=rng.standard_normal((FACTORS, WIDTH)),
    )
    rows = world.add_images(images)
    for _ in range(raters):
        world.add_rater().rate_some([rows[place] for place in rng.permutation(images)[:each]])
    return world


def trained(study: Study) -> TrainingRun:
    """Do a training run here and now."""
    run = request_training(study=study, reason="test", requested_by=None)
    train.train(run_id=run.pk)
    run.refresh_from_db()
    return run


def trained_version(study: Study) -> ModelVersion:
    """Train, and give the version that came of it."""
    run = trained(study)
    assert run.state == JobState.SUCCEEDED, run.error
    return ModelVersion.objects.get(run=run)


@cache
def small_model() -> tuple[RewardModel, RepresentedImages]:
    """Fit a model to made-up ratings, once, and let it see made-up images."""
    snapshot = made_up(raters=20, images=60).snapshot
    quick = FitSettings(factors=False)
    model = fit_reward(snapshot, encoder_key=DEFAULT_KEY, settings=quick).model
    return replace(model, known_raters={}), model.represent(snapshot.images)


def make_served_study(*, images: int = 60, **fields: Any) -> World:
    """Make a study that a model serves which was not trained on it: nothing is fitted, so that tests are fast."""
    world = World(study=make_study(target=100, quota=200, **fields), rng=np.random.default_rng(5), directions=None)
    world.rows = make_images(study=world.study, count=images)
    serve_small_model(world)
    return world


def serve_small_model(world: World) -> ModelVersion:
    """Save the small model as the study's next version, let it see all images, and have it serve."""
    model, seen = small_model()
    run = TrainingRun.objects.create(study=world.study, state=JobState.SUCCEEDED, reason="test")
    version = versions.add_candidate(
        run=run,
        candidate=versions.VersionCandidate(encoder_key=DEFAULT_KEY, data_digest=f"{run.pk:064d}"),
        save=lambda version: save_checkpoint(model=model, version=version),
    )
    versions.save_representations(
        version=version,
        seen=(
            versions.SeenImage(
                image_id=row.image_id,
                z=seen.z[place].tolist(),
                consensus=float(seen.consensus[place]),
                variance=float(seen.variance[place]),
            )
            for place, row in enumerate(world.rows)
        ),
    )
    return versions.promote(version=version, actor=None)


def taste_of(version: ModelVersion, person: Person) -> TastePosterior:
    """Give what a version knows of somebody."""
    row = Taste.objects.get(model_version=version, participation=person.participation)
    return TastePosterior.from_bytes(bytes(row.posterior))
