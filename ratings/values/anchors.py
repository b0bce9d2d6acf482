"""Whether a change of a scale's words corrects their spelling, or changes what values already given mean."""

import unicodedata
from collections.abc import Iterator, Mapping

from ratings.sentences import staff_gettext

LETTERS_PER_SLIP = 4  # in a word so long, one more letter may differ
NO_ALPHABET = "WF"  # East Asian width of scripts in which one sign may be a whole word

Anchors = Mapping[str, str]  # words by value


def fault_of_anchors(*, before: Anchors, after: Anchors) -> str:
    """Say which change of a scale's words would change what its values mean; nothing where none does."""
    old, new = by_value(before), by_value(after)
    return next(faults(old, new), "")


def by_value(anchors: Anchors) -> dict[float, str]:
    """Give the words by the numbers that their values are."""
    return {float(value): word for value, word in sorted(anchors.items(), key=lambda pair: float(pair[0]))}


def faults(old: Mapping[float, str], new: Mapping[float, str]) -> Iterator[str]:
    """Go through the values whose word changes its meaning."""
    for value in sorted({*old, *new}):
        before, after = old.get(value, ""), new.get(value, "")
        if is_correction(before, after):
            continue
        former = next((place for place, word in old.items() if place != value and after and is_same(word, after)), None)
        if former is not None:
            yield staff_gettext("“{after}” stands at {former} and would stand at {value}").format(
                after=after, former=f"{former:g}", value=f"{value:g}"
            )
        elif before and after:
            yield staff_gettext(
                "“{before}” at {value} would become “{after}”, which is more than a correction of its spelling"
            ).format(before=before, value=f"{value:g}", after=after)
        elif before:
            yield staff_gettext("“{before}” would be missing at {value}").format(before=before, value=f"{value:g}")
        else:
            yield staff_gettext("“{after}” would be new at {value}").format(after=after, value=f"{value:g}")


def is_correction(before: str, after: str) -> bool:
    """Tell whether two wordings differ by slips of the pen alone: so many words, each with hardly a letter changed."""
    if is_same(before, after):
        return True
    old, new = words_of(before), words_of(after)
    return len(old) == len(new) and all(is_slip(one, other) for one, other in zip(old, new, strict=True))


def is_same(before: str, after: str) -> bool:
    """Tell whether two wordings differ in capitals, spaces and punctuation at most."""
    return words_of(before) == words_of(after)


def words_of(text: str) -> list[str]:
    """Give the words of a text without capitals and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = (letter if unicodedata.category(letter)[0] in "LMNS" else " " for letter in folded)
    return "".join(letters).split()


def is_slip(before: str, after: str) -> bool:
    """Tell whether two words differ in so few letters that it is a slip, and not by a prefix, which may deny."""
    if before == after:
        return True
    short, long = sorted((before, after), key=len)
    is_prefixed = len(short) < len(long) and long.endswith(short)
    has_alphabet = not any(unicodedata.east_asian_width(letter) in NO_ALPHABET for letter in before + after)
    return has_alphabet and not is_prefixed and changes(before, after) <= max(1, len(long) // LETTERS_PER_SLIP)


def changes(before: str, after: str) -> int:
    """Count the letters to add, drop, replace or swap with their neighbour (optimal string alignment distance)."""
    rows = [list(range(len(after) + 1))]
    for place, letter in enumerate(before, start=1):
        row = [place]
        for column, other in enumerate(after, start=1):
            least = min(rows[-1][column] + 1, row[-1] + 1, rows[-1][column - 1] + (letter != other))
            is_swapped = place > 1 and column > 1 and letter == after[column - 2] and other == before[place - 2]
            row.append(min(least, rows[-2][column - 2] + 1) if is_swapped else least)
        rows.append(row)
    return rows[-1][-1]
