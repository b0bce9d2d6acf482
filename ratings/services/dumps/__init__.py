"""Write immutable, versioned snapshots of a study's ratings: `request_dump`, then `write_dump`."""

from ratings.services.dumps.lifecycle import request_dump, retry_dump, write_dump
from ratings.values.dump_filters import DumpFilters

__all__ = ["DumpFilters", "request_dump", "retry_dump", "write_dump"]
