"""Keep the audit log."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone, translation

from ratings.models import AuditEntry

LONGEST_VALUE = 200  # characters of a value in the audit log
LEAD_IN = 20  # characters before the first difference of two long values
LATER_PART = re.compile(r"bytes=(?!0*0-)")  # of a file: its request begins elsewhere than at the first byte
ONE_DOWNLOAD = timedelta(days=1)  # for so long, parts of a file belong to the download that somebody began


def log_action(*, action: str, target: str, actor: User | None, **detail: Any) -> AuditEntry:
    """Add an entry to the audit log: who did what to what.

    The detail holds numbers, names and what researchers wrote, never what raters said.
    """
    return AuditEntry.objects.create(action=action, target=target[:200], actor=actor, detail=detail)


def log_download(*, target: str, file: str, actor: User, part: str = "") -> AuditEntry | None:
    """Add an entry for a file that leaves the service; none for a later part of what the same person began to take.

    A part is what a `Range` header asks for: a download that broke off, or one in pieces, asks hundreds of times.
    """
    began = AuditEntry.objects.filter(
        action="download", target=target[:200], actor=actor, created_at__gte=timezone.now() - ONE_DOWNLOAD
    )
    if LATER_PART.match(part) and began.filter(detail__file=file).exists():
        return None
    return log_action(action="download", target=target, actor=actor, file=file)


def name_in_log(row: Model) -> str:
    """Name a row in the audit log by its kind and what it is called."""
    return f"{in_english(row._meta.verbose_name)} {in_english(row)}"


def in_english(words: object) -> str:
    """Write words for the audit log: in English, whichever language its actor reads, so that a search finds all."""
    with translation.override(None):
        return str(words)


def log_change(*, target: str, actor: User | None, fields: Mapping[str, tuple[Any, Any]]) -> AuditEntry:
    """Add an entry for a change of a row, by whichever way it came: the former and the present value of each field."""
    shown = {name: difference(written(old), written(new)) for name, (old, new) in fields.items()}
    return log_action(action="change", target=target, actor=actor, fields=shown)


def written(value: Any) -> str:
    """Write a value as the audit log shows it."""
    return value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True, ensure_ascii=False)


def difference(old: str, new: str) -> list[str]:
    """Give two values that differ, long ones from shortly before the place where they do."""
    alike = takewhile(lambda both: both[0] == both[1], zip(old, new, strict=False))
    start = sum(1 for _ in alike) - LEAD_IN
    if max(len(old), len(new)) <= LONGEST_VALUE or start <= 0:
        return [cut(old), cut(new)]
    return [cut(f"\N{HORIZONTAL ELLIPSIS}{text[start:]}") for text in (old, new)]


def cut(text: str, *, length: int = LONGEST_VALUE) -> str:
    """Shorten a long value."""
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"
