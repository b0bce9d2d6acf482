"""A rater's own wish: from the queued search to two pictures whose ratings teach."""

import uuid

import numpy as np
import pytest

from ratings.choices import AssignmentState, JobState, Policy
from ratings.models import Assignment, Participation, Rating, Study
from ratings.registry import ONE_IMAGE
from ratings.services import collect
from ratings.services.collection import Submission
from ratings.tests.factories import make_image, make_study
from scoring.ml.encoders.text import encode_ngrams
from scoring.models import Embedding, FitJudge, Representation, SteeringRun, Taste
from scoring.pipeline.serving import learn
from scoring.pipeline.steering import steer
from scoring.pipeline.steering.prompt_fit import FEWEST, prompt_fit
from scoring.selectors.made import made_runs
from scoring.selectors.training import study_ratings
from scoring.services.made import drop_wish, make_wish
from scoring.tests.factories import make_offer, make_wish_come_true, make_wisher
from scoring.tests.learning import make_world, trained_version

pytestmark = pytest.mark.django_db

PROMPT = "a vase and fruit on a table"
WIDTH = 48


def rate(assignment: Assignment, value: float) -> Rating:
    """Rate as a browser would, with a worker that learns at once."""
    submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=value)
    recorded = collect.record_answer(rater_id=assignment.participation.rater_id, submission=submission)
    learn.learn_from_raters(participation_ids=[recorded.answer.participation_id])
    rating: Rating = recorded.answer
    return rating


@pytest.mark.slow
def test_what_a_wish_found_is_offered_and_teaches_the_taste() -> None:
    world = make_world(raters=4, each=30)
    version = trained_version(world.study)
    make_offer(study=world.study, iterations=1, variants=3)
    participation = Participation.objects.order_by("created_at")[0]
    run = make_wish(participation_id=participation.pk, nonce=uuid.uuid4(), prompt=PROMPT).run
    SteeringRun.objects.filter(pk=run.pk).update(side=64)
    before = Taste.objects.get(participation=participation).rating_count
    steer.steer(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.fit_judge) == (JobState.SUCCEEDED, "", FitJudge.NOBODY)

    offered = list(Assignment.objects.filter(policy=Policy.STEERING))
    best = run.best
    assert best is not None
    pictures = {row.image_id for row in offered}
    assert pictures == {best.image_id, run.steps.get(iteration=0).image_id}
    assert Representation.objects.filter(model_version=version, image__in=pictures).count() == len(pictures)
    for row in offered:
        rate(row, 5.0)
    assert Taste.objects.get(participation=participation).rating_count == before + len(offered)
    assert pictures <= {row.image_id for row in study_ratings(study=world.study).learnable}


def test_a_wish_that_was_stopped_offers_nothing() -> None:
    participation = make_wisher()
    run = make_wish(participation_id=participation.pk, nonce=uuid.uuid4(), prompt=PROMPT).run
    drop_wish(run=run)
    steer.steer(run_id=run.pk)
    assert SteeringRun.objects.get().state == JobState.CANCELLED
    assert not Assignment.objects.filter(policy=Policy.STEERING).exists()


def test_taking_an_opinion_back_offers_the_picture_again() -> None:
    participation = make_wisher()
    make_wish_come_true(participation=participation)
    picture = made_runs(participation=participation)[0].pictures[0].assignment
    submission = Submission(nonce=uuid.uuid4(), assignment_id=picture.pk, value=2.0)
    collect.record_answer(rater_id=participation.rater_id, submission=submission)
    collect.undo_answer(family=ONE_IMAGE, participation_id=participation.pk, nonce=submission.nonce)
    picture.refresh_from_db()
    assert (picture.state, picture.lease_expires_at) == (AssignmentState.OFFERED, None)


def test_asking_again_for_the_same_looks_elsewhere() -> None:
    participation = make_wisher()
    seeds = []
    for _ in range(2):
        run = make_wish(participation_id=participation.pk, nonce=uuid.uuid4(), prompt=PROMPT).run
        SteeringRun.objects.filter(pk=run.pk).update(state=JobState.SUCCEEDED)
        seeds.append(run.seed)
    assert seeds == [0, 1]


class Blind:
    """An encoder without a text tower."""

    key = "blind"
    is_joint = False

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return encode_ngrams(texts)


SUBJECTS = ("an old mill", "two cats asleep", "the harbour wall", "a jazz quartet", "garden in snow", "desert camels")


def captioned_study(count: int) -> tuple[Study, np.ndarray]:
    """Make a study whose pictures show their subjects, and give what each subject looks like."""
    rng = np.random.default_rng(4)
    looks = rng.standard_normal((len(SUBJECTS), WIDTH))
    study = make_study()
    for place in range(count):
        number = place % len(SUBJECTS)
        image = make_image(study=study, prompt=f"{SUBJECTS[number]}, fine art, oil painting")
        vector = looks[number] + rng.standard_normal(WIDTH)
        Embedding.objects.create(image=image, encoder_key="blind", vector=vector.astype(np.float32))
    return study, looks.astype(np.float32)


def test_captions_tell_whether_a_picture_shows_its_prompt() -> None:
    study, looks = captioned_study(FEWEST)
    fit = prompt_fit(study=study, encoder=Blind(), prompt="an old mill, ember palette")  # type: ignore[arg-type]
    assert fit.judge == FitJudge.CAPTIONS
    own, *others = fit.fits(looks)
    assert own is not None
    assert own >= fit.enough
    assert all(other is not None and other < own for other in others)


@pytest.mark.parametrize(("count", "prompt"), [(FEWEST, "a tram in Lisbon"), (FEWEST - 1, "an old mill")])
def test_where_captions_cannot_tell_the_fit_is_not_judged(count: int, prompt: str) -> None:
    study, looks = captioned_study(count)
    fit = prompt_fit(study=study, encoder=Blind(), prompt=prompt)  # type: ignore[arg-type]
    assert (fit.judge, fit.fits(looks)[0]) == (FitJudge.NOBODY, None)
