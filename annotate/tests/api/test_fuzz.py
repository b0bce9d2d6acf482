"""Whatever is sent to the API gets an answer that its schema describes, and never a 500."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotate.wsgi import site  # beneath what lends connections: here the test has its own
from ratings.selectors.participations import participation_token
from ratings.services.lease import lease_items
from ratings.tests.factories import make_api_key, make_images, make_participation, make_study

EXAMPLES = 20  # per call
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture
def api(db: None) -> Iterator[Any]:
    """Read the schema as scripts do; the test's own connection outlives each request."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", site)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What exists, so that a request may be about something."""

    slug: str
    assignment: int
    rater_token: str
    staff_token: str

    def put_into(self, case: schemathesis.Case[Any]) -> None:
        """Make a request be about what exists."""
        for name in set(case.path_parameters or {}) & {"slug", "assignment"}:
            case.path_parameters[name] = getattr(self, name)
        if isinstance(case.body, dict) and "assignment" in case.body:
            case.body["assignment"] = self.assignment

    def headers(self, path: str) -> dict[str, str]:
        """Show the right token."""
        token = self.staff_token if path.endswith("/score") else self.rater_token
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def known(db: None) -> Known:
    """Enrol somebody who holds an image, and hire a researcher."""
    study = make_study()
    make_images(study=study, count=5)
    participation = make_participation(study=study)
    (held,) = lease_items(participation_id=participation.pk, count=1).assignments
    return Known(
        slug=study.slug,
        assignment=held.pk,
        rater_token=participation_token(participation=participation),
        staff_token=make_api_key(user=User.objects.create_superuser("researcher")),
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.slow
def test_the_api_answers_anything_as_its_schema_says(api: Any, known: Known, mode: GenerationMode) -> None:
    operations = [result.ok() for result in api.get_all_operations()]
    wanted = [one for one in operations if one.definition.raw["operationId"] != "withdraw"]  # would end the fuzzing
    assert len(wanted) > 8
    assert [fault for one in wanted for fault in faults_of(one, known, mode)] == []


def faults_of(operation: Any, known: Known, mode: GenerationMode) -> list[str]:
    """Send many requests to one call; say which answers its schema does not describe."""
    faults: dict[str, str] = {}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_about_something=booleans())
    def probe(case: schemathesis.Case[Any], is_about_something: bool) -> None:  # noqa: FBT001 - hypothesis names it
        if is_about_something:
            known.put_into(case)
        answer = case.call(headers=known.headers(case.path))
        if (
            b'"reward_unavailable"' in answer.content
        ):  # pictures are sent to a server that does not run beside this test
            return
        try:
            case.validate_response(answer, checks=list(CHECKS))
        except FailureGroup as errors:
            first = errors.exceptions[0]
            faults.setdefault(str(first)[:80], f"{operation.label}: {first} {answer.status_code} {answer.text[:300]}")

    with suppress(Unsatisfiable):  # a call that takes nothing cannot be given anything wrong
        probe()
    return list(faults.values())
