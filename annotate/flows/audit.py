"""What is recorded beside what acts record themselves: who signed in, and what was changed or deleted."""

from ratings.services.audit import cut, in_english, log_action, log_change, log_download, name_in_log, written

__all__ = ["cut", "in_english", "log_action", "log_change", "log_download", "name_in_log", "written"]
