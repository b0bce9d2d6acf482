"""What can be said of pictures: attributes that prompts and columns state, the domain, the subject's words or looks."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any

from scoring.prompts.attributes import ATTRIBUTE_NAMES, content_words, known_value, parse_prompt

THEMES: Mapping[str, str] = MappingProxyType(
    {
        "lighting": "light",
        "brightness": "light",
        "contrast": "light",
        "palette": "colour",
        "colourfulness": "colour",
        "warmth": "colour",
        "domain": "subject",
        "subject": "subject",
        "word": "subject",
        "seen": "subject",
        "composition": "composition",
        "viewpoint": "composition",
        "density": "composition",
        "symmetry": "composition",
        "detail": "composition",
        "centring": "composition",
        "texture": "medium",
        "medium": "medium",
    }
)
COLUMNS = (*ATTRIBUTE_NAMES, "subject")  # of a table of images, that say what a picture is like
LONGEST_VALUE = 40  # letters; a column with longer ones describes single pictures
SHORTEST_WORD = 3  # letters
MOST_WORDS = 60
LARGEST_SHARE = 0.4  # of the pictures that have a word: one that more have says little
SAME_SHARE = 0.5  # of the pictures that have either of two traits: which share more say the same


def theme_of(trait: str) -> str:
    """Say what a trait is about: light, colour, composition, medium or subject."""
    return THEMES[trait.partition(":")[0]]


def traits_of(
    *,
    prompts: Sequence[str],
    domains: Sequence[str],
    columns: Sequence[Mapping[str, Any]],
    seen: Sequence[Set[str]],
    fewest: int,
) -> dict[str, list[int]]:
    """Give the places of the pictures that have each trait, such as "lighting:golden" or "word:vase".

    What a prompt or a column states counts, and what an encoder sees: "seen:birds", or a medium where none is stated.
    Only traits that at least so many pictures have and as many have not.
    """
    found: dict[str, list[int]] = {}
    words = common_words(prompts, fewest=fewest)
    for place, (prompt, domain, row, own) in enumerate(zip(prompts, domains, columns, seen, strict=True)):
        stated = traits_of_one(prompt, domain, row, words=words)
        names = {trait.partition(":")[0] for trait in stated}
        for trait in sorted(stated | {trait for trait in own if trait.partition(":")[0] not in names}):
            found.setdefault(trait, []).append(place)
    common = {trait: places for trait, places in found.items() if fewest <= len(places) <= len(prompts) - fewest}
    return {trait: places for trait, places in common.items() if not is_said_by_another(trait, common)}


def is_said_by_another(trait: str, found: Mapping[str, Sequence[int]]) -> bool:
    """Tell whether a subject was seen on much the same pictures as one word of prompts or columns names."""
    if not trait.startswith("seen:"):
        return False
    own = set(found[trait])
    stated = [set(places) for other, places in found.items() if other.startswith(("word:", "subject:"))]
    return any(len(own & places) >= SAME_SHARE * len(own | places) for places in stated)


def traits_of_one(prompt: str, domain: str, row: Mapping[str, Any], *, words: Set[str]) -> set[str]:
    """Give the traits of one picture; what a column tells goes before what its prompt states."""
    parsed = parse_prompt(prompt)
    stated = {f"{name}:{value}" for name, value in {**parsed.stated, **attributes_in_columns(row)}.items()}
    kind = domain or parsed.domain
    own = {f"domain:{kind}"} if kind else set()
    return stated | own | {f"word:{word}" for word in content_words(parsed.subject) & words}


def attributes_in_columns(row: Mapping[str, Any]) -> dict[str, str]:
    """Give what columns named like attributes tell of a picture: values that we have words for, else their own."""
    found = {}
    for name in COLUMNS:
        value = " ".join(row[name].split()) if isinstance(row.get(name), str) else ""
        if 0 < len(value) <= LONGEST_VALUE:
            found[name] = (known_value(name, value) if name in ATTRIBUTE_NAMES else None) or value
    return found


def common_words(prompts: Sequence[str], *, fewest: int) -> frozenset[str]:
    """Give the words of subjects that enough pictures share, and not too many."""
    counted = Counter(word for prompt in prompts for word in content_words(parse_prompt(prompt).subject))
    most = LARGEST_SHARE * len(prompts)
    kept = [word for word, count in counted.most_common() if fewest <= count <= most and is_word(word)]
    return frozenset(kept[:MOST_WORDS])


def is_word(text: str) -> bool:
    """Tell whether a text is more than a number or a short form word."""
    return len(text) >= SHORTEST_WORD and not text.isdigit()
