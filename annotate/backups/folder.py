"""Write an installation into a folder, and a folder into an empty installation, which it then must equal."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.files import File
from django.core.files.storage import storages
from django.db import connection

from annotate import embedded, env
from annotate.backups import inventory
from annotate.backups.inventory import STORES, Inventory

DUMP, FILES, LIST = "database.dump", "files", "inventory.json"


class BackupError(Exception):
    """Say what is in the way."""


@contextmanager
def own_session() -> Iterator[psycopg.Connection[Any]]:
    """Open a connection beside Django's, so that its transaction is nobody else's."""
    database = connection.copy()
    try:
        database.ensure_connection()
        yield database.connection
    finally:
        database.close()


def write_backup(folder: Path, *, takes_database: bool, takes_files: bool) -> tuple[Inventory, list[str]]:
    """Write the backup: dump and inventory show the database as of one moment; files are copied after it.

    The inventory lists what lies in the folder. Files that were deleted before their turn are given beside it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    with own_session() as session, session.transaction():
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables, sequences = inventory.inventory_of_records(session)  # before the dump, in which sequences may be later
        if takes_database:
            dump_database(session, folder / DUMP)
    files, gone = copy_out(folder / FILES) if takes_files else ({}, [])
    found = Inventory(tables=tables, sequences=sequences, files=files, keys=inventory.key_digest())
    found.save(folder / LIST)
    return found, gone


def restore_backup(folder: Path, *, takes_database: bool) -> tuple[Inventory, list[str]]:
    """Restore into an empty installation; give what the backup listed, and in what the installation differs from it."""
    if not (folder / LIST).exists():
        raise BackupError(f"{folder} holds no {LIST}: name a folder that back_up has written.")
    with own_session() as session:
        if takes_database:
            require_empty(session)
            load_database(session, folder / DUMP)
    has_files = (folder / FILES).exists()
    if has_files:
        copy_in(folder / FILES)
    listed = Inventory.load(folder / LIST)
    with own_session() as session, session.transaction():
        tables, sequences = inventory.inventory_of_records(session)
    files = inventory.inventory_of_files() if has_files else {}
    here = Inventory(tables=tables, sequences=sequences, files=files, keys=inventory.key_digest())
    return listed, listed.differences(here)


def require_empty(session: psycopg.Connection[Any]) -> None:
    """Refuse a database that holds tables, and stores that hold files."""
    tables = session.execute(inventory.TABLES).fetchall()
    session.rollback()
    if tables:
        raise BackupError(
            f"The database holds {len(tables)} tables: restore into an empty one, before anything was migrated."
        )
    for alias in STORES:
        name = next(inventory.file_names(alias), None)
        if name:
            raise BackupError(f"There are files already, such as {alias}/{name}: restore into an empty installation.")


def tool(name: str) -> str:
    """Find a program of PostgreSQL: that of the embedded server, or the one on PATH."""
    if embedded.uses_postgres():
        return str(embedded.postgres_program(name))
    found = shutil.which(name)
    if not found:
        raise BackupError(
            f"{name} is not installed here: install the client of PostgreSQL, or dump and restore the database by "
            "other means and say --no-database."
        )
    return found


def dump_database(session: psycopg.Connection[Any], target: Path) -> None:
    """Dump what this transaction sees."""
    row = session.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None  # noqa: S101 - it gives one row
    run_tool(session, "pg_dump", "--format=custom", f"--snapshot={row[0]}", f"--file={target}")


def load_database(session: psycopg.Connection[Any], source: Path) -> None:
    """Load a dump, whole or not at all."""
    if not source.exists():
        raise BackupError(f"There is no {source}: the backup was made with --no-database.")
    options = ("--single-transaction", "--exit-on-error", "--no-comments")
    run_tool(session, "pg_restore", *options, str(source))


def run_tool(session: psycopg.Connection[Any], name: str, *options: str) -> None:
    """Run a program of PostgreSQL on this connection's database."""
    password = {"PGPASSWORD": session.info.password} if session.info.password else {}
    command = [tool(name), "--no-owner", "--no-privileges", f"--dbname={session.info.dsn}", *options]
    done = subprocess.run(  # noqa: S603 - a program that the operator installed
        command, env=env.child_environment(**password), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip() or done.returncode}")


def copy_out(target: Path) -> tuple[dict[str, str], list[str]]:
    """Copy the files of all stores; give the digests of what was written, and the names of files that had gone."""
    target.mkdir(parents=True, exist_ok=True)
    written, gone = {}, []
    for alias in STORES:
        for name in inventory.file_names(alias):
            try:
                written[f"{alias}/{name}"] = copy_file(alias, name, target / alias / name)
            except FileNotFoundError:  # deleted since it was listed, as old dumps and finished uploads are
                gone.append(f"{alias}/{name}")
    return written, gone


def copy_file(alias: str, name: str, path: Path) -> str:
    """Copy a file; give the digest of the copy."""
    with storages[alias].open(name) as source:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
    with path.open("rb") as file:
        return inventory.digest_of(file)


def copy_in(source: Path) -> None:
    """Put copied files where they belong; one that is there stays, and is compared as all are."""
    for alias in STORES:
        for path in sorted((source / alias).rglob("*")):
            name = path.relative_to(source / alias).as_posix()
            if path.is_file() and not storages[alias].exists(name):
                with path.open("rb") as file:
                    storages[alias].save(name, File(file))
