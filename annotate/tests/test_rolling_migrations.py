"""Migrations run while the former version serves: they break nothing of it, and keep no rater waiting."""

import re
import threading
from collections.abc import Sequence
from io import StringIO

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.base import Issue
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

from annotate.benchmarks.installation import wait_for
from ratings.tests.migrating import FormerDatabase, former_database

# Up to these, migrations have run on installations as they are; what comes later keeps the rules below.
RELEASED = {"ratings": "0054_notifications", "scoring": "0017_hub_push"}
# Tables that grow with raters, pictures and answers: an index of theirs takes minutes to build, and locks out every
# write meanwhile unless it is built concurrently (`AddIndexConcurrently`, in a migration with `atomic = False`).
LARGE = {
    "ratings": "Assignment AuditEntry Choice DatasetImage DatasetRater DatasetRating Image Pair PairAssignment "
    "Participation Profile Rater RaterQuality Rating StudyImage TextSighting",
    "scoring": "Embedding EmbeddingAttempt Representation Taste TasteProfile",
}
INDEX = re.compile(r'(?:CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON "(?P<table>\w+)")')
UNIQUE = re.compile(r'ALTER TABLE "(?P<table>\w+)" ADD CONSTRAINT .* UNIQUE \(')
MADE = re.compile(r'CREATE TABLE "(\w+)"')


def large_tables() -> set[str]:
    """Give the tables that grow with raters, pictures and answers."""
    return {apps.get_model(app, name)._meta.db_table for app, names in LARGE.items() for name in names.split()}


def new_migrations() -> list[tuple[str, str]]:
    """Give the migrations that no installation has run."""
    names = MigrationLoader(None).graph.nodes
    return sorted((app, name) for app, name in names if app in RELEASED and name > RELEASED[app])


def statements_of(app: str, name: str) -> list[str]:
    """Give the statements of a migration."""
    text: str = call_command("sqlmigrate", app, name, stdout=StringIO())
    return text.splitlines()


def breaking(statements: list[str]) -> list[Issue]:
    """Give what a version before would stumble over."""
    errors: list[Issue] = analyse_sql_statements(PostgresqlAnalyser, statements, [])[0]
    return errors


def locking(statements: Sequence[str]) -> list[str]:
    """Give the statements that build an index of a large table while nobody can write to it."""
    made = {new[1] for line in statements if (new := MADE.match(line))}
    tables = large_tables() - made
    found = [(line, INDEX.match(line) or UNIQUE.match(line)) for line in statements]
    return [line for line, match in found if match and match["table"] in tables]


@pytest.mark.django_db(transaction=True)  # concurrently, no index is built in one
def test_new_migrations_break_nothing_of_the_version_that_still_serves() -> None:
    found = {
        f"{app}.{name}": [f"{issue.code}: {issue.message}" for issue in errors]
        for app, name in new_migrations()
        if (errors := breaking(statements_of(app, name)))
    }
    assert found == {}, "split it over two versions, or give a new column a `db_default`"


@pytest.mark.django_db(transaction=True)  # concurrently, no index is built in one
def test_new_indexes_of_large_tables_are_built_concurrently() -> None:
    found = {f"{app}.{name}": locking(statements_of(app, name)) for app, name in new_migrations()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.django_db
def test_the_rules_find_what_they_forbid_in_migrations_of_before() -> None:
    assert [issue.code for issue in breaking(statements_of("scoring", "0002_run_attempts"))] == ["NOT_NULL"]
    assert locking(statements_of("ratings", "0006_made_for_a_rater")) != []
    alone = 'CREATE INDEX "fresh" ON "ratings_rating" ("value");'
    assert locking([alone]) == [alone]
    assert locking(['CREATE TABLE "ratings_rating" ("id" bigint);', alone]) == []
    assert locking(['CREATE INDEX CONCURRENTLY "fresh" ON "ratings_rating" ("value");']) == []
    unique = 'ALTER TABLE "ratings_rating" ADD CONSTRAINT "once" UNIQUE ("nonce");'
    assert locking([unique]) == [unique]
    assert locking(['CREATE INDEX "fresh" ON "ratings_study" ("slug");']) == []


def migrate_in_a_thread(database: FormerDatabase, said: StringIO, *, attempts: int) -> threading.Thread:
    """Start to migrate the records to a version that alters the table of studies."""
    settled = connections[database.alias]

    def work() -> None:
        """Migrate, and keep the sentence with which it ends in vain."""
        connections[database.alias] = settled.copy(alias=database.alias)  # each thread knows connections of its own
        try:
            call_command("migrate", "ratings", "0005", database=database.alias, attempts=attempts, stdout=said)
        except CommandError as error:
            said.write(f"ENDED: {error}")
        finally:
            connections[database.alias].close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_migration_gives_way_to_who_uses_its_table_and_is_tried_again(settings: LazySettings) -> None:
    settings.MIGRATION_LOCK_SECONDS = 1
    with former_database(("ratings", "0004_study_datasets")) as database:
        said = StringIO()
        beside = connections[database.alias].copy()
        with beside.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE ratings_study IN ACCESS SHARE MODE")  # as a dump does that reads it
            thread = migrate_in_a_thread(database, said, attempts=50)
            wait_for(lambda: "2 of 50 attempts made" in said.getvalue(), what="two attempts")
            assert "could not lock its table within 1 s, because something else uses it" in said.getvalue()
            cursor.execute("ROLLBACK")
        thread.join()
        assert "ENDED" not in said.getvalue()
        applied = database.rows("SELECT max(name) FROM django_migrations WHERE app = 'ratings'")
        assert applied == [("0005_pairwise",)]
        beside.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_never_gets_its_table_ends_with_a_sentence(settings: LazySettings) -> None:
    settings.MIGRATION_LOCK_SECONDS = 1
    with former_database(("ratings", "0004_study_datasets")) as database:
        said = StringIO()
        beside = connections[database.alias].copy()
        with beside.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE ratings_study IN ACCESS SHARE MODE")
            migrate_in_a_thread(database, said, attempts=1).join()
            cursor.execute("ROLLBACK")
        beside.close()
        assert "ENDED: A migration could not lock its table within 1 s" in said.getvalue()
        assert "That was attempt 1 of 1: end long transactions, such as dumps, or wait" in said.getvalue()


@pytest.mark.parametrize("attempts", [0, -3])
def test_a_migration_that_is_never_tried_is_refused(attempts: int) -> None:
    with pytest.raises(CommandError, match=f"--attempts must be 1 or more, not {attempts}: with less, nothing would"):
        call_command("migrate", "--attempts", str(attempts))
