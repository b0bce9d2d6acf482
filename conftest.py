"""What every test may use."""

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from django.conf import LazySettings
from django.test import Client
from psycopg import sql

from annotate import embedded
from annotate.stores import DISK, disk, storages


def pytest_configure() -> None:
    """Start the services that the environment does not name; let a busy machine take its time over an example."""
    hypothesis.settings.register_profile("any-speed", deadline=None)
    hypothesis.settings.load_profile("any-speed")
    embedded.ensure_services()
    if embedded.uses_postgres() and is_owner():
        forgo_durability()


def is_owner() -> bool:
    """Tell whether this process has started the services, and ends them."""
    return os.environ.get("PAMELA_TEST_OWNER") == str(os.getpid())


def forgo_durability() -> None:
    """Let the tests' own database wait for no disk: after a crash nobody wants it back, and all begin from nothing.

    Emptying the tables after a test takes a third of the time then, a row a tenth.
    """
    address = f"host={embedded.postgres_socket_folder()} user=postgres dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Run a failed test once more, as Playwright's own runner does in CI, and begin with the files that take minutes.

    All share one database server, one broker and the machine's cores with others: a wait may run out for no fault of
    the code. What is wrong fails twice; what passes the second time stands as RERUN in the summary, to be looked into.
    """
    for item in items:
        item.add_marker(pytest.mark.flaky(reruns=1))
    yield
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)


def pytest_unconfigure() -> None:
    """Stop what this run started, and leave nothing behind."""
    if is_owner():
        embedded.stop_services()
        shutil.rmtree(os.environ["PAMELA_TEST_DATA_DIR"], ignore_errors=True)


@pytest.fixture(autouse=True)
def own_folders(settings: LazySettings, tmp_path: Path) -> None:
    """Keep the files that a test makes in that test's folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CHECKPOINTS_CACHE_DIR = tmp_path / "checkpoints-cache"
    kept = {alias: disk(alias, folder=tmp_path / alias) for alias in DISK}
    settings.STORAGES = {**settings.STORAGES, **kept}
    settings.PICTURES_CACHE_DIR = tmp_path / "pictures-cache"
    settings.EMBEDDINGS_CACHE_DIR = tmp_path / "embeddings-cache"


@pytest.fixture(autouse=True)
def own_cache(settings: LazySettings) -> None:
    """Keep what a test puts into the cache, counts of attempts among it, from the tests that run beside it."""
    default = settings.CACHES["default"]
    settings.CACHES = {**settings.CACHES, "default": {**default, "KEY_PREFIX": uuid.uuid4().hex}}


def logged_in(name: str, *, group: str = "") -> Client:
    """Log somebody in who may enter the admin."""
    from ratings.tests.factories import make_staff  # models, which are there only once Django is set up

    client = Client()
    client.force_login(make_staff(name, group=group))
    return client


@pytest.fixture
def researcher() -> Client:
    """Log a researcher in."""
    return logged_in("mira", group="researcher")


@pytest.fixture
def manager() -> Client:
    """Log an admin in."""
    return logged_in("olaf", group="admin")


@pytest.fixture
def onlooker() -> Client:
    """Log somebody in who may do nothing."""
    return logged_in("nobody")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Serve S3 on this machine, in memory, and give its address."""
    from moto.server import ThreadedMotoServer  # 80 MiB that few tests need

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Keep all files in a new bucket, as an installation does whose environment names one; give its name.

    Processes that the test starts inherit that environment.
    """
    import boto3

    name = f"bucket-{uuid.uuid4().hex}"
    names = {
        "AWS_ENDPOINT_URL_S3": s3_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "S3_BUCKET": name,
    }
    for variable, value in names.items():
        monkeypatch.setenv(variable, value)
    boto3.client("s3").create_bucket(Bucket=name)
    settings.STORAGES = {**storages(tmp_path / "data"), "staticfiles": settings.STORAGES["staticfiles"]}
    return name
