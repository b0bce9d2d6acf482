"""Export a study's ratings as a dump with its manifest and data card."""

import shutil
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.flows.dumps import write_dump
from ratings.choices import DumpFormat, JobState
from ratings.exceptions import RecordError
from ratings.management.fact_arguments import add_fact_arguments, fact_from, words
from ratings.management.terminal import named_study, progress_bar
from ratings.models import Study
from ratings.services.dumps.schema import answers_table
from ratings.stores.folders import dump_store
from ratings.values.dump_filters import DumpFilters


def is_free(target: Path) -> bool:
    """Tell whether a folder can be made there, or is there and empty."""
    try:
        return not target.exists() or (target.is_dir() and not any(target.iterdir()))
    except (OSError, ValueError):  # it may not be looked into, or no folder can have that name
        return False


def copy_whole(name: str, target: Path) -> None:
    """Copy a dump's files beside their place and rename the folder, so that it is whole or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        (draft / target.name).mkdir()
        dump_store().fetch(name, target=draft / target.name)
        (draft / target.name).replace(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class Command(BaseCommand):
    """Write one dump per format, record it, and copy its files to a folder."""

    help = (
        "Export a study's ratings as a dump with its manifest and data card. Simulated raters are left out unless "
        "asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        formats = ", ".join(DumpFormat.values)
        parser.add_argument("study", help="Slug of the study.")
        parser.add_argument("--format", type=words, default=("parquet",), help=f"One or more of {formats}; by comma.")
        parser.add_argument("--out", type=Path, required=True, help="Folder for the files; one below it per format.")
        add_fact_arguments(parser, DumpFilters)

    def handle(self, **options: Any) -> None:
        """Write every dump and say where it lies."""
        study = named_study(slug=options["study"])
        filters = fact_from(DumpFilters, options)
        targets = self.targets(out=options["out"], formats=options["format"])
        for dump_format, target in targets.items():
            self.export(study=study, dump_format=dump_format, filters=filters, target=target)

    def targets(self, *, out: Path, formats: tuple[str, ...]) -> dict[str, Path]:
        """Give each format its folder, which has to be empty: a dump is never mixed with another."""
        if not formats:
            raise CommandError(f"Name at least one format, of {', '.join(DumpFormat.values)}.", returncode=2)
        targets = {name: out / name if len(formats) > 1 else out for name in formats}
        for target in targets.values():
            if not is_free(target):
                raise CommandError(
                    f"{target} is not an empty folder that may be looked into; give another --out.", returncode=2
                )
        return targets

    def export(self, *, study: Study, dump_format: str, filters: DumpFilters, target: Path) -> None:
        """Write one dump and copy its files."""
        try:
            with progress_bar() as show:
                written = write_dump(
                    study=study, dump_format=dump_format, filters=filters, actor=None, on_progress=show
                )
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        if written.state != JobState.READY:
            raise CommandError(written.error)
        try:
            copy_whole(written.folder, target)
        except (OSError, shutil.Error) as error:
            reason = getattr(error, "strerror", None) or "the disk took not all of it"
            raise CommandError(
                f"{target} cannot be written ({reason}); make room or give another --out. The dump itself is ready as "
                f"version {written.version}: download it in the admin."
            ) from error
        tables = (answers_table(design=study.design), "raters", "images")
        counts = ", ".join(f"{written.manifest['counts'][table]} {table}" for table in tables)
        self.stdout.write(f"{study.slug} v{written.version} ({dump_format}): {counts} in {target}.")
        if written.manifest["note"]:
            self.stdout.write(written.manifest["note"])
