"""The keys that name encoders, and what the parts of an encoder's vectors are called."""

DEFAULT_KEY = "offline-lite0-lite2-v1"
OPEN_CLIP = "open_clip:"
LONGEST_KEY = 120  # characters that the database keeps
PART_NAMES = (  # of the default encoder's image parts, in their order
    "subject",
    "fine structure",
    "fine contrast",
    "shapes",
    "contrast of shapes",
    "subject, closer",
    "colour",
    "layout",
    "symmetry",
    "complexity",
    "texture",
)


def part_names(key: str, count: int) -> tuple[str, ...]:
    """Name this encoder's image parts for people; a network's own features come last."""
    known = PART_NAMES if key == DEFAULT_KEY else ("subject",)
    return (*known, *("learned features",) * max(count - len(known), 0))[:count]
