"""Take in the design of a study of comparisons: a table of prompts, conditions and pictures becomes its items."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ratings.exceptions import FileRejectedError
from ratings.files.table_files import Line, matched_columns, plain_cell, table_lines
from ratings.models import Image, Pair, Participation, Study
from ratings.models.pair import CONDITION_FIELDS, IMAGE_FIELDS
from ratings.registry import SEVERAL_IMAGES, comparison_of, design_of, require_family
from ratings.selectors.named_raters import NamedParticipations, participations_by_name
from ratings.selectors.picture_names import NamedPictures, pictures_by_name, pictures_off
from ratings.sentences import staff_gettext
from ratings.services.entries import NewEntry, ensure_entries_of_pairs, set_entries_aside
from ratings.values.comparisons import ComparisonRules

COLUMNS = {
    "prompt": ("prompt", "text"),
    "condition": ("condition", "system", "model", "mode"),
    "image": ("image", "image_file", "file", "file_name", "filename", "sha256", "digest"),
}
LONGEST_GROUP = 200
LONGEST_CONDITION = 100
DIGEST_CHARACTERS = 12
MOST_SETS = 5000  # of one group: a balanced part of more is for the researcher to choose

GroupKey = tuple[str, UUID | None]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a design: a condition's picture for a prompt."""

    line: int
    prompt: str
    group: str
    condition: str
    image: str
    rater: str


@dataclass(kw_only=True)
class DesignReport:
    """What became of the rows of a design."""

    items: str = "pairs"
    created: int = 0
    known: int = 0
    rejected: list[str] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Tell whether nothing of it could be taken in."""
        return bool(self.rejected) and not self.created + self.known

    @property
    def summary(self) -> str:
        """Say it in one line."""
        return staff_gettext("{created} new {items}, {known} there already, {rejected} rows refused").format(
            created=self.created, items=staff_gettext(self.items), known=self.known, rejected=len(self.rejected)
        )


@transaction.atomic
def import_pairs(*, study: Study, path: Path) -> DesignReport:
    """Make all pairs of conditions within each prompt of a design; running it twice changes nothing.

    A bad row is refused with a sentence, and the rest is taken in; a table without the columns raises
    `FileRejectedError`.
    """
    require_family(study=study, family=SEVERAL_IMAGES)
    report = DesignReport(items=design_of(study).items)
    entries = list(read_entries(path=path, report=report))
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)  # guards the numbering
    groups = grouped(study=study, entries=entries, report=report)
    store_pairs(study=study, wanted=wanted_pairs(study=study, groups=groups, report=report), report=report)
    return report


@transaction.atomic
def add_pairs(
    *, study: Study, participation: Participation, pictures: Mapping[str, Mapping[str, NewEntry]]
) -> DesignReport:
    """Give one rater pictures to compare, by prompt and condition; equal pictures are not compared."""
    require_family(study=study, family=SEVERAL_IMAGES)
    report = DesignReport(items=design_of(study).items)
    study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)  # guards the numbering
    entries = {entry.image_id: entry for shown in pictures.values() for entry in shown.values()}
    set_entries_aside(study=study, entries=list(entries.values()), is_made=True)
    images = Image.objects.in_bulk(entries)
    groups: dict[GroupKey, dict[str, tuple[Entry, Image]]] = {
        (short_name(prompt), participation.pk): distinct(
            prompt, {condition: images[entry.image_id] for condition, entry in shown.items()}
        )
        for prompt, shown in pictures.items()
    }
    several = {key: conditions for key, conditions in groups.items() if len(conditions) > 1}
    store_pairs(study=study, wanted=wanted_pairs(study=study, groups=several, report=report), report=report)
    return report


def distinct(prompt: str, shown: Mapping[str, Image]) -> dict[str, tuple[Entry, Image]]:
    """Keep one condition of those that show the same picture."""
    first = {image.pk: condition for condition, image in reversed(list(shown.items()))}
    return {
        condition: (
            Entry(line=0, prompt=prompt, group=short_name(prompt), condition=condition, image=str(image.pk), rater=""),
            image,
        )
        for condition, image in shown.items()
        if first[image.pk] == condition
    }


def read_entries(*, path: Path, report: DesignReport) -> Iterator[Entry]:
    """Read the rows; refuse those that lack a cell or say too much."""
    found: dict[str, str] | None = None
    for line in table_lines(path=path):
        if found is None:
            found = matched_columns(present=line.cells, names=COLUMNS, source=path.name)
        entry = entry_of(line, found)
        if isinstance(entry, Entry):
            yield entry
        else:
            report.rejected.append(staff_gettext("line {line}: {fault}").format(line=line.number, fault=entry))
    if found is None:
        raise FileRejectedError(
            staff_gettext("{name} has no rows; give one per prompt and condition.").format(name=path.name)
        )


def entry_of(line: Line, found: dict[str, str]) -> Entry | str:
    """Make an entry of a row, or say what is wrong with it."""
    cells = {found.get(name, name).lower(): str(plain_cell(value) or "").strip() for name, value in line.cells.items()}
    missing = [name for name in COLUMNS if not cells[name]]
    if missing:
        return staff_gettext("no {column}; fill it in.").format(column=missing[0])
    if len(cells["condition"]) > LONGEST_CONDITION:
        return staff_gettext("the condition's name is longer than {longest} characters; shorten it.").format(
            longest=LONGEST_CONDITION
        )
    group = cells.get("group") or short_name(cells["prompt"])
    if len(group) > LONGEST_GROUP:
        return staff_gettext("the group's name is longer than {longest} characters; shorten it.").format(
            longest=LONGEST_GROUP
        )
    return Entry(
        line=line.number,
        prompt=cells["prompt"],
        group=group,
        condition=cells["condition"],
        image=cells["image"],
        rater=cells.get("rater", ""),
    )


def short_name(prompt: str) -> str:
    """Name a group after its prompt; a long one is cut and made unique by its digest."""
    if len(prompt) <= LONGEST_GROUP:
        return prompt
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"{prompt[: LONGEST_GROUP - DIGEST_CHARACTERS - 1]} {digest}"


def grouped(
    *, study: Study, entries: Iterable[Entry], report: DesignReport
) -> dict[GroupKey, dict[str, tuple[Entry, Image]]]:
    """Find the pictures and raters that the rows name, and gather the conditions of each group."""
    entries = list(entries)
    named = pictures_by_name(study=study, names={entry.image for entry in entries})
    images = Image.objects.only("pk").in_bulk(set(named.found.values()))
    off = pictures_off(study=study, images=images)
    raters = participations_by_name(study=study, names={entry.rater for entry in entries if entry.rater})
    groups: dict[GroupKey, dict[str, tuple[Entry, Image]]] = defaultdict(dict)
    for entry in entries:
        fault = fault_of(entry, named=named, raters=raters, off=off)
        if fault is None:
            image = images[named.found[entry.image]]
            addressee = raters.found[entry.rater].pk if entry.rater else None
            conditions = groups[entry.group, addressee]
            earlier, shown = conditions.setdefault(entry.condition, (entry, image))
            if shown.pk != image.pk:
                fault = staff_gettext(
                    "{condition} has another picture for this prompt in line {line}; put one of them into a group of "
                    "its own."
                ).format(condition=f"{entry.condition!r}", line=earlier.line)
        if fault is not None:
            report.rejected.append(staff_gettext("line {line}: {fault}").format(line=entry.line, fault=fault))
    return groups


def fault_of(entry: Entry, *, named: NamedPictures, raters: NamedParticipations, off: Collection[UUID]) -> str | None:
    """Say what keeps a row out: a picture or a rater that is not known, or not known for certain."""
    if entry.image in named.doubts:
        return f"{named.doubts[entry.image]}."
    if entry.image not in named.found:
        return staff_gettext("there is no picture {image}; import it first, or correct the name.").format(
            image=f"{entry.image!r}"
        )
    if named.found[entry.image] in off:
        return staff_gettext(
            "{image} was taken off this study, or archived; bring it back first, or leave the line out."
        ).format(image=f"{entry.image!r}")
    if entry.rater in raters.doubts:
        return raters.doubts[entry.rater]
    if entry.rater and entry.rater not in raters.found:
        return staff_gettext(
            "nobody called {rater} takes part in the study; let them join first, or leave the cell blank."
        ).format(rater=f"{entry.rater!r}")
    return None


def wanted_pairs(
    *, study: Study, groups: dict[GroupKey, dict[str, tuple[Entry, Image]]], report: DesignReport
) -> Iterator[Pair]:
    """Give every set of conditions within a group, as many as are shown at once; what cannot be is reported."""
    rules = comparison_of(study)
    for (group, addressee), conditions in groups.items():
        if len(conditions) == 1:
            (entry, _), *_ = conditions.values()
            report.rejected.append(
                staff_gettext("line {line}: {group} has one condition only; a pair needs two.").format(
                    line=entry.line, group=f"{group!r}"
                )
            )
            continue
        size = rules.sizes(study, len(conditions))
        if size < rules.fewest or comb(len(conditions), size) > MOST_SETS:
            (entry, _), *_ = conditions.values()
            report.rejected.append(
                staff_gettext("line {line}: {fault}").format(
                    line=entry.line, fault=fault_of_number(group, len(conditions), size, rules)
                )
            )
            continue
        for names in combinations(sorted(conditions), size):
            shown = [conditions[name] for name in names]
            fault = same_picture(group, shown)
            if fault:
                report.rejected.append(fault)
                continue
            yield Pair(
                study=study,
                participation_id=addressee,
                group=group,
                prompt=shown[0][0].prompt,
                target=1 if addressee else study.target,
                **dict(zip(CONDITION_FIELDS, names, strict=False)),
                **{name: image for name, (_, image) in zip(IMAGE_FIELDS, shown, strict=False)},
            )


def fault_of_number(group: str, conditions: int, size: int, rules: ComparisonRules) -> str:
    """Say why so many conditions of a group cannot be compared."""
    if size < rules.fewest:
        return staff_gettext(
            "{group} has {conditions} conditions only; this study shows at least {fewest} at once."
        ).format(group=f"{group!r}", conditions=conditions, fewest=rules.fewest)
    return staff_gettext(
        "{group} has {conditions} conditions, which make {sets} sets of {size}; split it into groups that make at most "
        "{most}."
    ).format(
        group=f"{group!r}",
        conditions=conditions,
        sets=f"{comb(conditions, size):,}",
        size=size,
        most=f"{MOST_SETS:,}",
    )


def same_picture(group: str, shown: Sequence[tuple[Entry, Image]]) -> str:
    """Say which two conditions show the same picture, if any do."""
    for (one, image), (later, other) in combinations(shown, 2):
        if image.pk == other.pk:
            return staff_gettext(
                "line {line}: {one} and {later} show the same picture for {group}; nothing to compare."
            ).format(line=later.line, one=f"{one.condition!r}", later=f"{later.condition!r}", group=f"{group!r}")
    return ""


def store_pairs(*, study: Study, wanted: Iterable[Pair], report: DesignReport) -> None:
    """Add the pairs that are not there yet, under the next numbers; one whose pictures differ is refused."""
    there = {identity(pair): pair for pair in Pair.objects.filter(study=study)}
    last = Pair.objects.filter(study=study).aggregate(last=Max("ordinal"))["last"]
    start = 0 if last is None else last + 1
    rng = random.SystemRandom()
    fresh: list[Pair] = []
    for pair in wanted:
        known = there.get(identity(pair))
        if known is None:
            pair.ordinal, pair.shuffle = start + len(fresh), rng.random()
            fresh.append(pair)
        elif set(known.image_ids) == set(pair.image_ids):
            report.known += 1
        else:
            report.rejected.append(
                staff_gettext(
                    "{group} compares {conditions} already, with other pictures; give the new ones a group of "
                    "their own."
                ).format(group=f"{pair.group!r}", conditions=staff_gettext(" and ").join(map(repr, pair.conditions)))
            )
    ensure_entries_of_pairs(study=study, pairs=fresh)
    Pair.objects.bulk_create(fresh, batch_size=2000)
    report.created = len(fresh)


def identity(pair: Pair) -> tuple[str, UUID | None, frozenset[str]]:
    """Give what may be in a study once."""
    return pair.group, pair.participation_id, frozenset(pair.conditions)
