"""Put images into studies, each with what the study says of it, and bring that up to date."""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Max

from ratings.choices import KnownDetails
from ratings.files.text_files import without_strays
from ratings.models import DatasetImage, Pair, Study, StudyImage
from ratings.sentences import enumerated, staff_gettext, staff_ngettext
from ratings.services.details import (
    FACTS,
    WORDS,
    Difference,
    complete_facts,
    differing_facts,
    differing_name,
    facts_of,
    replace_facts,
)
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails

LONGEST_NAME = 300
SHOWN_ENTRIES = 10  # whose differences are named


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """An image for a study: what it is called there, and what the study says of it."""

    image_id: UUID
    name: str = ""
    details: ImageDetails = NOTHING_KNOWN


def stored_name(name: str) -> str:
    """Give a file's name as an entry keeps it: of a long path the end."""
    return without_strays(name)[-LONGEST_NAME:]


def next_ordinal(*, study: Study) -> int:
    """Give the first free number of a study; the caller holds the study's lock."""
    last = StudyImage.objects.filter(study=study).aggregate(last=Max("ordinal"))["last"]
    return 0 if last is None else last + 1


def entry_row(entry: NewEntry, *, study: Study, ordinal: int) -> StudyImage:
    """Make the row of a new entry."""
    return StudyImage(
        study=study,
        image_id=entry.image_id,
        name=stored_name(entry.name),
        ordinal=ordinal,
        shuffle=random.random(),  # noqa: S311 - breaks ties, keeps no secret
        target=study.target,
        **facts_of(entry.details),
    )


def new_rows(entries: Iterable[NewEntry], *, study: Study) -> list[StudyImage]:
    """Make rows, under the study's next numbers, of the entries whose images it does not have."""
    stated = {entry.image_id: entry for entry in entries}
    present = set(StudyImage.objects.filter(study=study, image__in=stated).values_list("image_id", flat=True))
    missing = [entry for image, entry in stated.items() if image not in present]
    return [
        entry_row(entry, study=study, ordinal=ordinal)
        for ordinal, entry in enumerate(missing, start=next_ordinal(study=study))
    ]


def add_entries(*, study: Study, entries: Sequence[NewEntry]) -> dict[UUID, int]:
    """Add images to be rated; give the ordinals of those that are new to the study. The caller holds its lock."""
    rows = StudyImage.objects.bulk_create(new_rows(entries, study=study))
    return {row.image_id: row.ordinal for row in rows}


def set_entries_aside(*, study: Study, entries: Sequence[NewEntry], is_made: bool) -> None:
    """Add images that are handed out to nobody, such as those of pairs; the caller holds the study's lock."""
    rows = new_rows(entries, study=study)
    for row in rows:
        row.shuffle, row.is_active, row.is_practice, row.is_made = 0.0, False, True, is_made
    StudyImage.objects.bulk_create(rows)


def ensure_entries_of_pairs(*, study: Study, pairs: Collection[Pair]) -> None:
    """Give each picture of a study's pairs an entry there, described as where it was used first.

    The caller holds the study's lock.
    """
    images = {image for pair in pairs for image in pair.image_ids}
    present = set(StudyImage.objects.filter(study=study, image__in=images).values_list("image_id", flat=True))
    missing = images - present
    if missing:
        known = first_descriptions(images=missing)
        entries = [known.get(image, NewEntry(image_id=image)) for image in sorted(missing)]
        set_entries_aside(study=study, entries=entries, is_made=False)


def first_descriptions(*, images: Collection[UUID]) -> dict[UUID, NewEntry]:
    """Give what the study that had an image first says of it, or else the set that had it first."""
    found: dict[UUID, NewEntry] = {}
    sources = (
        StudyImage.objects.filter(image__in=images).order_by("-pk").values_list("image_id", "name", *FACTS),
        DatasetImage.objects.filter(image__in=images).order_by("-pk").values_list("image_id", "key", *FACTS),
    )
    for rows in reversed(sources):
        for image, name, prompt, generator, domain, metadata in rows:
            details = ImageDetails(prompt=prompt, generator=generator, domain=domain, metadata=metadata)
            found[image] = NewEntry(image_id=image, name=name, details=details)
    return found


@dataclass(kw_only=True)
class DetailReport:
    """What became of details of images that a study had already."""

    completed: int = 0  # whose missing details were filled in
    differing: int = 0  # of which the list says something else, and that stay
    replaced: int = 0  # of which the list says something else, and that took it over
    differences: dict[str, list[Difference]] = field(default_factory=dict)  # by name, of the first few

    def summary(self, *, fix: str) -> str:
        """Say how many entries differ from the list, and what became of that; nothing where none does."""
        stays = staff_gettext("what is known stays; {fix}").format(fix=fix)
        parts = [
            staff_ngettext(
                "{count} known one differs from the list: {done}",
                "{count} known ones differ from the list: {done}",
                number,
            ).format(count=number, done=done)
            for number, done in (
                (self.replaced, staff_gettext("what the list says was taken over")),
                (self.differing, stays),
            )
            if number
        ]
        return enumerated(parts, between="; ")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Give the names of the first entries that differ, and in what."""
        return [(name, "; ".join(map(str, differences))) for name, differences in self.differences.items()]

    def note(self, differences: list[Difference]) -> None:
        """Keep what differs in an entry, if it is among the first."""
        name = differences[0].image
        if name in self.differences or len(self.differences) < SHOWN_ENTRIES:
            self.differences.setdefault(name, []).extend(differences)


def update_entries(*, study: Study, stated: Sequence[tuple[NewEntry, KnownDetails]], report: DetailReport) -> None:
    """Complete the entries of a study by what is stated about them; keep or replace what differs."""
    wanted = {entry.image_id for entry, _ in stated}
    rows = {row.image_id: row for row in StudyImage.objects.filter(study=study, image__in=wanted)}
    changed: dict[UUID, StudyImage] = {}
    for entry, known in stated:
        row = rows[entry.image_id]
        if update_entry(row, stated=entry, known=known, report=report):
            changed[entry.image_id] = row
    # In the order in which leases lock the slots of images, so that the two cannot deadlock.
    locked = StudyImage.objects.select_for_update(no_key=True).filter(pk__in=[row.pk for row in changed.values()])
    list(locked.order_by("pk").values_list("pk"))
    StudyImage.objects.bulk_update(changed.values(), ["name", "is_redescribed", *FACTS])


def update_entry(row: StudyImage, *, stated: NewEntry, known: KnownDetails, report: DetailReport) -> bool:
    """Complete or replace what an entry says, count which, and tell whether it changed."""
    before = words_of(row)
    is_changed = apply_description(row, stated=stated, known=known, report=report)
    row.is_redescribed = row.is_redescribed or words_of(row) != before
    return is_changed


def words_of(row: StudyImage) -> list[str]:
    """Give what a model reads of an entry."""
    return [getattr(row, name) for name in WORDS]


def apply_description(row: StudyImage, *, stated: NewEntry, known: KnownDetails, report: DetailReport) -> bool:
    """Take over what is stated about an entry, as far as allowed; say whether it changed."""
    name = stored_name(stated.name)
    found = [
        *differing_name(known=row.name, stated=name, details=stated.details),
        *differing_facts(row=row, image=row.name or name, details=stated.details),
    ]
    is_completed = complete_facts(row=row, details=stated.details)
    report.completed += is_completed
    if not found:
        return is_completed
    report.note(found)
    if known == KnownDetails.KEEP:
        report.differing += 1
        return is_completed
    report.replaced += 1
    replace_facts(row=row, details=stated.details)
    if any(one.column == "name" for one in found):
        row.name = name
    return True


def claim_redescribed(*, limit: int) -> list[StudyImage]:
    """Give entries whose description changed, and mark them as passed on; within the caller's transaction."""
    rows = StudyImage.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    found = list(rows.filter(is_redescribed=True).select_related("study").order_by("pk")[:limit])
    StudyImage.objects.filter(pk__in=[row.pk for row in found]).update(is_redescribed=False)
    return found
