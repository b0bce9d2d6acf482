"""Each page of the documentation opens with a program, and the programs run on a real installation."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from annotate import env
from annotate.benchmarks.installation import Installation, new_installation
from annotate.reference.pages import PAGES

DOCS = env.BASE_DIR / "docs"
FIRST = "getting-started.md"  # makes the study that the other programs use
SHOWN_ONLY = {
    "index.md": "runs until it is stopped; the other programs run on what it starts",
    "operating.md": "needs Docker",
    "comfyui.md": "needs ComfyUI",
}
RUN = [
    *("api.md", "architecture.md", "client.md", "data-model.md", "dumps.md", "glossary.md", "guarantees.md"),
    "notifications.md",
    *("importing.md", "research.md", "reward.md", "runbooks.md", "security.md", "steering.md", "studies.md"),
]
RUN_ELSEWHERE = {
    "notebooks/study.ipynb": "annotate/tests/test_notebook.py",
    "mcp.md": "annotate/tests/test_mcp.py",
    "trainers.md": "scoring/tests/client/test_trainers.py",
    "finetuning.md": "scoring/tests/client/test_preference_training.py",
}
OPENING = re.compile(r'^```(?P<language>\S*)(?: title="[^"]+")?\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)
CLIENT = "import sys, scoring.client; sys.modules['pamela_client'] = scoring.client\n"
TOKEN = (
    "from ratings.tests.factories import make_api_key, make_staff;"
    "print('TOKEN', make_api_key(user=make_staff('reader', group='researcher')))"
)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a page opens with."""

    language: str
    code: str


def opening_program(name: str) -> Program | None:
    """Give the first block of code of a page, if it is a program and stands before the first section."""
    found = OPENING.search((DOCS / name).read_text().partition("\n## ")[0])
    if found is None or found["language"] not in {"sh", "bash", "python"}:
        return None
    return Program(language=found["language"], code=found["code"])


def written_pages() -> set[str]:
    """Name the pages that people write: all but the generated ones."""
    pages = [path for ending in ("*.md", "*.ipynb") for path in DOCS.rglob(ending)]
    return {str(path.relative_to(DOCS)) for path in pages} - PAGES.keys()


def test_every_page_opens_with_a_program_that_is_run_or_named_as_shown_only() -> None:
    assert written_pages() == {FIRST, *RUN, *SHOWN_ONLY, *RUN_ELSEWHERE}
    pages = [name for name in sorted(written_pages()) if name.endswith(".md")]
    assert [name for name in pages if opening_program(name) is None] == []


@pytest.mark.parametrize(("name", "tests"), RUN_ELSEWHERE.items())
def test_a_page_that_is_run_elsewhere_is_named_there(name: str, tests: str) -> None:
    assert Path(name).name in (env.BASE_DIR / tests).read_text()


@pytest.mark.parametrize("name", SHOWN_ONLY)
def test_a_program_that_is_only_shown_is_well_formed_and_names_files_that_are_there(name: str) -> None:
    program = opening_program(name)
    assert program is not None
    done = subprocess.run(["bash", "-n"], input=program.code, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    named = set(re.findall(r"(?:deploy|scoring)/[\w./-]+", program.code)) - {
        "deploy/production.env"
    }  # the copy that it makes
    assert [path for path in named if not (env.BASE_DIR / path).exists()] == []


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A folder that looks like the project's to a reader's program, beside a running installation."""

    service: Installation
    folder: Path
    token: str

    def run_opening(self, name: str) -> str:
        """Run the opening program of a page to its end, and give what it printed."""
        program = opening_program(name)
        assert program is not None
        code = program.code.replace("pamela_…", self.token)
        code = code.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{self.service.port}")
        shell = ["bash", "-euo", "pipefail", "-c", code]
        command = [sys.executable, "-c", CLIENT + code] if program.language == "python" else shell
        names = {**self.service.environment, "PYTHONPATH": str(env.BASE_DIR)}
        done = subprocess.run(command, cwd=self.folder, env=names, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr + self.service.log[-2000:]
        return done.stdout


def lay_out(folder: Path) -> None:
    """Put into a folder what programs name: the commands, the descriptions and some pictures."""
    for name in ("manage.py", "deploy"):
        (folder / name).symlink_to(env.BASE_DIR / name)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')  # a link to it would lose its packages
    python.chmod(0o755)
    (folder / "photos").mkdir()
    for name, colour in (("one.png", "red"), ("two.png", "blue"), ("photos/a.png", "green"), ("photos/b.png", "teal")):
        Image.new("RGB", (64, 64), colour).save(folder / name)
    (folder / "photos" / "images.csv").write_text("image,prompt\na.png,a meadow\nb.png,a lake\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start one installation for all pages, with the study that the first page makes."""
    folder = tmp_path_factory.mktemp("desk")
    lay_out(folder)
    with new_installation() as service:
        token = service.command("shell", "-c", TOKEN).rpartition("TOKEN ")[2].split()[0]
        found = Desk(service=service, folder=folder, token=token)
        printed = found.run_opening(FIRST)
        assert "succeeded" in printed
        yield found


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", RUN)
def test_the_opening_program_of_a_page_runs(name: str, desk: Desk) -> None:
    desk.run_opening(name)
