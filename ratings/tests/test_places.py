"""Leases that end: every place goes back, exactly once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from ratings.choices import AssignmentState
from ratings.models import Assignment, StudyImage
from ratings.registry import ONE_IMAGE
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.give_back import leave, release_expired
from ratings.services.lease import lease_items
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db


def test_one_sweep_gives_back_every_place_of_an_image_that_several_raters_held() -> None:
    study = make_study(target=5)
    make_images(study=study, count=2)
    for _ in range(3):
        assert len(lease_items(participation_id=make_participation(study=study).pk, count=2).assignments) == 2
    assert set(StudyImage.objects.values_list("taken", flat=True)) == {3}
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert release_expired() == 6
    assert set(StudyImage.objects.values_list("taken", flat=True)) == {0}
    assert release_expired() == 0


def test_leaving_gives_back_all_that_is_held() -> None:
    study = make_study()
    make_images(study=study, count=4)
    participation = make_participation(study=study)
    lease_items(participation_id=participation.pk, count=3)
    assert leave(family=ONE_IMAGE, participation_id=participation.pk) == 3
    assert set(StudyImage.objects.values_list("taken", flat=True)) == {0}
    assert not Assignment.objects.filter(state=AssignmentState.LEASED).exists()


def test_leases_are_renewed_by_activity_once_a_tenth_has_gone_by() -> None:
    study = make_study(lease_minutes=20)
    make_images(study=study, count=4)
    participation = make_participation(study=study)
    lease_items(participation_id=participation.pk, count=2)
    fresh = set(Assignment.objects.values_list("lease_expires_at", flat=True))
    lease_items(participation_id=participation.pk, count=2)
    assert set(Assignment.objects.values_list("lease_expires_at", flat=True)) == fresh
    old = timezone.now() + timedelta(minutes=17)
    Assignment.objects.update(lease_expires_at=old)
    lease_items(participation_id=participation.pk, count=2)
    assert not Assignment.objects.filter(lease_expires_at__lte=old + timedelta(minutes=2)).exists()


def test_rating_one_image_renews_the_leases_of_the_others() -> None:
    study = make_study(lease_minutes=20)
    make_images(study=study, count=4)
    participation = make_participation(study=study)
    first, other = lease_items(participation_id=participation.pk, count=2).assignments
    old = timezone.now() + timedelta(minutes=5)
    Assignment.objects.update(lease_expires_at=old)
    submission = Submission(nonce=uuid.uuid4(), assignment_id=first.pk, value=3)
    record_answer(rater_id=participation.rater_id, submission=submission)
    other.refresh_from_db()
    assert other.lease_expires_at is not None
    assert other.lease_expires_at > old + timedelta(minutes=10)
