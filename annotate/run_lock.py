"""One supervisor for each data folder: a lock that ends with its holder, and the end of what a killed one left."""

import fcntl
import os
import sys
from pathlib import Path
from typing import TextIO

import psutil

from annotate import env

MARK = "PAMELA_RUN_IN"  # names the data folder in the environment of every process that a supervisor starts
ENDS_WITHIN = 12.0  # s that a process has to end by itself


class AlreadyRunningError(Exception):
    """Say who else supervises this folder."""


def lock_folder() -> TextIO:
    """Take the data folder for this process, for as long as the file is open; raises `AlreadyRunningError`.

    The operating system frees the lock when the process ends, also by `kill -9`; children do not inherit it.
    """
    folder = env.data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise AlreadyRunningError(
            f"Process {holder} already runs Pamela in {folder}: stop that one, or give this one a folder of its own "
            "with DATA_DIR."
        ) from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def mark() -> dict[str, str]:
    """Give what a process's environment says when a supervisor of this folder started it."""
    return {MARK: str(env.data_dir())}


def end_leftovers() -> int:
    """End what a supervisor left that was killed; only for who holds the lock, as nobody else may own these then.

    Ours are those of this Python whose environment names the folder; database and broker go on, and are used again.
    """
    left = leftovers()
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:  # it ended by itself, which is what is wanted
            continue
    _, stubborn = psutil.wait_procs(left, timeout=ENDS_WITHIN)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=ENDS_WITHIN)
    return len(left)


def leftovers() -> list[psutil.Process]:
    """Find the processes that a supervisor of this folder had started, beside this process and what started it."""
    here = psutil.Process()
    spared = {here.pid, *(parent.pid for parent in here.parents())}
    return [process for process in psutil.process_iter() if process.pid not in spared and is_marked(process)]


def is_marked(process: psutil.Process) -> bool:
    """Tell whether a process is of this Python, and was started by a supervisor of this folder."""
    try:
        started_in = process.environ().get(MARK)
        return started_in == str(env.data_dir()) and Path(process.exe()) == Path(sys.executable).resolve()
    except (psutil.Error, OSError):  # it belongs to somebody else, or ended meanwhile
        return False
