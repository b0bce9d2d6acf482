"""What a lease and a submission ask of the database: how many statements, and that none looks at all rows."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.tests.api.test_api import Script
from ratings.choices import Policy
from ratings.models import Participation, Study, StudyImage
from ratings.services.assign import QueueItem, enqueue
from ratings.tests.factories import make_participation, make_study

pytestmark = pytest.mark.django_db(transaction=True)

IMAGES = 4000
OTHERS = 60  # raters who were there before
BIG = ("ratings_image", "ratings_studyimage", "ratings_assignment", "ratings_rating", "ratings_participation")
FILL = """
INSERT INTO ratings_image (id, sha256, width, height, path, renditions, placeholder, created_at)
SELECT gen_random_uuid(), md5(n::text) || md5(n::text), 8, 8, 'images/' || n, '[]', 'data:,', now()
FROM generate_series(1, %(images)s) n;
INSERT INTO ratings_studyimage (study_id, image_id, ordinal, shuffle, target, taken, is_active, is_practice)
SELECT %(study)s, id, row_number() OVER () - 1, random(), 500, 0, true, false FROM ratings_image;
INSERT INTO ratings_rater (id, is_simulated, created_at)
SELECT gen_random_uuid(), false, now() FROM generate_series(1, %(others)s);
INSERT INTO ratings_participation (id, study_id, rater_id, state, consent_version, consented_at, external_id,
                                   external_session, quota, done, served, created_at, last_seen_at)
SELECT gen_random_uuid(), %(study)s, id, 'active', '1', now(), '', '', 50, 0, 1000, now(), now() FROM ratings_rater;
INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
                                model_version, rank, position, created_at, skip_reason)
SELECT p.id, s.id, s.image_id, 'fresh', 'rated', 'coverage', 1, '', 0, 1, now(), ''
FROM ratings_participation p, ratings_studyimage s WHERE s.ordinal < 200;
INSERT INTO ratings_rating (nonce, assignment_id, participation_id, image_id, value, client, created_at)
SELECT gen_random_uuid(), id, participation_id, image_id, 3, '{}', now() FROM ratings_assignment;
UPDATE ratings_studyimage SET taken = %(others)s WHERE ordinal < 200;
"""


@pytest.fixture
def script() -> Iterator[Script]:
    """Give a rater among many, in a study that is full enough for an index to pay."""
    study = make_study(quota=500, random_share=0.2, repeat_share=0.2, repeat_gap=1)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"images": IMAGES, "study": study.pk, "others": OTHERS})
        cursor.execute(f"ANALYZE {', '.join(BIG)}")
    connection.connection.prepare_threshold = None  # what is kept prepared tells its text no more
    yield Script(make_participation(study=study))
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(BIG)} CASCADE")


def statements(act: Callable[[], Any]) -> list[str]:
    """Give what an act asked of the database, transaction control apart."""
    with CaptureQueriesContext(connection) as captured:
        act()
    asked = [query["sql"] for query in captured.captured_queries]
    return [statement for statement in asked if statement.split()[0] not in {"BEGIN", "COMMIT"}]


def fill_queue(script: Script) -> None:
    """Queue a dozen images as the model would."""
    rows = list(StudyImage.objects.order_by("-ordinal")[:12])
    items = [
        QueueItem(study_image_id=row.pk, image_id=row.image_id, policy=Policy.ACTIVE, propensity=0.5) for row in rows
    ]
    enqueue(participation_id=participation(script).pk, items=items, model_version="m")


def participation(script: Script) -> Participation:
    return Participation.objects.get(study__slug=script.slug, served__lt=1000)


def use_the_queue_only(script: Script) -> None:
    Study.objects.filter(slug=script.slug).update(random_share=0, repeat_share=0)


def test_a_lease_from_the_queue_takes_nine_statements_and_a_submission_four(script: Script) -> None:
    use_the_queue_only(script)
    fill_queue(script)
    held: list[dict[str, Any]] = []
    assert len(statements(lambda: held.extend(script.lease(5)))) == 9
    assert len(statements(lambda: script.rate(held[0]["assignment"]))) == 4
    assert len(statements(lambda: script.lease(4))) == 6  # nothing new, nothing to renew


def test_a_study_that_shows_prompts_asks_once_more_for_all_of_them(script: Script) -> None:
    use_the_queue_only(script)
    Study.objects.filter(slug=script.slug).update(show_prompt=True)
    fill_queue(script)
    assert len(statements(lambda: script.lease(5))) == 10


def test_a_lease_without_a_queue_takes_ten_statements(script: Script) -> None:
    use_the_queue_only(script)
    assert len(statements(lambda: script.lease(5))) == 10


def plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give all steps of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from plan_nodes(part)


def whole_reads(statement: str) -> list[str]:
    """Give the big tables that a statement would read from end to end."""
    if statement.startswith(("SAVEPOINT", "RELEASE")):
        return []
    with connection.cursor() as cursor:
        generic = ", GENERIC_PLAN" if "$1" in statement else ""  # a prepared statement's: the same for all values
        cursor.execute(f"EXPLAIN (FORMAT JSON{generic}) {statement}")
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return [
        node["Relation Name"]
        for node in plan_nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG[:-1]
    ]


def test_no_statement_of_a_lease_or_a_submission_reads_a_table_from_end_to_end(script: Script) -> None:
    rng = random.Random(5)
    asked: list[str] = []
    for turn in range(12):
        if turn % 2:
            fill_queue(script)
        held: list[dict[str, Any]] = []
        asked += statements(lambda held=held: held.extend(script.lease(5)))  # type: ignore[misc]
        for item in held:
            asked += statements(lambda item=item: script.rate(item["assignment"], rng.randint(1, 5)))  # type: ignore[misc]
    assert whole_reads("SELECT 1 FROM ratings_assignment WHERE propensity = 2") == ["ratings_assignment"]
    assert any("'repeat'" in statement for statement in asked)
    assert any('"ordinal" IN' in statement for statement in asked)
    assert any("place.shuffle LIMIT" in statement for statement in asked)
    read = {statement: whole_reads(statement) for statement in asked}
    assert {statement: tables for statement, tables in read.items() if tables} == {}
