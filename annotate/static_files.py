"""Collect static files only when they changed: hashing and compressing them takes longer than all else at a start."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def ensure_collected() -> None:
    """Collect the static files unless those collected are of the present sources."""
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    digest = sources_digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest)


def sources_digest() -> str:
    """Give a digest of the names, sizes and times of all source files."""
    state = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            state.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return state.hexdigest()
