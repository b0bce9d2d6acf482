"""A dump's files, and what has happened since it was made."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from ratings.choices import JobState
from ratings.exceptions import ConflictError, NotFoundError
from ratings.models import AuditEntry, Dump


def withdrawals_since(*, moment: datetime) -> int:
    """Count the raters of the installation that have withdrawn since a moment."""
    return AuditEntry.objects.filter(action="withdraw", created_at__gte=moment).count()


def access_dump(*, slug: str, version: int) -> Dump:
    """Give a dump by its study and number."""
    dump = Dump.objects.select_related("study").filter(study__slug=slug, version=version).first()
    if dump is None:
        raise NotFoundError(f"The study {slug!r} has no dump {version}.")
    return dump


def dump_folder(*, dump: Dump) -> Path:
    """Give the folder of a dump that is ready; one that leads out of the folder of all dumps is refused."""
    root = Path(settings.DUMPS_DIR).resolve()
    folder = (root / dump.folder).resolve()
    if dump.state != JobState.READY or not dump.folder or root not in folder.parents or not folder.is_dir():
        raise ConflictError("This dump has no files to download yet: ask again later.")
    return folder


def dump_file(*, dump: Dump, name: str) -> Path:
    """Give a file that the manifest lists, or the manifest."""
    folder = dump_folder(dump=dump)
    if name not in {one["path"] for one in dump.manifest["files"]} | {"manifest.json"}:
        raise NotFoundError(f"This dump has no file {name!r}.")
    return folder / name
