"""Researchers choose the pictures that raters practise with, but none that a rater was handed already."""

import pytest

from annotate.tests.api.test_api_staff import script_of, send
from ratings.choices import Policy
from ratings.models import AuditEntry, StudyImage
from ratings.services.assign import QueueItem, enqueue
from ratings.services.lease import lease_items
from ratings.tests.factories import make_images, make_participation, make_rating, make_study, make_study_image

pytestmark = pytest.mark.django_db


def test_untouched_pictures_are_set_aside_and_put_back_and_what_raters_were_handed_stays() -> None:
    study = make_study(slug="harbour")
    free, rated = make_images(study=study, count=2)
    make_rating(study_image=rated)
    check = make_study_image(study=study, is_practice=True, attention_value=5.0)
    script = script_of(group="researcher")
    keys = [str(row.image_id) for row in (free, rated, check)]
    body = {"images": keys, "practice": True}
    assert send(script, "/harbour/images/practice", body) == (200, {"changed": 1, "left": 2})
    assert practice() == {free.pk, check.pk}
    assert send(script, "/harbour/images/practice", {**body, "practice": False}) == (200, {"changed": 1, "left": 2})
    assert practice() == {check.pk}
    assert set(send(script, "/harbour/images/practice", {**body, "practise": True})[1]["fields"]) == {"practise"}
    logged = AuditEntry.objects.filter(action="choose-practice").order_by("pk").values_list("detail", flat=True)
    assert list(logged) == [{"images": 1, "practice": True}, {"images": 1, "practice": False}]


def test_a_picture_that_waits_in_a_queue_when_it_is_set_aside_is_never_leased_to_be_rated() -> None:
    study = make_study(slug="harbour", random_share=0.0, repeat_share=0.0)
    aside, other = make_images(study=study, count=2)
    rater = make_participation(study=study)
    script = script_of(group="researcher")
    send(script, "/harbour/images/practice", {"images": [str(aside.image_id)], "practice": True})
    item = QueueItem(study_image_id=aside.pk, image_id=aside.image_id, policy=Policy.ACTIVE, propensity=0.5)
    enqueue(participation_id=rater.pk, items=[item], model_version="v1")  # a worker chose it before
    leased = lease_items(participation_id=rater.pk, count=5).assignments
    assert [assignment.study_image_id for assignment in leased] == [other.pk]
    aside.refresh_from_db()
    assert aside.taken == 0


def practice() -> set[int]:
    """Give the pictures that are set aside."""
    return set(StudyImage.objects.filter(is_practice=True).values_list("pk", flat=True))
