"""What is recorded beside what acts record themselves: who signed in, and what was changed or deleted."""

from ratings.services.audit import log_action

__all__ = ["log_action"]
