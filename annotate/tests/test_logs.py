"""Log lines as JSON: they name the request and the rater, as dumps name them, and no values of queries."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import ProgrammingError, connection
from django.test import Client, RequestFactory

from annotate import env
from annotate.errors import answer_error
from annotate.logs import JsonFormatter, log_if_slow
from ratings.selectors.named_raters import pseudonym
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_participation


@pytest.fixture
def lines(settings: LazySettings) -> Iterator[io.StringIO]:
    """Give what is logged, as JSON."""
    settings.MIDDLEWARE = ["annotate.logs.RequestIdMiddleware", *settings.MIDDLEWARE]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    """Read the lines back."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_line_names_the_request_as_its_answer_does(client: Client, lines: io.StringIO) -> None:
    answer = client.get("/api/v1/me")
    (line,) = read(lines)
    assert (line["level"], line["logger"], line["message"]) == (
        "WARNING",
        "django.request",
        "Unauthorized: /api/v1/me",
    )
    assert line["request"] == answer["X-Request-ID"]
    assert len(line["request"]) == 32
    assert "rater" not in line


@pytest.mark.django_db
def test_a_line_names_the_rater_as_dumps_do_and_not_by_id(client: Client, lines: io.StringIO) -> None:
    participation = make_participation()
    token = participation_token(participation=participation)
    client.post(
        "/api/v1/ratings", data="{}", content_type="application/json", headers={"authorization": f"Bearer {token}"}
    )
    (line,) = read(lines)
    assert line["rater"] == pseudonym(rater=str(participation.rater_id))
    assert str(participation.rater_id) not in lines.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(("given", "kept"), [("front-0123456789", True), ("short", False), ('x" y\n' * 3, False)])
def test_the_id_of_a_proxy_is_taken_over_where_it_is_harmless(
    client: Client, lines: io.StringIO, given: str, *, kept: bool
) -> None:
    answer = client.get("/api/v1/me", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert read(lines)[0]["request"] == answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_query_that_takes_long_is_logged_without_its_values(settings: LazySettings, lines: io.StringIO) -> None:
    settings.SLOW_QUERY_MS = 500
    with connection.execute_wrapper(log_if_slow), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a secret"])
        cursor.execute("SELECT pg_sleep(0.6), %s", ["a secret"])
    (line,) = read(lines)
    assert line["message"].startswith("A query took ")
    assert line["message"].endswith(" ms: SELECT pg_sleep(0.6), %s")


@pytest.mark.slow
def test_a_process_writes_json_where_the_setting_says_so() -> None:
    code = (
        "import django; django.setup(); import logging; from django.conf import settings\n"
        "assert settings.MIDDLEWARE[0] == 'annotate.logs.RequestIdMiddleware'\n"
        "logging.getLogger('here').warning('It is %s.', 'so')\n"
        "try:\n    raise ValueError('no')\nexcept ValueError:\n    logging.getLogger('here').exception('failed')"
    )
    names = {**os.environ, "LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "annotate.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=env.BASE_DIR, env=names, capture_output=True, check=True)
    first, second = [json.loads(line) for line in done.stderr.decode().splitlines()]
    assert (first["logger"], first["message"]) == ("here", "It is so.")
    assert second["exception"].endswith("ValueError: no")


VISIT = """
import django
django.setup()
from django.test import Client, RequestFactory
assert Client().get("/api/v1/studies/harbour").status_code == 503
"""


@pytest.mark.slow
def test_a_database_that_is_away_costs_each_request_one_line_and_no_traceback() -> None:
    names = env.child_environment(
        DJANGO_SETTINGS_MODULE="annotate.settings", DATABASE_URL="postgres://nobody@127.0.0.1:1/none"
    )
    command = [sys.executable, "-c", VISIT]
    done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    (said,) = [line for line in done.stderr.splitlines() if "annotate.errors" in line]
    assert "The database did not answer /api/v1/studies/harbour: connection failed: " in said


def test_a_database_that_refuses_what_we_ask_is_a_fault_of_ours_with_its_traceback(lines: io.StringIO) -> None:
    answer = answer_error(ProgrammingError("no such column"), {"request": RequestFactory().get("/api/v1/me")})
    assert answer is not None
    (line,) = read(lines)
    assert (answer.status_code, line["message"]) == (503, "The database did not answer /api/v1/me: no such column")
    assert line["exception"].endswith("ProgrammingError: no such column")
