"""Read the names that people use for a rater: an id, its first digits as pages show them, or a name in dumps."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

SHORTEST = 8  # digits of an id that pages show, and the fewest that mean somebody
ID_DIGITS = 32
PSEUDONYM_DIGITS = 20
WRITTEN = re.compile(r"(?:rater-)?([0-9a-f-]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class RaterName:
    """What a name may mean besides the crowd platform's name for somebody."""

    text: str
    span: tuple[UUID, UUID] | None = None  # the ids that begin so; a whole id is the only one
    key: UUID | None = None
    may_be_pseudonym: bool = False


def read_rater_name(text: str) -> RaterName:
    """Read what a name may mean."""
    written = WRITTEN.fullmatch(text)
    digits = written[1].replace("-", "").lower() if written else ""
    if not SHORTEST <= len(digits) <= ID_DIGITS:
        return RaterName(text=text)
    low, high = UUID(hex=digits.ljust(ID_DIGITS, "0")), UUID(hex=digits.ljust(ID_DIGITS, "f"))
    return RaterName(
        text=text,
        span=(low, high),
        key=low if low == high else None,
        may_be_pseudonym=digits == text.lower() and len(digits) == PSEUDONYM_DIGITS,
    )


def short_names(raters: Collection[UUID]) -> list[str]:
    """Give raters the names that pages show, longer where several begin alike."""
    distinct = sorted(set(raters))
    size = next(n for n in range(SHORTEST, ID_DIGITS + 1) if len({key.hex[:n] for key in distinct}) == len(distinct))
    return [f"rater-{key.hex[:size]}" for key in distinct]
