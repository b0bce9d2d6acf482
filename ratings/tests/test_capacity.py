"""Nobody joins for nothing: places are counted and kept before somebody consents, for all who come at once."""

import random
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from ratings.choices import AssignmentState, StudyState
from ratings.exceptions import StudyFullError
from ratings.models import Participation, Study, StudyImage
from ratings.selectors.availability import availability_of, free_places, most_connections
from ratings.services.enrol import Enrolment, enrol_rater
from ratings.services.lease import lease_items
from ratings.services.texts import keep_texts
from ratings.tests.factories import make_assignment, make_images, make_pair, make_study
from ratings.tests.migrating import former_database
from ratings.tests.test_concurrency import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

EVEN = {"random_share": 0, "repeat_share": 0}


def enrol(study: Study) -> Participation:
    return enrol_rater(study=study, enrolment=Enrolment(consent_version="1"))


def send_away(participation: Participation, *, minutes: int = 61) -> None:
    Participation.objects.filter(pk=participation.pk).update(last_seen_at=timezone.now() - timedelta(minutes=minutes))


def take_all(participation: Participation) -> int:
    """Lease as much as there is for somebody; give how many images that were."""
    rng = random.Random(1)
    leases = lease_items(participation_id=participation.pk, count=20, rng=rng)
    return len(leases.assignments)


def test_a_place_kept_for_one_is_not_promised_to_another() -> None:
    study = make_study(quota=3, target=1, **EVEN)
    make_images(study=study, count=5)
    first, second = enrol(study), enrol(study)
    assert [(row.quota, row.reserved) for row in (first, second)] == [(3, 3), (2, 2)]
    with pytest.raises(StudyFullError, match="all its places are taken"):
        enrol(study)
    assert (take_all(second), take_all(first)) == (2, 3)  # who came later and was faster took nothing away


def test_one_person_is_promised_each_image_once() -> None:
    study = make_study(quota=50, target=15, **EVEN)
    make_images(study=study, count=4)
    assert free_places(study=study) == 4
    joined = enrol(study)
    assert (joined.quota, joined.reserved) == (50, 4)  # all that the study has is all that it asks


def enrol_beside(study: Study) -> None:
    """Join from a connection of its own, which waits for nobody longer than a moment."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        enrol(Study.objects.get(pk=study.pk))
    finally:
        connections["default"].close()


@pytest.mark.parametrize(
    ("places", "failed", "joined"),
    [
        (100, [OperationalError], 0),  # one of the hundred and one who can be joining would get none
        (101, [], 1),
    ],
)
def test_nobody_waits_for_another_where_all_who_can_be_joining_get_a_place(
    places: int, failed: list[type[Exception]], joined: int
) -> None:
    assert most_connections() == 100
    study = make_study(quota=1, target=places, **EVEN)
    make_images(study=study, count=1)
    keep_texts(study=study, actor=None)
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        raised = run_at_once([partial(enrol_beside, study)])
    assert [type(error) for error in raised] == failed
    assert Participation.objects.filter(reserved=1).count() == joined


def test_many_who_join_at_the_same_moment_are_never_promised_more_than_there_is() -> None:
    study = make_study(quota=3, target=2, **EVEN)
    make_images(study=study, count=5)  # ten places: three times three, and one
    raised = run_at_once([partial(enrol_in_own_connection, study)] * 12)
    assert Counter(type(error) for error in raised) == {StudyFullError: 8}
    joined = Participation.objects.filter(study=study)
    assert Counter(joined.values_list("reserved", flat=True)) == {3: 3, 1: 1}
    taken = [take_all(participation) for participation in joined.order_by("reserved")]
    assert sum(taken) == 10
    assert min(taken) >= 1
    assert not StudyImage.objects.filter(study=study, taken__lt=2).exists()


def enrol_in_own_connection(study: Study) -> None:
    enrol(study)
    connections.close_all()


def test_the_cap_holds_when_many_join_at_the_same_moment() -> None:
    study = make_study(quota=1, target=50, participant_cap=3)
    make_images(study=study, count=1)
    raised = run_at_once([partial(enrol_in_own_connection, study)] * 9)
    assert Counter(type(error) for error in raised) == {StudyFullError: 6}
    assert Participation.objects.filter(study=study).count() == 3


def test_who_stays_away_keeps_no_places_and_gets_what_is_left_on_return() -> None:
    study = make_study(quota=2, target=1, **EVEN)
    make_images(study=study, count=3)
    first = enrol(study)
    send_away(first)
    second = enrol(study)
    assert second.reserved == 2
    assert take_all(first) == 1
    first.refresh_from_db()
    assert (first.quota, first.granted, first.reserved) == (2, 1, 1)
    assert take_all(second) == 2


def test_who_gave_nothing_frees_their_place_under_the_cap_and_cannot_take_it_back_from_others() -> None:
    study = make_study(quota=2, target=9, participant_cap=1, **EVEN)
    make_images(study=study, count=3)
    first = enrol(study)
    with pytest.raises(StudyFullError, match="all the people"):
        enrol(study)
    send_away(first)
    enrol(study)
    assert take_all(first) == 0


@pytest.fixture
def pairs() -> Study:
    study = make_study(design="pairwise", quota=3)
    for number in range(3):
        make_pair(study=study, group=f"g{number}", target=1)
    return study


def test_pairs_are_kept_alike(pairs: Study) -> None:
    first = enrol(pairs)
    assert first.reserved == 3
    with pytest.raises(StudyFullError):
        enrol(pairs)
    assert len(lease_items(participation_id=first.pk, count=3).assignments) == 3


def test_an_image_that_is_rated_counts_no_longer_as_kept() -> None:
    study = make_study(quota=2, target=2, **EVEN)
    first, *_ = make_images(study=study, count=2)
    joined = enrol(study)
    make_assignment(participation=joined, study_image=first, state=AssignmentState.RATED)
    assert free_places(study=study) == 2  # three are free, one is kept, and one person takes each image once


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"state": StudyState.PAUSED}, "paused", "is paused"),
        ({"state": StudyState.CLOSED}, "closed", "is closed"),
        ({"closes_at": timezone.now()}, "closed", "is closed"),
        ({"opens_at": timezone.now() + timedelta(days=1)}, "not_yet_open", "opens on"),
        ({"participant_cap": 9}, "open", ""),
    ],
)
def test_a_study_says_whether_somebody_may_join(fields: dict[str, object], code: str, words: str) -> None:
    study = make_study(**fields)
    make_images(study=study, count=1)
    available = availability_of(study=study)
    assert available.code == code
    assert words in available.sentence


@pytest.mark.slow
def test_who_took_part_before_places_were_kept_goes_on_as_before() -> None:
    with former_database(("ratings", "0022_one_expiry_task")) as database:
        apps = database.migrate(("ratings", "0022_one_expiry_task"))
        study = apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        rater = apps.get_model("ratings", "Rater").objects.using(database.alias).create()
        apps.get_model("ratings", "Participation").objects.using(database.alias).create(
            study=study, rater=rater, consent_version="1", consented_at=timezone.now(), quota=7
        )
        database.migrate(("ratings", "0024_capacity_and_times"))
        assert database.rows("SELECT quota, reserved, granted FROM ratings_participation") == [(7, None, None)]
        assert database.rows("SELECT is_listed, reservation_minutes, opens_at, closes_at FROM ratings_study") == [
            (True, 60, None, None)
        ]
