"""One `run` for each data folder: a second is refused, and what a killed one left running is ended by the next."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from annotate import env
from annotate.benchmarks.installation import Installation, InstallationError, free_port, new_installation, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.long]


def alive(folder: Path) -> dict[int, str]:
    """Give the processes that run in a folder, with their commands: ours name it in their environment."""
    found = {}
    for process in psutil.process_iter():
        try:
            words, place = " ".join(process.cmdline()), process.environ().get("DATA_DIR", "")
            if process.status() != psutil.STATUS_ZOMBIE and str(folder) in words + place:
                found[process.pid] = words
        except psutil.Error:  # it ended meanwhile, or belongs to somebody else
            continue
    return found


def test_a_second_run_in_the_same_folder_is_refused_with_the_number_of_the_first() -> None:
    with new_installation("--only", "web") as first:
        before = alive(first.folder)
        second = Installation(folder=first.folder, port=free_port(), options=("--only", "beat"))
        said = second.command("run", "--no-demo", code=1)
        folder = (first.folder / "var").resolve()
        assert said == (
            f"CommandError: Process {first.pid} already runs Pamela in {folder}: stop that one, or give this one a "
            "folder of its own with DATA_DIR.\n"
        )
        assert first.is_healthy()
        assert set(alive(first.folder)) == set(before)


def clocks(folder: Path) -> list[str]:
    """List the processes there that send what is due."""
    return [words for words in alive(folder).values() if "celery" in words and " beat " in words]


def test_after_the_supervisor_was_killed_the_next_run_ends_what_it_left_and_serves() -> None:
    with new_installation("--only", "web", "beat", "io") as service:
        outsider = psutil.Popen(["sleep", "600"], env=env.child_environment(DATA_DIR=str(service.folder / "var")))
        os.kill(service.pid, signal.SIGKILL)
        assert service.process is not None
        service.process.wait()
        orphans = {pid for pid, words in alive(service.folder).items() if "granian" in words or "celery" in words}
        assert len(orphans) >= 3, alive(service.folder)
        service.start()
        wait_for(lambda: not orphans & set(alive(service.folder)), what="the end of the orphans", patience=30)
        wait_for(lambda: len(clocks(service.folder)) == 1, what="one process that sends what is due", patience=60)
        assert outsider.is_running()
        outsider.kill()
        outsider.wait()
        assert service.stop() == 0
        wait_for(lambda: not alive(service.folder), what="nothing to run there any more", patience=30)


def test_a_folder_is_free_again_once_its_run_has_ended() -> None:
    with new_installation("--only", "web") as service:
        service.stop()
        service.start()
        assert service.is_healthy()
        with pytest.raises(InstallationError):
            service.command("run", "--no-demo")
