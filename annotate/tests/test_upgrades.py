"""Databases that former versions made, with records, come to this version whole.

Each file in `former` is the database of a version before: of the commit that names it, filled by its own factories
(`ratings/tests/factories.py`, `scoring/tests/factories.py`) and written by `pg_dump --inserts`. The first is of the
second day, the others of the ends of later stops; there are no released versions yet.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connections

from ratings.models import Choice, Participation, Rating, Study
from ratings.tests.migrating import FormerDatabase, empty_database
from scoring.models import ModelVersion, SteeringRun

FORMER = sorted((Path(__file__).parent / "former").glob("*.sql.gz"))
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
# Tables that count what the software is made of, which differs by version, and one that another replaced.
OF_THE_SOFTWARE = {"auth_permission", "django_content_type", "django_migrations", "authtoken_token"}


def counts(database: FormerDatabase) -> dict[str, int]:
    """Count the rows of every table of records."""
    names = {name for (name,) in database.rows(TABLES)} - OF_THE_SOFTWARE
    return {name: database.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in sorted(names)}  # noqa: S608


@pytest.fixture(params=FORMER, ids=lambda path: path.name.split(".")[0])
def former(request: pytest.FixtureRequest) -> Iterator[FormerDatabase]:
    """Load a former database."""
    with empty_database() as database:
        database.run(gzip.decompress(request.param.read_bytes()).decode())
        database.run("SELECT set_config('search_path', 'public', false)")
        yield database


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_records_of_a_former_version_are_all_there_in_this_one(
    former: FormerDatabase, settings: LazySettings
) -> None:
    before = counts(former)
    # Before ratings 0012 a picture of a pair had its facts itself; since then it has them in the study.
    keeps_facts_by_study = former.rows("SELECT 1 FROM django_migrations WHERE name = '0012_facts_of_studies'") != []
    assert before["ratings_rating"] == 8
    call_command("migrate", database=former.alias, verbosity=0)
    after = counts(former)
    gained = {name: after.get(name, 0) - rows for name, rows in before.items() if after.get(name) != rows}
    assert gained == ({} if keeps_facts_by_study else {"ratings_studyimage": 2})
    study = Study.objects.using(former.alias).get(slug="former")
    values = Rating.objects.using(former.alias).filter(participation__study=study).order_by("id")
    assert [rating.value for rating in values] == [1, 2, 3, 4, 2, 3, 4, 5]
    assert {(row.prompt, row.domain, json.dumps(row.metadata)) for row in study.study_images.using(former.alias)} == {
        ("a lake", "art", '{"seed": 7}')
    }
    parts = Participation.objects.using(former.alias).filter(study=study).order_by("external_id")
    assert [(part.external_id, part.rater.profile.answers, part.done) for part in parts] == [
        ("P0", {"age": "18-29"}, 4),
        ("P1", {"age": "30-44"}, 4),
    ]
    assert ModelVersion.objects.using(former.alias).get(study=study).state == "live"
    assert Choice.objects.using(former.alias).get().participation.study.slug == "former-pairs"
    assert SteeringRun.objects.using(former.alias).get().steps.count() == 3
    connections[former.alias].close()
