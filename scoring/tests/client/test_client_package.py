"""The client installs as a package of its own, and imports nothing of the server."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import scoring

PROGRAM = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"scoring", "ratings", "annotate", "django", "torch", "pandas"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
from pamela_client import Pamela, RewardModel
print(Pamela("http://127.0.0.1:9/", "token").taste("ann", study="harbour").rater)
"""


@pytest.mark.slow
def test_the_wheel_holds_all_that_a_caller_needs(tmp_path: Path) -> None:
    source = shutil.copytree(Path(scoring.__file__).parent / "client", tmp_path / "client")  # pip builds in there
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(tmp_path), str(source)], check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("pamela_client-*.whl")
    target = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True, cwd=tmp_path)
    assert (target / "pamela_client" / "py.typed").is_file()
    program = f"import sys; sys.path.insert(0, {str(target)!r})\n{PROGRAM}"
    said = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.stdout.strip(), said.returncode) == ("ann", 0), said.stderr
