"""What changed between two wordings of a text, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# Signs that stand for words by themselves, words of letters, spaces, and anything else one by one.
PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|\s+|.", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A part of a text that stayed, went or came."""

    words: str
    is_removed: bool = False
    is_added: bool = False


def passages(*, before: str, after: str) -> list[Passage]:
    """Give a text with what went and what came since, in the order in which it is read."""
    return list(compared(PIECE.findall(before), PIECE.findall(after)))


def compared(old: list[str], new: list[str]) -> Iterator[Passage]:
    """Go through what both have alike and what differs between."""
    for kind, start, end, new_start, new_end in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Passage(words="".join(old[start:end]))
            continue
        if start < end:
            yield Passage(words="".join(old[start:end]), is_removed=True)
        if new_start < new_end:
            yield Passage(words="".join(new[new_start:new_end]), is_added=True)
