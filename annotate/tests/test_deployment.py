"""What `deploy/` says holds: settings reach the containers, and the image holds what every web process serves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotate import env
from annotate.settings import cache, database
from annotate.variables import VARIABLES

DEPLOY = env.BASE_DIR / "deploy"
# What the composition sets whatever the file says: that it is one of production, and where it keeps files.
FIXED = {"PAMELA_MODE", "HF_HOME"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """Read the composition."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def of_ours(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the services that run Pamela."""
    return {
        name: service
        for name, service in services.items()
        if service.get("image", "").startswith("${PAMELA_IMAGES:-pamela}-")
    }


def test_every_setting_of_the_file_reaches_every_container_of_ours(services: dict[str, dict[str, Any]]) -> None:
    workers = {"worker", "send", "io", "embed", "steer", "train"}
    assert set(of_ours(services)) == {"setup", "web", "reward", "beat"} | workers
    for name, service in of_ours(services).items():
        assert service["env_file"] == ["production.env"], name
        for variable, value in service["environment"].items():
            if variable in VARIABLES and variable not in FIXED:
                assert f"${{{variable}:" in value, f"{name} overrides {variable}, whatever production.env says"


def test_a_database_and_a_broker_of_ones_own_can_stand_in(services: dict[str, dict[str, Any]]) -> None:
    for name in ("database", "broker"):
        assert services[name]["profiles"] == [name]
        assert services["setup"]["depends_on"][name]["required"] is False


def test_without_a_password_or_an_address_of_database_and_broker_the_start_stops_with_a_sentence(
    services: dict[str, dict[str, Any]],
) -> None:
    asked = "${DATABASE_PASSWORD:?set DATABASE_PASSWORD or DATABASE_URL in deploy/production.env}"
    asked_too = "${BROKER_PASSWORD:?set BROKER_PASSWORD or CELERY_BROKER_URL in deploy/production.env}"
    for name, service in of_ours(services).items():
        address, broker = service["environment"]["DATABASE_URL"], service["environment"]["CELERY_BROKER_URL"]
        assert address == f"${{DATABASE_URL:-postgres://pamela:{asked}@database:5432/pamela}}", name
        assert broker == f"${{CELERY_BROKER_URL:-redis://:{asked_too}@broker:6379/0}}", name


@pytest.mark.slow
def test_static_files_are_collected_where_the_setting_says(tmp_path: Path) -> None:
    names = {**os.environ, "DATA_DIR": str(tmp_path / "scratch"), "STATIC_ROOT": str(tmp_path / "image")}
    names.pop("DJANGO_SETTINGS_MODULE")  # the tests' own
    command = [sys.executable, "manage.py", "collectstatic", "--no-input"]
    done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "image" / "staticfiles.json").is_file()
    assert not (tmp_path / "scratch" / "static").exists()


def test_a_pooler_of_transactions_gets_no_cursor_that_outlives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOLER", "transaction")
    assert database()["DISABLE_SERVER_SIDE_CURSORS"] is True
    monkeypatch.setenv("DATABASE_POOLER", "session")
    assert database()["DISABLE_SERVER_SIDE_CURSORS"] is False
    monkeypatch.setenv("DATABASE_POOLER", "pgbouncer")
    with pytest.raises(env.ConfigurationError, match="must be 'session' or 'transaction', not 'pgbouncer'"):
        database()


@pytest.mark.parametrize(
    ("broker", "own", "address"),
    [
        ("redis://broker:6379/0", "", "redis://broker:6379/0"),
        ("redis://broker:6379/0", "redis://cache:6379/1", "redis://cache:6379/1"),
        ("amqp://broker:5672", "rediss://cache:6379/0", "rediss://cache:6379/0"),
        ("amqp://broker:5672", "", None),
    ],
)
def test_the_cache_is_the_one_named_or_the_broker_that_can_be_one(
    monkeypatch: pytest.MonkeyPatch, broker: str, own: str, address: str | None
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", broker)
    monkeypatch.setenv("CACHE_URL", own)
    assert cache().get("LOCATION") == address
    assert cache()["BACKEND"].endswith("RedisCache" if address else "LocMemCache")
