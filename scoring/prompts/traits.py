"""What can be said of pictures by their prompts: stated attributes, the domain, and the words of the subject."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from types import MappingProxyType

from scoring.prompts.attributes import content_words, parse_prompt

THEMES: Mapping[str, str] = MappingProxyType(
    {
        "lighting": "light",
        "brightness": "light",
        "contrast": "light",
        "palette": "colour",
        "colourfulness": "colour",
        "warmth": "colour",
        "domain": "subject",
        "word": "subject",
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
SHORTEST_WORD = 3  # letters
MOST_WORDS = 60
LARGEST_SHARE = 0.4  # of the pictures that have a word: one that more have says little


def theme_of(trait: str) -> str:
    """Say what a trait is about: light, colour, composition, medium or subject."""
    return THEMES[trait.partition(":")[0]]


def traits_of(*, prompts: Sequence[str], domains: Sequence[str], fewest: int) -> dict[str, list[int]]:
    """Give the places of the pictures that have each trait, such as "lighting:golden" or "word:vase".

    Only what a prompt states counts, and only traits that at least so many pictures have and as many have not.
    """
    found: dict[str, list[int]] = {}
    words = common_words(prompts, fewest=fewest)
    for place, (prompt, domain) in enumerate(zip(prompts, domains, strict=True)):
        for trait in sorted(traits_of_one(prompt, domain, words=words)):
            found.setdefault(trait, []).append(place)
    return {trait: places for trait, places in found.items() if fewest <= len(places) <= len(prompts) - fewest}


def traits_of_one(prompt: str, domain: str, *, words: Set[str]) -> set[str]:
    """Give the traits of one picture."""
    parsed = parse_prompt(prompt)
    stated = {f"{name}:{value}" for name, value in parsed.stated.items()}
    kind = domain or parsed.domain
    own = {f"domain:{kind}"} if kind else set()
    return stated | own | {f"word:{word}" for word in content_words(parsed.subject) & words}


def common_words(prompts: Sequence[str], *, fewest: int) -> frozenset[str]:
    """Give the words of subjects that enough pictures share, and not too many."""
    counted = Counter(word for prompt in prompts for word in content_words(parse_prompt(prompt).subject))
    most = LARGEST_SHARE * len(prompts)
    kept = [word for word, count in counted.most_common() if fewest <= count <= most and is_word(word)]
    return frozenset(kept[:MOST_WORDS])


def is_word(text: str) -> bool:
    """Tell whether a text is more than a number or a short form word."""
    return len(text) >= SHORTEST_WORD and not text.isdigit()
