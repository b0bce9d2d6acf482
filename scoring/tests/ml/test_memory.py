"""What a process frees stays with it, in whichever thread it was taken."""

import platform
import subprocess
import sys

import pytest

TAKE_AND_FREE = """
import ctypes, resource, threading
from scoring.ml.memory import keep_freed_memory

if {keeps}:
    assert keep_freed_memory()

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
size = 60 * 2**20

def take_and_free():
    taken = libc.malloc(ctypes.c_size_t(size))
    ctypes.memset(taken, 1, size)
    libc.free(taken)

def count():
    take_and_free()
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(5):
        take_and_free()
    print(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

thread = threading.Thread(target=count)
thread.start()
thread.join()
"""


def pages_taken_again(*, keeps: bool) -> int:
    """Take and free 60 MiB five times in a thread of a new process; give the pages that the kernel handed out."""
    program = TAKE_AND_FREE.format(keeps=keeps)
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc takes these settings")
def test_what_a_thread_frees_is_used_again() -> None:
    assert pages_taken_again(keeps=False) > 5 * 1000
    assert pages_taken_again(keeps=True) < 100
