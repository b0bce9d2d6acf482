"""Who wrote notes on training runs and model versions."""

from ratings.models import AuditEntry
from scoring.models import ModelVersion, TrainingRun


def note_writer(*, about: ModelVersion | TrainingRun) -> str:
    """Name who wrote the note that stands; nothing where that is not known."""
    entries = AuditEntry.objects.filter(action="write-note", target=about.name_in_log).select_related("actor")
    last = entries.order_by("-created_at", "-pk").first()
    return last.actor.get_username() if last and last.actor else ""
