"""Embed pictures from files, decoding included, beside what the bare network does with prepared ones."""

from collections.abc import Callable

from annotate.benchmarks.figures import Figure, beside

PICTURES = 192


def measure(*, tell: Callable[[str], None]) -> list[Figure]:
    """Measure the default encoder on this machine's best device."""
    from scoring.pipeline.trial import trial_embedding

    tell(f"embedding {PICTURES} pictures of 768 px")
    found = trial_embedding(pictures=PICTURES)
    return [
        beside(
            name="embedding, decoding included",
            value=found["pipeline"],
            unit="images/s",
            limit=found["network"],
            note="the limit is the bare network on prepared images; the budget is a ratio of 0.9",
        )
    ]
