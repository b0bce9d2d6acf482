"""Rules that stop pictures and raters once they are known well enough; propensities and places are of what is left."""

import random
from typing import Any
from uuid import uuid4

import pytest

from annotate.flows.studies import change_study
from ratings.choices import End, ParticipationState, Policy
from ratings.models import Study, StudyImage
from ratings.selectors.ends import end_of
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.fallback_policies import uniform_picks
from ratings.services.lease import lease_items
from ratings.services.stopping import resume_images, stop_rated_images, stop_rater, stop_sure_images
from ratings.services.targets import set_targets
from ratings.tests.factories import make_participation, make_rating, make_study, make_study_image
from ratings.tests.migrating import former_database
from scoring.tasks import learn_from_raters
from scoring.tests.learning import make_served_study

pytestmark = pytest.mark.django_db
BEFORE = ("ratings", "0054_notifications")


def rated_study(*values: tuple[float, ...], **settings: Any) -> tuple[Study, list[StudyImage]]:
    """Make a study whose pictures were rated so, one rater a place, and that has two places more each."""
    study = make_study(target=len(values[0]) + 2, **{"stop_image_width": 0.5, "stop_image_raters": 4, **settings})
    people = [make_participation(study=study) for _ in values[0]]
    rows = []
    for given in values:
        row = make_study_image(study=study, target=study.target)
        for person, value in zip(people, given, strict=True):
            make_rating(participation=person, study_image=row, value=value)
        StudyImage.objects.filter(pk=row.pk).update(taken=len(given))
        rows.append(row)
    return study, rows


def targets(rows: list[StudyImage]) -> list[int]:
    """Give the targets as they are now."""
    found = dict(StudyImage.objects.in_bulk([row.pk for row in rows]).items())
    return [found[row.pk].target for row in rows]


def test_a_picture_whose_interval_is_narrow_enough_gets_no_more_raters() -> None:
    """Of 3 3 3 4 the sd is 0.5: 1.96 * 0.5 / 2 = 0.49 < 0.5. Of 1 5 1 5 it is 2.3, far from it."""
    study, rows = rated_study((3, 3, 3, 4), (1, 5, 1, 5))
    assert stop_sure_images(study_id=study.pk) == 1
    assert targets(rows) == [4, 6]
    assert stop_sure_images(study_id=study.pk) == 0


@pytest.mark.parametrize("rule", [{"stop_image_raters": 5}, {"stop_image_width": 0.48}, {"stop_image_width": None}])
def test_it_goes_on_with_fewer_raters_than_wanted_a_wider_interval_or_without_a_rule(rule: dict[str, Any]) -> None:
    study, rows = rated_study((3, 3, 3, 4), **rule)
    assert stop_sure_images(study_id=study.pk) == 0
    assert targets(rows) == [6]


def test_only_pictures_that_these_raters_rated_are_looked_at_after_a_rating() -> None:
    study, rows = rated_study((3, 3, 3, 4))
    other, others = rated_study((3, 3, 3, 3))
    person = study.participations.first()
    assert person is not None
    assert stop_rated_images(participation_ids=[person.pk]) == 1
    assert (targets(rows), targets(others)) == ([4], [6])
    assert other.stop_image_width is not None


def test_the_uniform_slice_is_uniform_over_what_is_left_and_recorded_exactly() -> None:
    study, rows = rated_study((3, 3, 3, 3), (1, 5, 1, 5), (1, 5, 1, 5), (3, 3, 3, 3))
    stop_sure_images(study_id=study.pk)
    newcomer = make_participation(study=study)
    drawn: dict[int, int] = {}
    for seed in range(400):
        (pick,) = uniform_picks(participation=newcomer, count=1, rng=random.Random(seed))
        assert (pick.policy, pick.propensity) == (Policy.RANDOM, 0.5)
        drawn[pick.study_image_id] = drawn.get(pick.study_image_id, 0) + 1
    assert set(drawn) == {rows[1].pk, rows[2].pk}
    assert 160 < drawn[rows[1].pk] < 240  # of 400; the sd is 10


def test_another_target_leaves_stopped_pictures_stopped_and_another_rule_opens_them() -> None:
    study, rows = rated_study((3, 3, 3, 3), (1, 5, 1, 5))
    stop_sure_images(study_id=study.pk)
    study.target = 9
    set_targets(study=study)
    assert targets(rows) == [4, 9]
    study.save()
    resume_images(study=study)
    assert targets(rows) == [9, 9]


def test_a_changed_rule_opens_the_stopped_pictures_again() -> None:
    study, rows = rated_study((3, 3, 3, 3))
    stop_sure_images(study_id=study.pk)
    change_study(study=study, changes={"stop_image_width": None}, actor=None)
    assert targets(rows) == [6]
    assert StudyImage.objects.get(pk=rows[0].pk).stopped_at is None


def test_a_rater_who_is_known_well_enough_finishes_what_they_hold_and_ends_as_complete() -> None:
    study = make_study(quota=30)
    for _ in range(10):
        make_study_image(study=study)
    person = make_participation(study=study, quota=30)
    held = lease_items(participation_id=person.pk, count=2).assignments
    assert len(held) == 2
    assert stop_rater(participation_id=person.pk)
    assert not stop_rater(participation_id=person.pk)
    person.refresh_from_db()
    assert (person.quota, person.stopped_at is not None) == (2, True)
    for assignment in held:
        submission = Submission(nonce=uuid4(), assignment_id=assignment.pk, value=3.0)
        record_answer(rater_id=person.rater_id, submission=submission)
    leases = lease_items(participation_id=person.pk, count=5)
    assert leases.assignments == []
    person.refresh_from_db()
    assert person.state == ParticipationState.COMPLETE
    assert end_of(person) == End.COMPLETE


@pytest.mark.parametrize(("sd", "stops"), [(4.0, True), (0.0001, False)])
def test_the_worker_stops_a_rater_once_the_live_model_is_sure_enough_of_them(sd: float, stops: bool) -> None:  # noqa: FBT001
    world = make_served_study(images=12, stop_rater_sd=sd, stop_rater_after=3)
    person = world.add_rater()
    for row in world.rows[:2]:
        person.rate(row, value=4.0)
    learn_from_raters([str(person.participation.pk)])
    person.participation.refresh_from_db()
    assert person.participation.stopped_at is None  # after too few ratings, however sure
    person.rate(world.rows[2], value=4.0)
    learn_from_raters([str(person.participation.pk)])
    person.participation.refresh_from_db()
    assert (person.participation.stopped_at is not None) is stops
    assert (person.participation.quota == person.participation.done) is stops


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_from_before_stops_nothing() -> None:
    with former_database(BEFORE) as database:
        apps: Any = database.migrate(BEFORE)
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0055_stopping_rules"))
        rules = "SELECT stop_image_width, stop_image_raters, stop_rater_sd, stop_rater_after FROM ratings_study"
        assert database.rows(rules) == [(None, 5, None, 20)]
