"""What an installation holds, as counts and digests: of tables, sequences and files, and of the key of dumps."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any, Self

import psycopg
from django.conf import settings
from django.core.files.storage import Storage, storages
from psycopg import sql

STORES = ("default", "models", "dumps", "deliveries")
PIECE = 1024 * 1024
MEANING = {"keys": " (dumps would give raters other names: set it to the key that the former installation had)"}
# How values are written must not depend on who asks. The digest of a table is a sum, so that rows need no order.
AS_TEXT = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 1"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = "SELECT sequencename, coalesce(last_value, 0)::text FROM pg_sequences WHERE schemaname = 'public'"
DIGEST = """
SELECT count(*)::text || ' rows, digest ' ||
       coalesce(sum(('x' || left(md5(kept::text), 16))::bit(64)::bigint::numeric), 0)::text
FROM {table} AS kept
"""


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What there is, each kind by name."""

    tables: Mapping[str, str]
    sequences: Mapping[str, str]
    files: Mapping[str, str]
    keys: Mapping[str, str] = field(default_factory=dict)

    def differences(self, other: "Inventory") -> list[str]:
        """Say what the other one lacks, has besides, or has otherwise."""
        found = []
        for kind in (one.name for one in fields(self)):
            mine, others = getattr(self, kind), getattr(other, kind)
            for name in sorted(mine.keys() | others.keys()):
                if not is_restored(kind, mine.get(name), others.get(name)):
                    was, is_now = mine.get(name, "not there"), others.get(name, "not there")
                    found.append(f"{kind} {name}: {was} in the backup, {is_now} here{MEANING.get(kind, '')}")
        return found

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it."""
        return cls(**json.loads(path.read_text()))


def is_restored(kind: str, was: str | None, is_now: str | None) -> bool:
    """Tell whether something is as it was; a sequence, which no transaction holds, may have gone on."""
    if kind == "sequences" and was is not None and is_now is not None:
        return int(is_now) >= int(was)
    return was == is_now


def inventory_of_records(session: psycopg.Connection[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Give the digests of tables and the places of sequences, as a transaction sees them."""
    session.execute(AS_TEXT)
    tables = {}
    for (name,) in session.execute(TABLES).fetchall():
        row = session.execute(sql.SQL(DIGEST).format(table=sql.Identifier(name))).fetchone()
        tables[name] = str(row[0]) if row else ""
    return tables, dict(session.execute(SEQUENCES).fetchall())


def key_digest() -> dict[str, str]:
    """Tell the key that dumps name raters with from another, without giving it away."""
    digest = hmac.new(settings.PSEUDONYM_KEY.encode(), b"backup", hashlib.sha256).hexdigest()
    return {"PSEUDONYM_KEY": digest[:16]}


def file_names(alias: str) -> Iterator[str]:
    """Give the names of all files of a store."""
    yield from names_below(storages[alias], "")


def names_below(store: Storage, folder: str) -> Iterator[str]:
    """Give the names of the files in a folder and below."""
    try:
        folders, names = store.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept there
        return
    yield from (f"{folder}{name}" for name in names if name)
    for inner in folders:
        yield from names_below(store, f"{folder}{inner}/")


def file_digest(alias: str, name: str) -> str:
    """Give length and SHA-256 of a file."""
    with storages[alias].open(name) as file:
        return digest_of(file)


def digest_of(file: IO[bytes]) -> str:
    """Give length and SHA-256 of an open file."""
    digest, length = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        length += len(piece)
    return f"{length} bytes, sha256 {digest.hexdigest()}"


def inventory_of_files() -> dict[str, str]:
    """Give the digests of the files of all stores."""
    return {f"{alias}/{name}": file_digest(alias, name) for alias in STORES for name in file_names(alias)}
