"""A dump's files, and what has happened since it was made."""

from datetime import datetime
from pathlib import PurePosixPath

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ratings.choices import JobState
from ratings.exceptions import ConflictError, NotFoundError, StorageFailedError
from ratings.models import AuditEntry, Dump
from ratings.sentences import staff_gettext
from ratings.stores.folders import dump_store


def withdrawals_since(*, moment: datetime) -> int:
    """Count the raters of the installation that have withdrawn since a moment."""
    return AuditEntry.objects.filter(action="withdraw", created_at__gte=moment).count()


def with_withdrawals(*, dumps: "QuerySet[Dump]") -> "QuerySet[Dump]":
    """Give dumps each with how many raters of the installation have withdrawn since: they may be in it."""
    later = AuditEntry.objects.order_by().filter(action="withdraw", created_at__gte=OuterRef("created_at"))
    counted = later.values("action").annotate(count=Count("pk")).values("count")
    return dumps.annotate(withdrawn_since=Coalesce(Subquery(counted), 0))


def access_dump(*, slug: str, version: int) -> Dump:
    """Give a dump by its study and number."""
    dump = Dump.objects.select_related("study").filter(study__slug=slug, version=version).first()
    if dump is None:
        raise NotFoundError(
            staff_gettext("The study {slug} has no dump {version}.").format(slug=f"{slug!r}", version=version)
        )
    return dump


def dump_files(*, dump: Dump) -> dict[str, int]:
    """Give how long each file of a dump is that is ready; say why where there is none to be had."""
    name = PurePosixPath(dump.folder).name
    if dump.state != JobState.READY or not name or name != dump.folder:
        raise ConflictError(staff_gettext("This dump has no files to download yet: ask again later."))
    try:
        files = dump_store().sizes(name)
    except OSError as error:
        raise StorageFailedError(
            staff_gettext("The files of this dump cannot be had now ({error}): ask again later.").format(error=error)
        ) from error
    if not files:
        raise ConflictError(staff_gettext("The files of this dump are gone: make a new dump."))
    return files


def dump_file(*, dump: Dump, name: str) -> str:
    """Give a file that the manifest lists, or the manifest, as the store of dumps knows it."""
    listed = {one["path"] for one in dump.manifest["files"]} | {"manifest.json"} if dump.manifest else set()
    if name not in dump_files(dump=dump) or name not in listed:
        raise NotFoundError(staff_gettext("This dump has no file {name}.").format(name=f"{name!r}"))
    return f"{dump.folder}/{name}"
