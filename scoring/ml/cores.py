"""Keep small matrices on one core, where threads would mostly wait for one another."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_core() -> Iterator[None]:
    """Run NumPy, SciPy and torch single-threaded inside.

    Measured on the demo (479 ratings, 240 images) on two busy cores: 1.2 s of CPU with one thread,
    14 s with two, which spin while the other one is not scheduled.
    """
    with threadpool_limits(limits=1):
        yield


def keep_to_one_core() -> None:
    """Hold what this thread computes with OpenMP, such as torch's layers, to one core from now on."""
    threadpool_limits(limits=1, user_api="openmp")
