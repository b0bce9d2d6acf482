"""Who withdrew, by the names they had in dumps."""

import hashlib
from collections.abc import Collection

from ratings.models import WithdrawnName


def digest_of(name: str) -> str:
    """Give what is kept of a name in dumps."""
    return hashlib.sha256(name.encode()).hexdigest()


def withdrawn_digests() -> Collection[str]:
    """Give what is kept of all who withdrew."""
    return frozenset(WithdrawnName.objects.values_list("digest", flat=True))
