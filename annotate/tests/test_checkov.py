"""What checkov asks of chart and container file holds, or is listed here with the reason why not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from annotate import env
from annotate.tests.test_chart import CASES, helm

CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"
EVERYTHING = ("",)
WITHOUT_HTTP = ("-default", "-send", "-io", "-embed", "-steer", "-train", "-beat")
ACCEPTED = {  # the check, and ends of the names of what may fail it
    "CKV_K8S_21": EVERYTHING,  # the namespace is that of `helm install --namespace`
    "CKV_K8S_11": EVERYTHING,  # a limit on CPU slows a rater's answer on a machine that has time; requests are set
    "CKV_K8S_35": EVERYTHING,  # settings are environment variables, on every way of running this
    "CKV_K8S_43": EVERYTHING,  # tags are versions; `image.digests` takes digests
    "CKV_K8S_15": EVERYTHING,  # a version is never built twice, so one that is there is the right one
    "CKV_K8S_8": WITHOUT_HTTP,  # a worker ends when it is ill, and signs of life are watched per queue
    "CKV_K8S_9": WITHOUT_HTTP,
    "CKV_K8S_38": ("-train",),  # with `TRAINING_LAUNCHER=jobset` it makes JobSets, by the token of its account
    "CKV_DOCKER_2": EVERYTHING,  # one image is web, worker and beat: composition and chart hold the checks of each
}

pytestmark = pytest.mark.slow


def failures(*, framework: str, file: Path) -> list[tuple[str, str]]:
    """Give what fails in a file: the check and the object."""
    if not CHECKOV.exists():
        pytest.skip("There is no checkov here: `sh deploy/ensure-checkov.sh .venv` brings it.")
    command = [str(CHECKOV), "--framework", framework, "--skip-download", "--quiet", "-o", "json", "-f", file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 0
    return [(one["check_id"], one["resource"]) for one in report["results"]["failed_checks"]]


def not_accepted(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give those that have no reason."""
    return sorted({(check, name) for check, name in found if not name.endswith(ACCEPTED.get(check, ()))})


@pytest.mark.parametrize("case", CASES)
def test_checkov_finds_nothing_in_the_chart_that_has_no_reason(case: str, tmp_path: Path) -> None:
    done = helm("template", "pamela", ".", "-f", f"ci/{case}.yaml")
    (tmp_path / "chart.yaml").write_text(done.stdout)
    assert not_accepted(failures(framework="kubernetes", file=tmp_path / "chart.yaml")) == []


def test_checkov_would_find_a_container_that_may_gain_rights(tmp_path: Path) -> None:
    done = helm("template", "pamela", ".", "-f", "ci/minimal.yaml")
    (tmp_path / "chart.yaml").write_text(
        done.stdout.replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")
    )
    found = not_accepted(failures(framework="kubernetes", file=tmp_path / "chart.yaml"))
    assert "CKV_K8S_20" in {check for check, _ in found}


def test_checkov_finds_nothing_in_the_container_file_that_has_no_reason(tmp_path: Path) -> None:
    shutil.copy(env.BASE_DIR / "deploy" / "Containerfile", tmp_path / "Dockerfile")  # the name that it looks for
    assert not_accepted(failures(framework="dockerfile", file=tmp_path / "Dockerfile")) == []
