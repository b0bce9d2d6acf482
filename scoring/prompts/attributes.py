"""The visible attributes of a prompt: their words, how they are read from text and written into it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from types import MappingProxyType

from scoring.prompts.subjects import called_domains

DOMAIN_PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "art": "fine art",
        "design": "graphic design",
        "fashion": "fashion illustration",
        "cinema": "cinematic scene",
    }
)
DOMAINS: tuple[str, ...] = tuple(DOMAIN_PHRASES)

# attribute -> value -> the phrases that mean it; the first phrase is the one we write
VOCABULARY: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "palette": {
            "ember": ("ember palette", "warm palette", "fiery colours"),
            "sunset": ("sunset palette", "sunset colours"),
            "earth": ("earth palette", "earthy tones", "terracotta"),
            "forest": ("forest palette", "green palette", "verdant colours"),
            "ocean": ("ocean palette", "cool palette", "blue tones"),
            "nordic": ("nordic palette", "muted palette", "muted colours"),
            "pastel": ("pastel palette", "pastel colours", "pastel"),
            "jewel": ("jewel palette", "jewel tones", "rich colours"),
            "electric": ("electric palette", "vivid palette", "vibrant colours"),
            "monochrome": ("monochrome palette", "black and white", "monochrome"),
        },
        "lighting": {
            "daylight": ("soft daylight", "soft light", "natural light"),
            "golden": ("golden hour light", "golden hour", "warm light"),
            "moonlight": ("moonlight", "night", "nocturne"),
            "dramatic": ("dramatic light", "chiaroscuro", "spotlight"),
            "misty": ("misty light", "fog", "mist", "haze"),
            "neon": ("neon light", "neon glow", "neon"),
        },
        "composition": {
            "centred": ("centred composition", "centered composition"),
            "thirds": ("off-centre composition", "rule of thirds"),
            "symmetrical": ("symmetrical composition", "symmetry", "mirrored"),
            "diagonal": ("diagonal composition", "tilted composition", "dutch angle"),
            "framed": ("framed composition", "bordered composition"),
        },
        "viewpoint": {
            "eye-level": ("eye-level view", "eye level"),
            "low-angle": ("low-angle view", "low angle", "worm's-eye view"),
            "birds-eye": ("bird's-eye view", "top view", "aerial view"),
            "close-up": ("close-up view", "close-up", "macro"),
            "wide": ("wide view", "wide shot", "panoramic"),
        },
        "density": {
            "minimal": ("minimal detail", "minimalist", "minimal"),
            "spacious": ("spacious detail", "airy", "uncluttered"),
            "detailed": ("fine detail", "detailed"),
            "intricate": ("intricate detail", "intricate", "ornate"),
        },
        "texture": {
            "smooth": ("smooth texture", "smooth finish"),
            "grainy": ("grainy texture", "film grain"),
            "paper": ("paper texture", "fibrous paper"),
            "canvas": ("canvas texture", "woven texture"),
            "brushed": ("brushed texture", "brushstrokes"),
        },
        "medium": {
            "oil": ("oil painting", "oil on canvas", "impasto"),
            "watercolour": ("watercolour", "watercolor", "aquarelle"),
            "print": ("screen print", "risograph", "silkscreen"),
            "cutout": ("paper cut-out", "paper collage", "papercut"),
            "ink": ("ink drawing", "pen and ink", "line drawing"),
            "photo": ("film photograph", "photograph", "photo"),
        },
    }
)
KEPT_SHARE = 0.75  # of a subject's words, that a free rewriting has to keep
SHORTEST_STEM = 4  # letters by which two forms of a word are known
FUNCTION_WORDS = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on", "or"),
        *("the", "to", "with", "over", "under", "near", "that", "this", "some", "very"),
    )
)
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(VOCABULARY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """One value of the vocabulary per attribute."""

    palette: str
    lighting: str
    composition: str
    viewpoint: str
    density: str
    texture: str
    medium: str

    def __post_init__(self) -> None:
        """Refuse a value that the vocabulary does not know."""
        for name, value in asdict(self).items():
            if value not in VOCABULARY[name]:
                known = ", ".join(VOCABULARY[name])
                raise ValueError(f"{name}: {value!r} is unknown; choose one of {known}")

    def with_value(self, name: str, value: str) -> Attributes:
        """Give the same attributes with one of them changed."""
        if name not in VOCABULARY:
            raise ValueError(f"{name!r} is no attribute; choose one of {', '.join(VOCABULARY)}")
        return replace(self, **{name: value})


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedPrompt:
    """What a prompt says: the subject's own words, and whichever domain and attributes it names."""

    subject: str
    domain: str | None
    stated: Mapping[str, str]

    def completed(self) -> PromptParts:
        """Settle what the prompt leaves open: the domain by the subject's words, the rest by a hash of the subject.

        No seed comes in, so that reading a prompt and drawing it settle it in the same way.
        """
        domain = self.domain or _drawn("domain", called_domains(self.subject) or DOMAINS, self.subject)
        values = {
            name: self.stated.get(name) or _drawn(name, tuple(words), self.subject)
            for name, words in VOCABULARY.items()
        }
        return PromptParts(subject=self.subject, domain=domain, attributes=Attributes(**values))


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptParts:
    """A prompt with nothing left open."""

    subject: str
    domain: str
    attributes: Attributes


def parse_prompt(prompt: str) -> ParsedPrompt:
    """Read subject, domain and attributes; a clause of its own outranks a word inside the subject."""
    stated: dict[str, str] = {}
    subject: list[str] = []
    for clause in (part.strip() for part in prompt.split(",")):
        meaning = _phrase_meanings().get(_normal(clause))
        if meaning is None:
            subject.append(clause)
        else:
            stated[meaning[0]] = meaning[1]
    text = ", ".join(clause for clause in subject if clause)
    mentioned = {**_mentions(text), **stated}
    domain = mentioned.pop("domain", None)
    return ParsedPrompt(subject=text, domain=domain, stated=MappingProxyType(mentioned))


def write_prompt(parts: PromptParts) -> str:
    """Write the prompt that `parse_prompt` reads back as the same parts."""
    return _joined(parts.subject, DOMAIN_PHRASES[parts.domain], *_clauses(parts.attributes))


def edit_prompt(prompt: str, changes: Mapping[str, str]) -> str:
    """Rewrite a prompt with some attributes changed and its subject kept word for word.

    A domain that the prompt leaves open stays open: another generator would take the word for more than it is.
    """
    parsed = parse_prompt(prompt)
    attributes = parsed.completed().attributes
    for name, value in changes.items():
        attributes = attributes.with_value(name, value)
    return _joined(parsed.subject, DOMAIN_PHRASES[parsed.domain] if parsed.domain else "", *_clauses(attributes))


def keeps_subject(prompt: str, other: str) -> bool:
    """Say whether another prompt names what this one is about: nearly all words of its subject, however it is put."""
    words = content_words(parse_prompt(prompt).subject) or content_words(prompt)
    found = content_words(other)
    kept = sum(any(_is_same_word(word, one) for one in found) for word in words)
    return kept >= KEPT_SHARE * len(words)


def known_value(name: str, text: str) -> str | None:
    """Give the value of an attribute that a text is, by its name or one of its phrases; none for other words."""
    said = _normal(text)
    return next((value for value, phrases in VOCABULARY[name].items() if said == value or said in phrases), None)


def content_words(text: str) -> frozenset[str]:
    """Give the words that carry meaning."""
    return frozenset(word for word in re.findall(r"\w+", _normal(text)) if word not in FUNCTION_WORDS)


def _clauses(attributes: Attributes) -> list[str]:
    """Put attributes into words, a clause each."""
    values = asdict(attributes)
    return [VOCABULARY[name][values[name]][0] for name in ATTRIBUTE_NAMES]


def _joined(*clauses: str) -> str:
    """Write clauses as one prompt."""
    return ", ".join(clause for clause in clauses if clause)


@cache
def _phrase_meanings() -> Mapping[str, tuple[str, str]]:
    """Map every known phrase to its attribute (or `domain`) and value."""
    meanings = {phrase: ("domain", domain) for domain, phrase in DOMAIN_PHRASES.items()}
    for name, words in VOCABULARY.items():
        for value, phrases in words.items():
            meanings.update({_normal(phrase): (name, value) for phrase in phrases})
    return MappingProxyType(meanings)


@cache
def _phrase_pattern() -> re.Pattern[str]:
    """Match any known phrase as whole words, the longest first."""
    phrases = sorted(_phrase_meanings(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, phrases)) + r")(?!\w)")


def _mentions(text: str) -> dict[str, str]:
    """Find the first mention of each attribute inside running text."""
    found: dict[str, str] = {}
    for match in _phrase_pattern().finditer(_normal(text)):
        name, value = _phrase_meanings()[match.group(1)]
        found.setdefault(name, value)
    return found


def _normal(text: str) -> str:
    """Fold case, spaces and typographic apostrophes."""
    return " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def _is_same_word(one: str, other: str) -> bool:
    """Compare words, endings apart."""
    short, long = sorted((one, other), key=len)
    return one == other or (
        len(short) >= SHORTEST_STEM and long.startswith(short[: max(SHORTEST_STEM, len(short) - 2)])
    )


def _drawn(name: str, values: tuple[str, ...], subject: str) -> str:
    """Draw one value from a hash, so that naming one attribute never moves another."""
    digest = hashlib.blake2b(f"{name}\n{_normal(subject)}\n0".encode(), digest_size=8)
    return values[int.from_bytes(digest.digest(), "big") % len(values)]
