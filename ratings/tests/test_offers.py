"""Pictures made for one rater stand apart from the study, and a dump says so."""

import uuid

import pandas as pd
import pytest
from django.db import IntegrityError, transaction

from ratings.choices import AssignmentState, Policy
from ratings.models import Assignment, Participation, Study, StudyImage
from ratings.registry import first_ratings
from ratings.selectors.overview import covered_item_count
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.entries import NewEntry
from ratings.services.ingest_sources import ImageDetails
from ratings.services.steered_assignments import OfferedPicture, offer_pictures
from ratings.tests.dumping import dumped, folder_of, make_birds
from ratings.tests.factories import make_image

pytestmark = pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own


@pytest.fixture
def study() -> Study:
    return make_birds()


def rated_offer(study: Study) -> Assignment:
    """Make a picture for the study's first rater, who rates it."""
    participation = Participation.objects.filter(study=study).order_by("created_at")[0]
    details = ImageDetails(prompt="a made bird")
    made_bird = NewEntry(image_id=make_image(is_drawn=True).pk, name="made.png", details=details)
    picture = OfferedPicture(entry=made_bird, score=4.2, model_version="v3")
    for _ in range(2):
        offer_pictures(participation_id=participation.pk, pictures=[picture])
    assignment = Assignment.objects.get(policy=Policy.STEERING)
    assert assignment.state == AssignmentState.OFFERED
    submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=5.0)
    record_answer(rater_id=participation.rater_id, submission=submission)
    return assignment


def test_it_changes_no_figure_of_the_study(study: Study) -> None:
    before = covered_item_count(study=study), first_ratings().count()
    rated_offer(study)
    assert (covered_item_count(study=study), first_ratings().count()) == before


def test_a_dump_marks_it_with_its_policy_and_can_leave_it_out(study: Study) -> None:
    assignment = rated_offer(study)
    frame = pd.read_parquet(folder_of(dumped(study)) / "ratings.parquet")
    (made,) = frame[frame["policy"] == "steering"].to_dict("records")
    assert (made["kind"], made["rating"], made["is_test_slice"], made["score"]) == ("steered", 5.0, False, 4.2)
    assert (made["image"], made["prompt"]) == (str(assignment.image_id), "a made bird")
    assert len(frame) == 22
    rest = dumped(study, policies=("random", "active"))
    assert len(pd.read_parquet(folder_of(rest) / "ratings.parquet")) == 21


def test_the_database_never_lets_it_be_handed_out(study: Study) -> None:
    rated_offer(study)
    with pytest.raises(IntegrityError), transaction.atomic():
        StudyImage.objects.filter(is_made=True).update(is_active=True)
