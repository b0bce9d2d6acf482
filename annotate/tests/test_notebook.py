"""The notebook of the documentation runs a study on a real service, with real workers, from creation to model."""

import json
import subprocess
import sys

import pytest

from annotate import env
from annotate.benchmarks.installation import new_installation

NOTEBOOK = env.BASE_DIR / "docs" / "notebooks" / "study.ipynb"
TOKEN = (
    "from ratings.tests.factories import make_api_key, make_staff;"
    "print('TOKEN', make_api_key(user=make_staff('notebook', group='researcher')))"
)
AS_INSTALLED = "import sys, scoring.client; sys.modules['pamela_client'] = scoring.client\n"
SHOW = "\nprint('BEST', best['warm'], best['cold'])\n"


def cells() -> list[dict[str, object]]:
    """Give the cells of the notebook."""
    found: list[dict[str, object]] = json.loads(NOTEBOOK.read_text())["cells"]
    return found


def code_of_cells() -> str:
    """Give all code, in order."""
    sources = [one["source"] for one in cells() if one["cell_type"] == "code"]
    return "\n\n".join("".join(source) for source in sources if isinstance(source, list))


def test_the_notebook_is_stored_without_outputs() -> None:
    assert [one["id"] for one in cells() if one.get("outputs") or one.get("execution_count")] == []


@pytest.mark.slow
def test_the_notebook_finds_the_best_picture_for_each_of_two_opposite_tastes() -> None:
    with new_installation() as service:
        printed = service.command("shell", "-c", TOKEN)
        token = printed.rpartition("TOKEN ")[2].split()[0]
        names = {**service.environment, "PAMELA_URL": f"http://127.0.0.1:{service.port}", "PAMELA_TOKEN": token}
        command = [sys.executable, "-c", AS_INSTALLED + code_of_cells() + SHOW]
        done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + service.log[-2000:]
    assert "succeeded 1 live" in done.stdout
    warm, cold = map(int, done.stdout.rpartition("BEST ")[2].split())
    assert warm >= 5, done.stdout  # of eight, from cold to warm
    assert cold <= 2, done.stdout
