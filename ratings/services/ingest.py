"""Bring pictures into the records and into a study: each file is its own unit, and a bad one is only reported."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from ratings.choices import KnownDetails, StudyState
from ratings.exceptions import FileRejectedError, ImageRejectedError, StorageFailedError, StudyClosedError
from ratings.files.embedded import PictureColumn
from ratings.files.generator_texts import prompt_within
from ratings.models import Image, Study
from ratings.selectors.barred_pictures import barred_pictures
from ratings.sentences import enumerated, staff_gettext
from ratings.services import pictures
from ratings.services.entries import DetailReport, NewEntry, add_entries, update_entries
from ratings.services.flattened import Flattened
from ratings.services.ingest_files import IncomingPictures, opened_pictures
from ratings.services.ingest_lists import Unmatched, read_list
from ratings.services.ingest_sources import Incoming
from ratings.services.jobs.progress import Progress, no_progress

BATCH = 64


class Pictures(Protocol):
    """Pictures to come, one after the other; their number is known."""

    def __len__(self) -> int:
        """Count them."""

    def __iter__(self) -> Iterator[Incoming]:
        """Give them."""


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A file that was left out, with the reason and what to do."""

    name: str
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.name}: {self.reason}"


@dataclass(kw_only=True)
class ImportReport:
    """What became of the files: each is counted once."""

    added: int = 0  # new pictures
    reused: int = 0  # pictures that were known, and new to this study
    duplicates: int = 0  # pictures that were there already
    details: DetailReport = field(default_factory=DetailReport)  # of those that the study had already
    rejected: list[Rejection] = field(default_factory=list)
    flattened: list[Flattened] = field(default_factory=list)  # of the new ones
    unmatched: list[Unmatched] = field(default_factory=list)
    own_prompts: list[str] = field(default_factory=list)  # pictures of which only their own file tells the prompt
    ordinals: list[int] = field(default_factory=list, repr=False)  # in the study, of what is new to it
    images: dict[str, Any] = field(default_factory=dict, repr=False)  # image id by incoming name
    described: set[UUID] = field(default_factory=set, repr=False)  # images that a file of this import has described

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        counts = (
            (staff_gettext("{count} added"), self.added),
            (staff_gettext("{count} known and added to the study"), self.reused),
            (staff_gettext("{count} duplicates skipped"), self.duplicates),
            (staff_gettext("{count} known ones completed with details"), self.details.completed),
            (staff_gettext("{count} known ones replaced by the list"), self.details.replaced),
            (staff_gettext("{count} known ones left that differ from the list"), self.details.differing),
            (staff_gettext("{count} rejected"), len(self.rejected)),
        )
        parts = [words.format(count=count) for words, count in counts if count]
        return enumerated(parts) if parts else staff_gettext("nothing to do")


@dataclass(frozen=True, kw_only=True)
class Hashed:
    """A picture whose bytes were read once."""

    incoming: Incoming
    sha256: str
    own_prompt: str = ""  # that the file tells and nobody else


def import_images(
    *,
    path: Path,
    study: Study,
    metadata: Path | None = None,
    known: KnownDetails = KnownDetails.KEEP,
    column: str = "",
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Import a folder, a zip archive, a list or a single picture into a study; safe to run twice."""
    lists = [metadata] if metadata is not None else []
    return import_together(paths=[path], study=study, lists=lists, known=known, column=column, on_progress=on_progress)


def import_together(
    *,
    paths: Sequence[Path],
    study: Study,
    lists: Sequence[Path] = (),
    known: KnownDetails = KnownDetails.KEEP,
    column: str = "",
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Import several sources into a study, joined with lists that speak of them all; safe to run twice.

    Where a list says something else than the study knows of a picture, `known` tells which of both holds; `column` says
    which pictures are meant in a table that holds several in a row.
    """
    if study.state == StudyState.CLOSED:
        raise StudyClosedError(
            staff_gettext("The study {slug} is closed; reopen it before adding images.").format(slug=f"{study.slug!r}")
        )
    if study.archived_at is not None:
        raise StudyClosedError(
            staff_gettext("The study {slug} is archived; restore it before adding images.").format(
                slug=f"{study.slug!r}"
            )
        )
    described = [read_list(path=one) for one in lists]
    with opened_pictures(paths=paths, lists=described, column=PictureColumn(name=column)) as incoming:
        reject_empty(incoming, paths=paths)
        reject_strangers(incoming)
        report = ingest_pictures(
            incoming=incoming, study=study, known=known, reads_prompts=True, on_progress=on_progress
        )
    report.unmatched = incoming.unmatched(without={one.name for one in report.rejected})
    if report.own_prompts:
        what = staff_gettext("pictures whose prompt was read from their own file, where the generator wrote it")
        report.unmatched.insert(0, Unmatched(what=what, names=report.own_prompts))
    return report


def reject_empty(incoming: Pictures, *, paths: Sequence[Path]) -> None:
    """Refuse sources without a single file."""
    if not len(incoming):
        raise FileRejectedError(
            staff_gettext("{paths} holds no files; put pictures there or give another path.").format(
                paths=", ".join(map(str, paths))
            )
        )


def reject_strangers(incoming: IncomingPictures) -> None:
    """Refuse a list of all pictures that describes none of them: its names are surely spelled otherwise."""
    for one in incoming.joined.strangers:
        if not one.folder:
            raise FileRejectedError(
                staff_gettext(
                    "{name} describes none of the pictures; its column of names has to hold their file names, "
                    "such as {example}."
                ).format(name=one.name, example=f"{next(iter(incoming.names.values()), 'a.png')!r}")
            )


def ingest_pictures(
    *,
    incoming: Pictures,
    study: Study | None,
    known: KnownDetails = KnownDetails.KEEP,
    reads_prompts: bool = False,
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Take pictures in, in batches, decoding on every core; without a study they only join the records.

    `reads_prompts` asks for the prompts that generators wrote into the files, where nothing else tells one.
    """
    report = ImportReport()
    done = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for batch in batches(incoming):
            read = partial(hash_or_reject, reads_prompt=reads_prompts)
            hashed = keep_hashed(pool.map(read, batch), report=report)
            ingest_batch(hashed, study=study, known=known, pool=pool, report=report)
            done += len(batch)
            stage = staff_gettext("reading the pictures: {done} of {total}").format(done=done, total=len(incoming))
            on_progress(stage, done / len(incoming))
    return report


def batches(incoming: Pictures) -> Iterator[list[Incoming]]:
    """Cut into pieces that are committed together."""
    source = iter(incoming)
    while batch := list(islice(source, BATCH)):
        yield batch


def ingest_batch(
    hashed: list[Hashed],
    *,
    study: Study | None,
    known: KnownDetails,
    pool: ThreadPoolExecutor,
    report: ImportReport,
) -> None:
    """Look up, encode what is new, write the records; on any failure its files are removed."""
    hashed = admitted(hashed, study=study, report=report)
    there = known_digests({one.sha256 for one in hashed})
    fresh = {one.sha256: one for one in reversed(hashed) if one.sha256 not in there}
    stored: dict[str, pictures.StoredPicture] = {}
    try:
        outcomes = zip(fresh.values(), pool.map(store_or_reject, fresh.values()), strict=True)
        for one, outcome in outcomes:
            if isinstance(outcome, Rejection):
                report.rejected.append(outcome)
            else:
                stored[one.sha256] = outcome
                report.flattened.append(Flattened(name=one.incoming.shown_name, flattening=outcome.flattening))
        usable = [one for one in hashed if one.sha256 in there or one.sha256 in stored]
        unused = write_records(usable, stored=stored, study=study, known=known, report=report)
    except BaseException:
        pictures.discard_files(paths=[path for one in stored.values() for path in one.paths])
        raise
    pictures.discard_files(paths=unused)


def keep_hashed(outcomes: Iterator[Hashed | Rejection], *, report: ImportReport) -> list[Hashed]:
    """Note what was rejected and keep the rest."""
    hashed: list[Hashed] = []
    for outcome in outcomes:
        if isinstance(outcome, Rejection):
            report.rejected.append(outcome)
        else:
            hashed.append(outcome)
    return hashed


def admitted(hashed: list[Hashed], *, study: Study | None, report: ImportReport) -> list[Hashed]:
    """Reject pictures that are barred from the study, each with the reason."""
    reasons = barred_pictures(digests={one.sha256 for one in hashed}, study=study)
    barred = [one for one in hashed if one.sha256 in reasons]
    report.rejected += [Rejection(name=one.incoming.shown_name, reason=reasons[one.sha256]) for one in barred]
    return [one for one in hashed if one.sha256 not in reasons]


def hash_or_reject(incoming: Incoming, *, reads_prompt: bool) -> Hashed | Rejection:
    """Read once for digest and prompt; the bytes are not kept, so that a batch stays small in memory."""
    try:
        content = incoming.read()
    except ImageRejectedError as error:
        return Rejection(name=incoming.shown_name, reason=error.message)
    sha256 = pictures.digest(content=content)
    own = prompt_within(content) if reads_prompt and not incoming.details.prompt else ""
    return Hashed(incoming=incoming, sha256=sha256, own_prompt=own)


def store_or_reject(hashed: Hashed) -> pictures.StoredPicture | Rejection:
    """Encode and store one picture."""
    try:
        picture = pictures.encode_picture(content=hashed.incoming.read())
    except ImageRejectedError as error:
        return Rejection(name=hashed.incoming.shown_name, reason=error.message)
    if picture.sha256 != hashed.sha256:
        return Rejection(
            name=hashed.incoming.shown_name, reason=staff_gettext("it changed while it was read; import it again")
        )
    try:
        return pictures.store_picture(picture=picture)
    except OSError as error:
        raise StorageFailedError(
            staff_gettext("The storage took no more pictures ({reason}); make room and run the import again.").format(
                reason=error.strerror or error
            )
        ) from error


def known_digests(digests: set[str]) -> set[str]:
    """Tell which pictures the records hold."""
    return set(Image.objects.filter(sha256__in=digests).values_list("sha256", flat=True))


@transaction.atomic
def write_records(
    usable: list[Hashed],
    *,
    stored: dict[str, pictures.StoredPicture],
    study: Study | None,
    known: KnownDetails,
    report: ImportReport,
) -> list[str]:
    """Write a batch; give the files of pictures that somebody else imported in the meantime."""
    if study is not None:
        # Guards the numbering: two imports into one study take turns, batch by batch.
        study = Study.objects.select_for_update(of=("self",), no_key=True).get(pk=study.pk)
    first = {one.sha256: one.incoming for one in reversed(usable)}
    made = {digest: image_record(stored[digest], first[digest]) for digest in sorted(stored)}
    images, won = write_images(made, digests=first)
    report.images |= {one.incoming.name: images[one.sha256] for one in usable}
    entries = [new_entry(one.incoming, image_id=images[one.sha256]) for one in usable]
    own = {images[one.sha256]: one.own_prompt for one in reversed(usable) if one.own_prompt}
    placed = write_entries(entries, study=study, known=known, own=own, report=report) if study is not None else set()
    new = {images[digest] for digest in won}
    report.added += len(new)
    report.reused += len(placed - new)
    report.duplicates += len(usable) - len(new | placed)
    return [path for digest in made if digest not in won for path in stored[digest].paths]


def write_images(made: Mapping[str, Image], *, digests: Iterable[str]) -> tuple[dict[str, UUID], set[str]]:
    """Write new pictures; give the ids of all by digest, and the digests of those that nobody wrote before."""
    Image.objects.bulk_create(made.values(), ignore_conflicts=True)
    ids = dict(Image.objects.filter(sha256__in=digests).values_list("sha256", "pk"))
    return ids, {digest for digest, image in made.items() if ids[digest] == image.pk}


def image_record(stored: pictures.StoredPicture, incoming: Incoming) -> Image:
    """Describe a stored picture."""
    return Image(
        sha256=stored.sha256,
        width=stored.full["width"],
        height=stored.full["height"],
        path=stored.full["path"],
        renditions=list(stored.renditions),
        placeholder=stored.placeholder,
        is_drawn=incoming.is_drawn,
    )


def new_entry(incoming: Incoming, *, image_id: UUID) -> NewEntry:
    """Say how a study is to call and describe a picture."""
    return NewEntry(image_id=image_id, name=incoming.shown_name, details=incoming.details)


def with_prompt(entry: NewEntry, prompt: str) -> NewEntry:
    """Describe a picture by a prompt, unless it has one."""
    return replace(entry, details=replace(entry.details, prompt=entry.details.prompt or prompt))


def write_entries(
    entries: list[NewEntry], *, study: Study, known: KnownDetails, own: Mapping[UUID, str], report: ImportReport
) -> set[UUID]:
    """Add what is new to a locked study, and bring what it has up to date; give the images that are new to it.

    Of files with the same bytes, the first describes the picture; later ones are compared, and replace nothing. `own`
    are prompts that the files tell: of pictures that are new, where nothing else tells one.
    """
    first = {entry.image_id: entry for entry in reversed(entries)}
    described = [with_prompt(entry, own.get(image, "")) for image, entry in first.items()]
    placed = add_entries(study=study, entries=sorted(described, key=lambda entry: entry.name))
    read = {first[image].name for image in own if image in placed and not first[image].details.prompt}
    report.own_prompts += sorted(read)
    compared: list[tuple[NewEntry, KnownDetails]] = []
    for entry in entries:
        is_first = entry is first[entry.image_id] and entry.image_id not in report.described
        if not (is_first and entry.image_id in placed):
            compared.append((entry, known if is_first else KnownDetails.KEEP))
    update_entries(study=study, stated=compared, report=report.details)
    report.described |= set(first)
    report.ordinals += placed.values()
    return set(placed)
