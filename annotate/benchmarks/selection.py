"""How long it takes to choose a rater's next images, against the number of images to choose from."""

from collections.abc import Callable, Sequence

from annotate.benchmarks.figures import Figure, beside

POOLS = (1_000, 10_000, 100_000, 1_000_000)
NEXT = 50  # images chosen at once
BUDGET = 50.0  # ms, for the largest pool


def measure(*, say: Callable[[str], None], pools: Sequence[int] = POOLS) -> list[Figure]:
    """Choose from made-up pools with the active policy; nothing is stored."""
    from scoring.trials.selection import trial_choice

    figures = []
    for pool in pools:
        say(f"choosing {NEXT} of {pool:,} images")
        found = trial_choice(pool=pool, count=NEXT)
        choice, one_pass = found["choice"] * 1000, found["pass"] * 1000
        note = f"the limit is the budget at {max(POOLS):,}; one pass over the vectors takes {one_pass:.2f} ms"
        figures.append(beside(name=f"next {NEXT} of {pool:,}", value=choice, unit="ms", limit=BUDGET, note=note))
    return figures
