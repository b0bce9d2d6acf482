"""The keys that name encoders, and what the parts of an encoder's vectors are called."""

DEFAULT_KEY = "offline-lite0-lite1-lite2-v2"
FIRST_KEY = "offline-lite0-lite2-v1"  # of earlier installations: the default's vectors without its last parts
OPEN_CLIP = "open_clip:"
FIRST_PARTS = 11  # of them that the first encoder had
LONGEST_KEY = 120  # characters that the database keeps
PART_NAMES = (  # of the offline encoders' image parts, in their order
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
    "subject, in its own shape",
    "subject, in its own shape, seen again",
)


def part_names(key: str, count: int) -> tuple[str, ...]:
    """Name this encoder's image parts for people; a network's own features come last."""
    known = PART_NAMES if key == DEFAULT_KEY else PART_NAMES[:FIRST_PARTS] if key == FIRST_KEY else ("subject",)
    return (*known, *("learned features",) * max(count - len(known), 0))[:count]


def has_text_tower(key: str) -> bool:
    """Tell, without loading the encoder, whether its text tower reads prompts into the space of its images."""
    return key.startswith(OPEN_CLIP)
