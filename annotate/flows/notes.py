"""Notes that people write of training runs and model versions."""

from scoring.services.notes import LONGEST_NOTE, write_note

__all__ = ["LONGEST_NOTE", "write_note"]
