"""Keep what people write of training runs and model versions."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.exceptions import InvalidInputError
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from scoring.models import ModelVersion, TrainingRun

LONGEST_NOTE = 4000


@transaction.atomic
def write_note(*, about: ModelVersion | TrainingRun, words: str, actor: User | None) -> None:
    """Put words in the place of what was written of a row; the audit log keeps both. Raises `InvalidInputError`."""
    text = words.strip()
    if len(text) > LONGEST_NOTE:
        raise InvalidInputError(
            staff_gettext("notes: write at most {longest_note} characters.").format(longest_note=LONGEST_NOTE),
            fields={"notes": staff_gettext("Shorten it.")},
        )
    row = type(about)._default_manager.select_for_update(of=("self",)).get(pk=about.pk)
    if row.notes == text:
        return
    former, row.notes = row.notes, text
    row.save(update_fields=["notes"])
    about.notes = text
    log_action(action="write-note", target=row.name_in_log, actor=actor, former=former, notes=text)
