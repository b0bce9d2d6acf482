"""Statements of the hot paths: what they read is what the query sets would give."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ratings.models import Participation, Study
from ratings.selectors.candidates import least_covered, unseen_among
from ratings.services.collect import record_answer
from ratings.services.collection import Submission
from ratings.services.lease import lease_items
from ratings.statements.locks import STUDIES, STUDY
from ratings.statements.prepared import array_literal, fetched, use_async_commit
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def participation() -> Participation:
    """Give a rater who has rated two of twelve images, skipped none and holds one."""
    made = make_participation(study=make_study(random_share=0, repeat_share=0))
    make_images(study=made.study, count=12)
    for assignment in lease_items(participation_id=made.pk, count=3).assignments[:2]:
        submission = Submission(nonce=uuid.uuid4(), assignment_id=assignment.pk, value=3)
        record_answer(rater_id=made.rater_id, submission=submission)
    return made


def test_a_row_becomes_the_model_that_a_query_set_gives_and_long_texts_come_when_asked_for() -> None:
    study = make_study(group_quotas={"domain": {"art": 3}}, instructions="Take your time.")
    (read,) = STUDIES.fetched(STUDY, {"study": study.pk})
    assert (read, read.group_quotas, read.scale) == (study, {"domain": {"art": 3}}, Study.objects.get().scale)
    assert "instructions" in read.get_deferred_fields()
    assert read.instructions == "Take your time."


def test_with_and_without_quotas_per_group_a_rater_is_offered_the_same_images(participation: Participation) -> None:
    everything = list(participation.study.study_images.values_list("pk", flat=True))
    plain = (
        least_covered(participation=participation, limit=20),
        unseen_among(participation=participation, study_images=everything),
    )
    participation.study.group_quotas = {"domain": {"nothing is of this domain": 0}}
    assert len(plain[0]) == len(plain[1]) == 9
    assert plain == (
        least_covered(participation=participation, limit=20),
        unseen_among(participation=participation, study_images=everything),
    )


@pytest.mark.django_db(transaction=True)
def test_a_commit_at_leisure_is_so_for_one_transaction_only() -> None:
    with transaction.atomic():
        use_async_commit()
        assert fetched("SHOW synchronous_commit", {}) == [("off",)]
    assert fetched("SHOW synchronous_commit", {}) == [("on",)]


def test_many_keys_travel_as_one_array() -> None:
    keys = [uuid.uuid4() for _ in range(3)]
    assert fetched("SELECT unnest(%(keys)s::uuid[])", {"keys": array_literal(keys)}) == [(key,) for key in keys]
    assert fetched("SELECT unnest(%(keys)s::bigint[])", {"keys": array_literal([])}) == []


def test_a_statement_tells_no_values_apart_from_its_text(participation: Participation) -> None:
    with CaptureQueriesContext(connection) as captured:
        unseen_among(participation=participation, study_images=[1])
    assert "$1" in captured.captured_queries[0]["sql"]
