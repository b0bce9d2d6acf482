"""The versions of a study's texts as researchers look back on them: who wrote each, who saw it, and what changed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from ratings.models import AuditEntry, Study, TextSighting, TextVersion
from ratings.values.changes import Passage, passages
from ratings.values.translations import LONG

KEYS = ("key", "value")  # what tells the entries of a list apart
FIRST_WRITTEN = ("create-study", "add")  # acts that make a study's first version


@dataclass(frozen=True, kw_only=True)
class VersionReaders:
    """How many people saw a version in a language, and how many of them agreed to it."""

    language: str
    seen: int
    agreed: int


@dataclass(frozen=True, kw_only=True)
class TextChange:
    """One text of a version that differs from the one before; no language for what has no words."""

    name: str
    language: str
    before: str
    after: str

    @property
    def is_markdown(self) -> bool:
        """Tell whether raters read it as Markdown."""
        return self.name in LONG

    @property
    def passages(self) -> list[Passage]:
        """Give the text with what went and what came."""
        return passages(before=self.before, after=self.after)


def readers_of(*, study: Study) -> dict[int, list[VersionReaders]]:
    """Count who saw and agreed to each version, by language."""
    rows = TextSighting.objects.filter(texts__study=study).values("texts", "language")
    counted = rows.annotate(seen=Count("pk"), agreed=Count("pk", filter=Q(agreed_at__isnull=False)))
    found: dict[int, list[VersionReaders]] = defaultdict(list)
    for row in counted.order_by("-seen", "language"):
        readers = VersionReaders(language=row["language"], seen=row["seen"], agreed=row["agreed"])
        found[row["texts"]].append(readers)
    return found


def authors_of(*, study: Study) -> dict[int, str]:
    """Name who made each version, by its number, as far as the audit log says it."""
    acts = AuditEntry.objects.filter(Q(action="new-texts") | Q(action__in=FIRST_WRITTEN), target=study.slug)
    rows = acts.filter(actor__isnull=False).order_by("created_at").values_list("detail", "actor__username")
    return {int(detail.get("version", 1)): name for detail, name in rows}


def changes_between(*, before: TextVersion | None, after: TextVersion) -> list[TextChange]:
    """Give the texts that differ between two versions, those of each language together."""
    old = dict(named_words(before.content)) if before else {}
    new = dict(named_words(after.content))
    names = [*new, *(name for name in old if name not in new)]
    return [
        TextChange(language=language, name=name, before=was, after=present)
        for language, name in names
        if (was := old.get((language, name), "")) != (present := new.get((language, name), ""))
    ]


def named_words(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Name every text and setting of a version, each with its language; none for what is the same in all."""
    for language, texts in content.get("texts", {}).items():
        for name, words in flat(texts):
            yield (language, name), words
    for name, words in flat({name: part for name, part in content.items() if name != "texts"}):
        yield ("", name), words


def flat(nested: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name what is in tables and lists by the way to it, as in profile_questions.age.label."""
    if isinstance(nested, Mapping):
        for name, part in nested.items():
            yield from flat(part, f"{prefix}.{name}" if prefix else str(name))
    elif is_table_list(nested):
        for part in nested:
            key = next((part[name] for name in KEYS if name in part), "")
            yield from flat({name: words for name, words in part.items() if name not in KEYS}, f"{prefix}.{key}")
    elif nested not in ("", None, []):
        yield prefix, ", ".join(map(str, nested)) if isinstance(nested, list) else written(nested)


def is_table_list(nested: Any) -> bool:
    """Tell a list of tables, such as questions."""
    return isinstance(nested, Sequence) and not isinstance(nested, str) and any(isinstance(one, dict) for one in nested)


def written(value: Any) -> str:
    """Write a plain value."""
    return str(value).lower() if isinstance(value, bool) else str(value)
