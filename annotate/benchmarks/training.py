"""Train on made-up ratings of growing number: seconds and memory, and the paper's size beside its budget."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import psutil

from annotate import env
from annotate.benchmarks.figures import Figure, beside

PAPER = (70_000, 5_000, 205)  # ratings, images, raters
SIZES = ((10_000, 2_000, 50), (100_000, 6_000, 300), (1_000_000, 10_000, 2_000), (10_000_000, 20_000, 10_000))
BUDGET = 20.0  # s on two cores, at the paper's size
MIB = 2**20
BYTES_PER_RATING = 700  # of peak memory, beside what the images take: a size that would not fit is left out
BYTES_PER_IMAGE = 200_000
TRAIN_ELSEWHERE = "from annotate.benchmarks.training import train_here; train_here({}, {}, {})"


@dataclass(frozen=True, kw_only=True)
class FitCost:
    """What one fit took."""

    seconds: float
    cpu: float  # s of all cores, which says more where others want the cores too
    peak: float  # MiB


def measure(*, say: Callable[[str], None]) -> list[Figure]:
    """Fit at each size, each in a process of its own, so that its peak of memory is its own."""
    paper = measure_fit(PAPER, say=say)
    note = "70 000 ratings, 5 000 images, embeddings cached"
    figures = [
        beside(name="training at the paper's size", value=paper.seconds, unit="s", limit=BUDGET, note=note),
        beside(name="training at the paper's size, CPU", value=paper.cpu, unit="s", limit=BUDGET),
        Figure(name="training at the paper's size, memory", value=paper.peak, unit="MiB"),
    ]
    found = [(size, measure_fit(size, say=say)) for size in SIZES if fits(size)]
    for (ratings, images, raters), took in found:
        words = f"{ratings:,} ratings".replace(",", " ")
        beside_it = f"{images} images, {raters} raters"
        figures.append(Figure(name=f"training on {words}", value=took.seconds, unit="s", note=beside_it))
        figures.append(Figure(name=f"training on {words}, CPU", value=took.cpu, unit="s"))
        figures.append(Figure(name=f"training on {words}, memory", value=took.peak, unit="MiB"))
    return figures + growth(found)


def growth(found: Sequence[tuple[tuple[int, int, int], FitCost]]) -> list[Figure]:
    """Say how much longer ten times as many ratings take: ten would be linear."""
    return [
        beside(
            name=f"growth from {small[0]:.0e} to {large[0]:.0e} ratings",
            value=after.cpu / before.cpu,
            unit="times",
            limit=large[0] / small[0],
            note="of CPU time; the limit is linear growth",
        )
        for (small, before), (large, after) in pairwise(found)
    ]


def fits(size: tuple[int, int, int]) -> bool:
    """Tell whether a size may be tried with the memory that is free now."""
    ratings, images, _ = size
    return ratings * BYTES_PER_RATING + images * BYTES_PER_IMAGE < psutil.virtual_memory().available


def measure_fit(size: tuple[int, int, int], *, say: Callable[[str], None]) -> FitCost:
    """Fit in a fresh process."""
    say(f"training on {size[0]} ratings of {size[1]} images by {size[2]} raters")
    command = [sys.executable, "-c", TRAIN_ELSEWHERE.format(*size)]
    answer = subprocess.run(command, cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ours
    took = FitCost(**json.loads(answer.stdout.splitlines()[-1]))
    say(f"took {took.seconds:.1f} s and {took.peak:.0f} MiB")
    return took


def train_here(ratings: int, images: int, raters: int) -> None:
    """Fit to made-up ratings in this process, and print what it took as JSON."""
    from scoring.trials.training import trial_fit

    took = trial_fit(ratings=ratings, images=images, raters=raters)
    sys.stdout.write(json.dumps(took) + "\n")
