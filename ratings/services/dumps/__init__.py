"""Write immutable, versioned snapshots of a study's ratings: `request_dump`, then `write_dump`."""

from ratings.services.dumps.filters import DumpFilters
from ratings.services.dumps.lifecycle import request_dump, retry_dump, write_dump

__all__ = ["DumpFilters", "request_dump", "retry_dump", "write_dump"]
