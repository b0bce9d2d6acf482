"""What is recorded beside what acts record themselves: who signed in, and what was changed or deleted."""

from ratings.services.audit import record_act

__all__ = ["record_act"]
