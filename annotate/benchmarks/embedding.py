"""Embed pictures from files, decoding included, beside what the bare network does with prepared ones."""

from collections.abc import Callable

from annotate.benchmarks.figures import Figure, beside

PICTURES = 96


def measure(*, say: Callable[[str], None], pictures: int = PICTURES) -> list[Figure]:
    """Measure the default encoder on this machine's best device."""
    from scoring.trials.embedding import trial_embedding

    say(f"embedding {pictures} pictures of 768 px")
    found = trial_embedding(pictures=pictures)
    shared = 1.0 / (1.0 / found["networks"] + 1.0 / found["decoding"])
    return [
        beside(
            name="embedding, decoding included",
            value=found["pipeline"],
            unit="images/s",
            limit=found["network"],
            note="the limit is the bare network as torch runs it on prepared images; the budget is a ratio of 0.9",
        ),
        beside(
            name="embedding, of what the cores allow",
            value=found["pipeline"],
            unit="images/s",
            limit=shared,
            note="the limit is decoding and a network on each core, one after the other",
        ),
        Figure(name="a network on each core, no decoding", value=found["networks"], unit="images/s"),
        Figure(name="decoding alone", value=found["decoding"], unit="images/s"),
    ]
