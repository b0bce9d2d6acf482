"""Machines that share the database and the bucket alone: what one wrote on its disk no other needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from annotate import env
from annotate.tests.databases import address_of_test_database
from ratings.models import Dump
from scoring.models import ModelState, ModelVersion
from scoring.tests.learning import make_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def on_a_machine(folder: Path, *words: str) -> str:
    """Run a command on a machine whose disk is empty before and lost after."""
    names = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": address_of_test_database(), "SECRET_KEY": "x" * 60}
    names.pop("DJANGO_SETTINGS_MODULE")  # the tests' own
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=env.BASE_DIR, env=names, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(folder, ignore_errors=True)
    return done.stdout


def test_one_machine_trains_another_releases_a_third_dumps_and_the_web_sends_it(
    bucket: str, researcher: Client, tmp_path: Path
) -> None:
    world = make_world(raters=4, each=20)
    slug = world.study.slug
    on_a_machine(tmp_path / "gpu", "retrain", "--study", slug, "--wait")
    assert ModelVersion.objects.get(study=world.study).state == ModelState.LIVE
    on_a_machine(tmp_path / "another", "export_model", slug, "--out", str(tmp_path / "release"))
    assert (tmp_path / "release" / "weights.safetensors").is_file()
    on_a_machine(
        tmp_path / "third", "export", slug, "--format", "csv", "--include-simulated", "--out", str(tmp_path / "out")
    )
    dump = Dump.objects.get(study=world.study)
    answer = researcher.get(reverse("admin:ratings_dump_file", args=[dump.pk, "ratings.csv"]))
    assert (answer.status_code, bucket in answer["Location"]) == (302, True)
