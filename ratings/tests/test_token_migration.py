"""Keys that the version before kept in the open go on working, as digests; the audit log stays as it is written."""

import hashlib

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from ratings.models import AuditEntry
from ratings.tests.migrating import former_database

# the table as Django REST framework 3.16 makes it: rest_framework/authtoken/migrations/0001_initial.py
FORMER_TABLE = """
CREATE TABLE authtoken_token (
  key varchar(40) PRIMARY KEY, created timestamptz NOT NULL, user_id integer NOT NULL UNIQUE REFERENCES auth_user (id)
)
"""
KEY = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_key_from_before_becomes_a_digest_and_its_table_goes() -> None:
    with former_database(("ratings", "0017_redescribed_images")) as database:
        apps = database.migrate(
            ("ratings", "0017_redescribed_images"), ("auth", "0012_alter_user_first_name_max_length")
        )
        rob = apps.get_model("auth", "User").objects.using(database.alias).create(username="rob")
        database.run(FORMER_TABLE)
        database.run(f"INSERT INTO authtoken_token VALUES ('{KEY}', '2026-01-02T03:04:05Z', {rob.pk})")  # noqa: S608 - of our own making
        database.migrate(("ratings", "0018_api_tokens"))
        rows = database.rows("SELECT user_id, name, scope, start, digest, expires_at FROM ratings_apitoken")
        digest = hashlib.sha256(KEY.encode()).hexdigest()
        assert rows == [(rob.pk, "made before tokens had names", "api", "9944b091", digest, None)]
        assert database.rows("SELECT to_regclass('authtoken_token')") == [(None,)]


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_the_audit_log_only_loses_the_name_of_a_deleted_account() -> None:
    rob = User.objects.create_user("rob")
    entry = AuditEntry.objects.create(action="export", target="harbour", actor=rob)
    for forbidden in (
        "UPDATE ratings_auditentry SET target = 'quay'",
        "UPDATE ratings_auditentry SET actor_id = NULL, target = 'quay'",
        "DELETE FROM ratings_auditentry",
    ):
        with pytest.raises(IntegrityError, match="neither changed nor deleted"), transaction.atomic():
            connection.cursor().execute(forbidden)
    rob.delete()
    entry.refresh_from_db()
    assert (entry.actor, entry.target) == (None, "harbour")
