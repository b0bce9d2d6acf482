"""The same data, settings and seed give the same vectors and the same model, bit for bit, in any process."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch  # noqa: TID253 - what is tested here
from safetensors.numpy import load_file
from threadpoolctl import threadpool_info

from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.threads import TOLERANCE, limit_to_one_thread, one_thread
from scoring.tests.ml.fitting import pictures

ROOT = Path(__file__).parents[3]
# Threads, the order of sets, where arrays lie in memory and what lies there before they are filled.
PLAIN = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}
THREADS = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "2"}
MEMORY = {"MALLOC_PERTURB_": "165", "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=65536"}
OTHER_KERNELS = PLAIN | {"OPENBLAS_CORETYPE": "Sandybridge"}  # as on a processor without fused multiply-add


def fitted_in(folder: Path, *surroundings: dict[str, str]) -> list[dict[str, Any]]:
    """Fit in processes side by side, so that each is in the others' way; give what came out of each."""
    files = [folder / f"{place}.safetensors" for place in range(len(surroundings))]
    at_once = [
        subprocess.Popen([sys.executable, "-m", "scoring.tests.ml.fitting", file], cwd=ROOT, env={**os.environ, **more})
        for file, more in zip(files, surroundings, strict=True)
    ]
    assert [process.wait() for process in at_once] == [0] * len(surroundings)
    return [load_file(file) for file in files]


@pytest.mark.slow
def test_processes_of_other_surroundings_get_the_same_vectors_and_models(tmp_path: Path) -> None:
    plain, surrounded, otherwise = fitted_in(tmp_path, PLAIN, THREADS | MEMORY, OTHER_KERNELS)
    assert set(plain) == {"vectors", "model", "transformer"}
    for name, expected in plain.items():
        assert np.array_equal(surrounded[name], expected), name
        assert otherwise[name] == pytest.approx(expected, abs=TOLERANCE), name


@pytest.fixture
def torch_of_two_threads() -> Iterator[None]:
    """Set how many threads torch uses, which it then gives to every thread that computes."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("torch_of_two_threads")
@pytest.mark.slow
def test_neither_other_images_in_the_batch_nor_more_threads_change_a_vector() -> None:
    encoder, images = build_encoder(DEFAULT_KEY), pictures()
    together = encode_images(encoder, images)
    assert np.array_equal(encode_images(encoder, images[::-1])[::-1], together)
    assert np.array_equal(encode_images(encoder, images[3:8]), together[3:8])


@pytest.mark.usefixtures("torch_of_two_threads")
def test_torch_keeps_to_one_core_where_it_has_been_asked_for_more() -> None:
    found: list[int] = []

    def compute() -> None:
        limit_to_one_thread()
        found.append(torch.get_num_threads())

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    with one_thread():
        found.append(torch.get_num_threads())
    assert found == [1, 1]


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_thread_that_has_finished_leaves_the_others_on_one_core() -> None:
    entered, leave = threading.Event(), threading.Event()

    def compute() -> None:
        with one_thread():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=compute)
    thread.start()
    entered.wait()
    with one_thread():
        leave.set()
        thread.join()
        assert blas_threads() == {1}


HALF_THERE = """
import builtins, threading

from scoring.ml.threads import limit_to_one_thread

builtins.begun, builtins.go_on = threading.Event(), threading.Event()
threading.Thread(target=__import__, args=("torch",)).start()
begun.wait()
threading.Timer(0.2, go_on.set).start()
limit_to_one_thread()
assert go_on.is_set()
"""
SLOW_TORCH = "begun.set()\ngo_on.wait()\n\n\ndef get_num_threads():\n    return 1\n"


def test_a_thread_that_begins_while_another_imports_torch_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(SLOW_TORCH)
    folders = os.pathsep.join([str(tmp_path), str(ROOT)])
    command, names = [sys.executable, "-c", HALF_THERE], {**os.environ, "PYTHONPATH": folders}
    done = subprocess.run(command, env=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
