"""Discard what an installation keeps longer than its settings say; without them it keeps everything.

Of an old model version go the files, the representations and the tastes; its row stays with its metrics. The version
that serves, the one to go back to, and the newest dump of each study, whose number the next one follows, always stay.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from ratings.choices import ACTIVE_JOB_STATES
from ratings.models import Dump, Study
from ratings.services.audit import log_action
from ratings.stores.folders import checkpoint_store, dump_store
from scoring.models import ModelState, ModelVersion, Representation, Taste
from scoring.selectors.overview import version_before


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """What is kept beyond the settings."""

    versions: list[ModelVersion]
    dumps: list[Dump]
    sessions: int  # that ended

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to discard."""
        return not (self.versions or self.dumps or self.sessions)

    @property
    def sentences(self) -> list[str]:
        """Say what would go, a sentence each."""
        return [
            *(
                f"{version.study.slug} {version}: {version.representations.count()} representations, "
                f"{version.tastes.count()} tastes, and its files."
                for version in self.versions
            ),
            *(f"{dump.study.slug} dump {dump}: {dump.row_count} rows, and its files." for dump in self.dumps),
            *([f"{self.sessions} sessions that ended."] if self.sessions else []),
        ]


def surplus() -> Surplus:
    """Find what is kept beyond the settings."""
    return Surplus(versions=surplus_versions(), dumps=surplus_dumps(), sessions=ended_sessions().count())


def surplus_versions() -> list[ModelVersion]:
    """Give the versions beyond the newest of each study that still have files, representations or tastes."""
    if not settings.KEEP_VERSIONS:
        return []
    found: list[ModelVersion] = []
    for study in Study.objects.filter(model_versions__isnull=False).distinct().order_by("pk"):
        rest = ModelVersion.objects.filter(study=study).exclude(state=ModelState.LIVE).order_by("-number")
        before = version_before(study_id=study.pk)
        old = [version for version in rest[settings.KEEP_VERSIONS :] if before is None or version.pk != before.pk]
        found += [version for version in old if holds_data(version)]
    return found


def holds_data(version: ModelVersion) -> bool:
    """Tell whether anything is left of a version but its row."""
    has_rows = version.representations.exists() or version.tastes.exists()
    return has_rows or bool(checkpoint_store().sizes(version.folder))


def surplus_dumps() -> list[Dump]:
    """Give the dumps that are older than the settings keep them, but for the newest of each study."""
    if not settings.KEEP_DUMPS_DAYS:
        return []
    since = timezone.now() - timedelta(days=settings.KEEP_DUMPS_DAYS)
    newest = Subquery(Dump.objects.filter(study=OuterRef("study")).order_by("-version").values("version")[:1])
    old = Dump.objects.filter(created_at__lt=since, version__lt=newest).exclude(state__in=ACTIVE_JOB_STATES)
    return list(old.select_related("study").order_by("study", "version"))


def ended_sessions() -> QuerySet[Session]:
    """Give the sessions of staff that have run out."""
    return Session.objects.filter(expire_date__lt=timezone.now())


def discard_surplus() -> Surplus:
    """Discard what is kept beyond the settings, and give what that was; twice, there is nothing left to discard."""
    found = surplus()
    for version in found.versions:
        discard_version_data(version=version)
    for dump in found.dumps:
        delete_dump(dump=dump)
    ended_sessions().delete()
    return found


@transaction.atomic
def discard_version_data(*, version: ModelVersion) -> None:
    """Delete all of a version but its row; one that has gone live meanwhile is left alone."""
    Study.objects.select_for_update().get(pk=version.study_id)  # as promoting does: it serves, or it goes
    if not ModelVersion.objects.filter(pk=version.pk).exclude(state=ModelState.LIVE).exists():
        return
    Representation.objects.filter(model_version=version).delete()
    Taste.objects.filter(model_version=version).delete()
    log_action(action="discard", target=version.name_in_log, actor=None, folder=version.folder)
    if not ModelVersion.objects.filter(folder=version.folder).exclude(pk=version.pk).exists():
        transaction.on_commit(partial(checkpoint_store().remove, version.folder))


@transaction.atomic
def delete_dump(*, dump: Dump) -> None:
    """Delete a dump with its files."""
    log_action(action="discard", target=dump.study.slug, actor=None, version=dump.version, folder=dump.folder)
    dump.delete()
    if dump.folder:
        transaction.on_commit(partial(dump_store().remove, dump.folder))
