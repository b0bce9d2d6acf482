"""The demo, smaller: a rater with a simple taste is understood after forty ratings, and better than everybody is."""

import uuid

import numpy as np
import pytest
from scipy.stats import spearmanr

from annotate import demo
from annotate.descriptions import DEMO, read_description
from ratings.choices import AssignmentKind, JobState, Policy
from ratings.models import Assignment, Participation, Rating, Study, StudyImage
from ratings.services import collect, ingest, lease, studies
from ratings.services.collection import Submission
from ratings.services.enrol import Enrolment, enrol_rater
from scoring.generators.demo import demo_prompts
from scoring.models import ModelState, ModelVersion, Taste
from scoring.pipeline.serving import learn, score
from scoring.pipeline.training import train
from scoring.server.requests import EVERYBODY, Picture, ScoreRequest
from scoring.services import request_training
from scoring.services.callers import Caller

PICTURES = 120
RATED = 40
SCRIPTED = 3  # raters of the same taste: one alone sees too few pictures to tell chance from learning
LOVED = {"ember", "sunset", "earth", "jewel"}  # the scripted rater likes warm palettes
DISLIKED = {"ocean", "nordic", "monochrome"}


def liking(entry: StudyImage) -> float:
    """Say how the scripted rater rates a picture: the palette counts, nothing else does."""
    palette = entry.metadata["attributes"]["palette"]
    return 5.0 if palette in LOVED else 1.0 if palette in DISLIKED else 3.0


def small_demo() -> Study:
    """Make the demo with half the pictures and train its first model."""
    study = studies.create_study(description={**read_description(path=DEMO), "slug": "demo", "is_demo": True})
    pictures = list(demo.drawn_pictures(demo_prompts(count=PICTURES)))
    ingest.ingest_pictures(incoming=pictures, study=study)
    study = studies.open_study(study=study, actor=None)
    demo.simulate_raters(study=study, progress=lambda *_: None)
    run = request_training(study=study, reason="test", requested_by=None)
    train.train(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == JobState.SUCCEEDED, run.error
    return study


def rate_forty(participation: Participation) -> None:
    """Rate as a browser would, the worker learning and refilling after each rating."""
    learn.refill_queue(participation_id=participation.pk)
    for _ in range(RATED):
        (assignment,) = lease.lease_items(participation_id=participation.pk, count=1).assignments
        submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=liking(assignment.study_image))
        recorded = collect.record_answer(rater_id=participation.rater_id, submission=submission)
        learn.learn_from_raters(participation_ids=[recorded.answer.participation_id])


def scripted_rater(study: Study) -> Participation:
    """Enrol somebody with the scripted taste, who rates forty pictures."""
    participation = enrol_rater(study=study, enrolment=Enrolment(consent_version=study.consent_version))
    participation.assignments.filter(kind=AssignmentKind.PRACTICE).delete()
    rate_forty(participation)
    return participation


def srocc_on_unseen(participation: Participation, *, rater_id: uuid.UUID | None) -> float:
    """Correlate predictions with the scripted rater's true likings, on pictures never put to them."""
    unseen = list(
        StudyImage.objects.filter(study=participation.study).exclude(
            assignments__participation=participation, assignments__state="rated"
        )
    )
    asked = ScoreRequest(
        study="demo",
        pictures=tuple(Picture(image_id=entry.image_id) for entry in unseen),
        raters=(str(rater_id or EVERYBODY),),
    )
    scores = score.score_known(score.open_case(request=asked, caller=Caller()))
    return float(spearmanr([liking(entry) for entry in unseen], scores.mean[0]).statistic)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_scripted_rater_is_predicted_better_than_by_the_global_model() -> None:
    study = small_demo()
    participations = [scripted_rater(study) for _ in range(SCRIPTED)]
    personal = [srocc_on_unseen(each, rater_id=each.rater_id) for each in participations]
    everybody = [srocc_on_unseen(each, rater_id=None) for each in participations]
    assert np.mean(personal) > np.mean(everybody), (personal, everybody)

    participation = participations[0]
    assert ModelVersion.objects.get().state == ModelState.LIVE
    served = set(Assignment.objects.filter(participation=participation).values_list("policy", flat=True))
    assert {Policy.BURN_IN, Policy.ACTIVE} <= served
    learned = Rating.objects.filter(participation=participation, assignment__kind=AssignmentKind.FRESH)
    taste = Taste.objects.get(participation=participation)
    assert taste.rating_count == learned.exclude(assignment__policy=Policy.RANDOM).count()
