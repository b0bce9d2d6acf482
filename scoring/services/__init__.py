"""Writes to what models computed, one family of verbs per file."""

from scoring.services.runs import cancel_run, request_training
from scoring.services.versions import promote, roll_back

__all__ = ["cancel_run", "promote", "request_training", "roll_back"]
