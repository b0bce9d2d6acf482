"""Write the ratings of a file into a dataset: what is known stays, and only what was asked for replaces a rating.

What differs from the known ratings of the same rater and image may be a further rating or a correction: the person who
imports has to say which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from ratings.exceptions import ConflictError
from ratings.models import Dataset
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action, log_change, name_in_log
from ratings.services.datasets import matching
from ratings.services.datasets.rows import Differing

Staged = tuple[int, int, int, float, int, bool, str, str]  # the columns of `staged_rating`


@dataclass(frozen=True, kw_only=True)
class Written:
    """How many ratings were added, corrected, and removed as no longer said."""

    added: int
    changed: int
    removed: int


def write_rows(*, rows: Iterable[Staged], differing: Differing) -> Written:
    """Write ratings; the caller holds the dataset's lock, and a refusal leaves its transaction to be rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(matching.CLEAR)  # of an import before this one in the same transaction
        cursor.execute(matching.STAGE)
        with cursor.copy(matching.COPY) as copy:
            for row in rows:
                copy.write_row(row)
        for statement in (matching.NEW, matching.OLD, matching.ANALYSE, *matching.KNOWN, matching.NEW_VOTES):
            cursor.execute(statement)
        refuse_differing(cursor, differing=differing)
        changed = removed = 0
        if differing is Differing.REPLACE:
            for statement in matching.REPLACE:
                cursor.execute(statement)
            removed = done(cursor, matching.REMOVE)
            changed = done(cursor, matching.CORRECT) + done(cursor, matching.CORRECT_VOTES)
        cursor.execute(matching.COMPLETE)
        cursor.execute(matching.COMPLETE_VOTES)
        added = done(cursor, matching.ADD) + done(cursor, matching.ADD_VOTES)
    return Written(added=added, changed=changed, removed=removed)


def done(cursor: CursorWrapper, statement: str) -> int:
    """Run a statement, and count the rows that it wrote."""
    cursor.execute(statement)
    return int(cursor.rowcount)


def refuse_differing(cursor: CursorWrapper, *, differing: Differing) -> None:
    """Refuse ratings that differ from those known, as far as nobody said what they are."""
    if differing is Differing.REPLACE:
        return
    cursor.execute(matching.NAMED_VOTES)
    if found := cursor.fetchall():
        shown = "; ".join(
            staff_gettext("{image}: {known} people said {value}, now {new}").format(
                image=f"{image!r}", known=known, value=value, new=new
            )
            for value, image, known, new, _ in found
        )
        raise ConflictError(
            staff_gettext(
                "{found} counts of votes differ from those known ({shown}); give --replace to correct them."
            ).format(found=found[0][-1], shown=shown)
        )
    cursor.execute(
        matching.NAMED_CORRECTIONS if differing is Differing.ADD else matching.NAMED_DIFFERING,
    )
    if found := cursor.fetchall():
        shown = "; ".join(
            staff_gettext("{rater} of {image}: {known} known, {new} in the file").format(
                rater=f"{rater!r}", image=f"{image!r}", known=known, new=new
            )
            for rater, image, known, new, _ in found
        )
        more = (
            staff_gettext(" and {count} more").format(count=f"{found[0][-1] - len(found):,}")
            if found[0][-1] > len(found)
            else ""
        )
        fix = staff_gettext("give --replace if they correct the known ones")
        if differing is Differing.REFUSE:
            fix = staff_gettext(
                "give --repeats if they are further ratings, or --replace if they correct the known ones"
            )
        raise ConflictError(
            staff_gettext("Ratings differ from those known of the same rater and image ({shown}{more}); {fix}.").format(
                shown=shown, more=more, fix=fix
            )
        )


@transaction.atomic
def change_dataset(*, dataset: Dataset, changes: Mapping[str, Any], actor: User) -> Dataset:
    """Change what people say of a set: its weight in training, source or licence."""
    locked = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    fields = {name: (getattr(locked, name), value) for name, value in changes.items() if getattr(locked, name) != value}
    for name, (_, value) in fields.items():
        setattr(locked, name, value)
    if fields:
        locked.save(update_fields=list(fields))
        log_change(target=name_in_log(locked), actor=actor, fields=fields)
    return locked


@transaction.atomic
def delete_dataset(*, dataset: Dataset, actor: User) -> None:
    """Delete a set with all its ratings; pictures stay, and models that learned from it stay as they are."""
    locked = Dataset.objects.select_for_update().filter(pk=dataset.pk).first()  # an import into it ends first
    if locked is None:  # somebody else was quicker
        return
    log_action(action="delete", target=name_in_log(locked), actor=actor)
    locked.delete()
