"""Connections that are kept between requests, and may have ended meanwhile."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ratings.statements.prepared import fetched

PID = "SELECT pg_backend_pid()"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ended_between_two_requests_is_replaced_before_anybody_notices() -> None:
    ((ended,),) = fetched(PID, {})
    beside = connection.copy()
    with beside.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])  # waits until it has ended
    beside.close()
    connection.close_if_unusable_or_obsolete()  # as each request begins
    ((new,),) = fetched(PID, {})
    assert new != ended


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_lives_is_kept_and_not_asked_whether_it_does() -> None:
    ((first,),) = fetched(PID, {})
    connection.close_if_unusable_or_obsolete()
    with CaptureQueriesContext(connection) as captured:
        ((second,),) = fetched(PID, {})
    assert (second, len(captured)) == (first, 1)
    assert connection.is_usable()
