"""A backup restored into an empty installation equals what was backed up, and what does not is named."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import LazySettings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command

from annotate import embedded, env
from annotate.backups.inventory import Inventory
from annotate.tests.databases import address_of_test_database
from scoring.tests.learning import make_served_study

FURTHER = "restored_for_a_test"


def on_another(folder: Path, address: str, *words: str, code: int = 0) -> str:
    """Run a command in an installation with a data folder and a database of its own."""
    names = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": address, "SECRET_KEY": "x" * 60}
    names.pop("DJANGO_SETTINGS_MODULE")  # the tests' own
    names["PATH"] = f"{embedded.postgres_program('pg_dump').parent}:{names['PATH']}"
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Make an empty database beside that of the test; give its address."""
    address = address_of_test_database()
    with psycopg.connect(address, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {FURTHER}".encode())
        yield f"{address.rpartition('/')[0]}/{FURTHER}"
        session.execute(f"DROP DATABASE {FURTHER} WITH (FORCE)".encode())


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that a server's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="pamela-backup-") as made:
        yield Path(made)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_equals_the_installation_and_goes_on_from_there(folder: Path, empty_database: str) -> None:
    world = make_served_study(images=12)
    person = world.add_rater()
    for row in world.rows[:5]:
        person.rate(row, value=4.0)
    here, source = address_of_test_database(), folder / "source"
    for alias, name in (("default", "images/ab/cd.webp"), ("dumps", "7/ratings.csv")):
        path = source / {"default": "media"}.get(alias, alias) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(f"content of {name}".encode())
    shutil.copytree(storages["models"].path(""), source / "models")  # the checkpoint of the study's model
    said = on_another(source, here, "back_up", str(folder / "kept"))
    assert "PSEUDONYM_KEY (or SECRET_KEY, where that is not set) beside it" in said
    listed = Inventory.load(folder / "kept" / "inventory.json")
    assert listed.tables["ratings_rating"].startswith("5 rows, digest ")
    assert listed.files["default/images/ab/cd.webp"].startswith("28 bytes, sha256 ")
    said = on_another(folder / "target", empty_database, "restore", str(folder / "kept"))
    assert f"Restored and equal: {len(listed.tables)} tables, {len(listed.sequences)} sequences and" in said
    assert (folder / "target" / "media" / "images/ab/cd.webp").read_bytes() == b"content of images/ab/cd.webp"
    assert "No migrations to apply" in on_another(folder / "target", empty_database, "migrate")
    asked = "from ratings.models import Image; print(Image.objects.create(sha256='f' * 64, width=1, height=1).pk)"
    on_another(folder / "target", empty_database, "shell", "-c", asked)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_differs_from_the_backup_is_named_and_nothing_is_restored_over_records(
    folder: Path, empty_database: str
) -> None:
    world = make_served_study(images=6)
    person = world.add_rater()
    for row in world.rows[:3]:
        person.rate(row, value=4.0)
    on_another(folder / "source", address_of_test_database(), "back_up", str(folder / "kept"), "--no-files")
    on_another(folder / "target", empty_database, "restore", str(folder / "kept"))
    said = on_another(folder / "target", empty_database, "restore", str(folder / "kept"), code=1)
    assert "tables: restore into an empty one, before anything was migrated." in said
    with psycopg.connect(empty_database) as session:
        session.execute("UPDATE ratings_rating SET value = 5 - value")
        session.execute("DELETE FROM scoring_representation")
    said = on_another(folder / "target", empty_database, "restore", str(folder / "kept"), "--no-database", code=1)
    lines = said.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == ["tables ratings_rating", "tables scoring_representation"]
    assert lines[1].endswith(" in the backup, 0 rows, digest 0 here")
    assert lines[-1] == "CommandError: The installation differs from its backup in 2 places, named above."


@pytest.mark.django_db
def test_a_folder_that_is_no_backup_or_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("else")
    with pytest.raises(CommandError, match=r"is not empty: name another folder\."):
        call_command("back_up", str(tmp_path))
    with pytest.raises(CommandError, match=r"holds no inventory\.json: name a folder that back_up has written\."):
        call_command("restore", str(tmp_path))


class BusyStore(FileSystemStorage):
    """A store that somebody uses meanwhile: when one file is opened, the next is deleted, and another comes."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """List the kept one before the deleted one."""
        folders, names = super().listdir(path)
        return folders, sorted(names, reverse=True)

    def open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Open a file."""
        opened = super().open(name, mode)
        (Path(self.location) / "deleted").unlink(missing_ok=True)
        (Path(self.location) / "aaa-later").write_bytes(b"since")
        return opened


@pytest.mark.django_db(transaction=True)
def test_a_backup_lists_what_was_copied_and_says_what_had_gone_by_then(
    tmp_path: Path, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "kept").write_bytes(b"abc")
    (pictures / "deleted").write_bytes(b"gone")
    busy = {"BACKEND": f"{__name__}.BusyStore", "OPTIONS": {"location": pictures}}
    settings.STORAGES = {**settings.STORAGES, "default": busy}
    call_command("back_up", str(tmp_path / "backup"), "--no-database")
    listed = Inventory.load(tmp_path / "backup" / "inventory.json").files
    sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, appendix
    mine = {name: digest for name, digest in listed.items() if name.startswith("default/")}
    assert mine == {"default/kept": f"3 bytes, sha256 {sha256_of_abc}"}
    copied = {path.name for path in (tmp_path / "backup" / "files" / "default").iterdir()}
    assert copied == {"kept"}
    said = capsys.readouterr().out
    assert "Deleted before they could be copied, and not in the backup: default/deleted.\n" in said


def test_a_sequence_may_have_gone_on_and_nothing_else_may() -> None:
    was = Inventory(tables={"t": "1"}, sequences={"s": "5", "gone": "1"}, files={"f": "a"}, keys={"K": "k"})
    later = Inventory(tables={"t": "1"}, sequences={"s": "6"}, files={"f": "b", "g": "c"}, keys={"K": "k"})
    assert was.differences(later) == [
        "sequences gone: 1 in the backup, not there here",
        "files f: a in the backup, b here",
        "files g: not there in the backup, c here",
    ]
