"""Where files lie on the disk, and disks that take no more."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import storages

from ratings.stores.folders import dump_store


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """Let the system refuse to write more than so many bytes into any file, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def dumps_folder() -> Path:
    """Give the folder that dumps lie in."""
    folder = dump_store().local_path("")
    assert folder is not None
    return folder


def deliveries_folder() -> Path:
    """Give the folder that uploads lie in."""
    return Path(storages["deliveries"].path(""))
