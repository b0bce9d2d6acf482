"""Keep linear algebra on one core: there its result depends on its inputs alone, and small matrices are fastest.

The rule of `scoring.ml` and `scoring.pipeline`: the same data, settings and seed give the same model bit for bit, in
any process, with any other work on the machine and on any number of cores. What that takes of code:

- What fits, adapts or predicts runs inside `one_thread`, or in a thread that began with `limit_to_one_thread`,
  as threads do that run a network or score for callers.
  The number of threads decides in which order BLAS and OpenMP add. A library that is loaded inside is not limited: code
  that computes with torch uses `one_thread` itself, since its caller may not have loaded torch yet.
- A network sees batches of one shape, `encoders.base.run_network`: the size of a batch chooses the kernels.
- Every routine that may draw gets the seed. SciPy's `svds` takes one, but draws restarts from the operating system.
- Rows are added up in the order of the data, never in that of a set or of threads that end.
- Nothing is chosen by how long it took.

Nothing is rounded on the way: that would only move the place where a small difference becomes a large one. On another
kind of processor, whose kernels round differently, predictions agree to TOLERANCE of the scale of ratings, and no
comparison of models may rest on less. (A GPU embeds in half precision; how far that moves a model was not measured.)
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController, threadpool_limits

# Measured on 24 made-up pictures and 8 raters, who say too little to hold a fit in place: kernels for Skylake against
# those for Haswell move a prediction by 0.00007 of the scale; features changed by a millionth of themselves, by 0.0002.
TOLERANCE = 1e-3


@contextmanager
def one_thread() -> Iterator[None]:
    """Run NumPy, SciPy and torch with one thread each inside; several threads may be inside at once.

    Torch gets back what this thread had before. BLAS has one pool for all threads and stays at one: a thread that
    gave the number back would give it to those that are still inside.

    Measured on the demo (479 ratings, 240 images) on two busy cores: 1.2 s of CPU with one thread,
    14 s with two, which spin while the other one is not scheduled.
    """
    initialise_torch_threads()
    threadpool_limits(limits=1, user_api="blas")
    with ThreadpoolController().select(user_api="openmp").limit(limits=1):
        yield


def limit_to_one_thread() -> None:
    """Hold what this thread computes to one core from now on: torch's layers for itself, BLAS for the whole process."""
    initialise_torch_threads()
    threadpool_limits(limits=1)


def initialise_torch_threads() -> None:
    """Let torch set this thread's number of threads now, as it does once for each thread that it computes in."""
    if "torch" in sys.modules:
        torch = importlib.import_module("torch")  # which waits for another thread that is still importing it
        torch.get_num_threads()
