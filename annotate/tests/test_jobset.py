"""Training over pods of a JobSet: what is asked of the cluster, how it ends, and that nothing is done or left twice."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import psutil
import pytest
import yaml
from django.conf import LazySettings

from annotate import env
from annotate.tests.cluster import Cluster, cluster_here, end_with, pod_command
from annotate.tests.test_chart import helm, objects, require_known_fields
from annotate.tests.test_web_process import PRODUCTION
from ratings.stores.folders import training_store
from scoring.exceptions import LaunchError
from scoring.pipeline.launching.choice import chosen_launcher
from scoring.pipeline.launching.cluster import ClusterApi
from scoring.pipeline.launching.jobset import PORT, JobSetLauncher
from scoring.tests.shared_training import be_silent, predicted_by_paper, trained_weights


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Serve the API, which takes only what the kind and Kubernetes know."""
    with cluster_here(tmp_path) as found:
        found.check = require_known
        yield found


def require_known(manifest: dict[str, Any]) -> None:
    """Raise where the JobSet, or the Jobs that it makes, have a field that nobody knows."""
    require_known_fields(manifest)
    (job,) = manifest["spec"]["replicatedJobs"]
    name = f"{manifest['metadata']['name']}-{job['name']}-0"
    longest = f"{name}-{job['template']['spec']['completions'] - 1}-abcde"
    assert len(longest) <= 63, longest  # the host name of a pod
    require_known_fields({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, **job["template"]})


def template(*changes: str) -> dict[str, Any]:
    """Give the description that the chart writes, here of two pods without GPUs."""
    done = helm("template", "pamela", ".", "-f", "ci/minimal.yaml", "--set", "training.launcher=jobset", *changes)
    assert done.returncode == 0, done.stderr
    maps = [one for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "ConfigMap"]
    (found,) = [one for one in maps if one["metadata"]["name"] == "pamela-training"]
    made: dict[str, Any] = json.loads(found["data"]["jobset.json"])
    return made


def launcher_of(cluster: Cluster, *, patience: float = 20.0) -> JobSetLauncher:
    """Give a launcher into this cluster."""
    api = ClusterApi(address=cluster.address, account=cluster.account, patience=patience)
    return JobSetLauncher(template=template(), api=api, store=training_store(), fewest_ratings=1, seconds=0.05)


def launch(launcher: JobSetLauncher, folder: Path, tell: Callable[[float], None] = be_silent) -> None:
    """Launch what needs no training: one file to hand over."""
    folder.mkdir()
    (folder / "settings.json").write_text("{}")
    launcher.launch(folder, 2, tell)


def hand_network_over(cluster: Cluster, name: str) -> None:
    """Be two pods that train at once."""
    from scoring.pipeline.launching.node import keep_files

    file = cluster.account.parent / "network.json"
    file.write_text('"a network"')
    keep_files(training_store(), f"{name}/network", [file])
    cluster.end(name, "Completed")


def left_in_store(tmp_path: Path) -> list[Path]:
    """List the files of trainings that are still there."""
    return [path for path in (tmp_path / "training").rglob("*") if path.is_file()]


def test_the_network_comes_back_and_nothing_is_left(cluster: Cluster, tmp_path: Path) -> None:
    cluster.on_create = hand_network_over
    launch(launcher_of(cluster), tmp_path / "work")
    assert (tmp_path / "work" / "network.json").read_text() == '"a network"'
    assert cluster.calls == ["POST", "GET", "GET", "DELETE"]  # made, looked at, still ours, deleted
    assert (cluster.jobsets, left_in_store(tmp_path)) == ({}, [])


def test_pods_get_the_name_of_the_first_one_as_the_headless_service_gives_it(cluster: Cluster, tmp_path: Path) -> None:
    made: list[dict[str, Any]] = []

    def keep(cluster: Cluster, name: str) -> None:
        made.append(cluster.jobsets[name])
        hand_network_over(cluster, name)

    cluster.on_create = keep
    launch(launcher_of(cluster), tmp_path / "work")
    name = made[0]["metadata"]["name"]
    assert name.startswith("pamela-network-")
    assert pod_command(made[0], 1) == [
        *("python", "manage.py", "train_node", name, "--nodes", "2", "--processes", "1"),
        *("--first", f"{name}-node-0-0.{name}:{PORT}", "--index", "1", "--address", "127.0.0.1"),
    ]


def test_gpus_and_pods_of_the_full_case_make_as_many_processes(cluster: Cluster) -> None:
    (found,) = [one for one in objects("full") if one["kind"] == "ConfigMap" and "jobset.json" in one["data"]]
    described = json.loads(found["data"]["jobset.json"])
    launcher = replace(launcher_of(cluster), template=described, fewest_ratings=1000)
    assert launcher.processes_for(1000) == 4 * 8
    assert launcher.processes_for(999) == 1
    require_known(described)


def test_an_api_that_is_away_for_a_moment_is_asked_again_and_makes_one_jobset(cluster: Cluster, tmp_path: Path) -> None:
    cluster.trouble, cluster.lost_answers = [503, 0, 429], 1
    cluster.on_create = hand_network_over
    launch(launcher_of(cluster), tmp_path / "work")
    assert cluster.calls == ["POST", "POST", "GET", "GET", "GET", "DELETE"]  # the second is in the way, and ours
    assert len(cluster.deleted) == 1


def test_an_api_that_stays_away_is_given_up(cluster: Cluster, tmp_path: Path) -> None:
    cluster.trouble = [503] * 1000
    with pytest.raises(LaunchError, match="does not answer: POST was answered with 503"):
        launch(launcher_of(cluster, patience=0.1), tmp_path / "work")
    assert left_in_store(tmp_path) == []


def test_what_is_forbidden_is_said_and_not_tried_again(cluster: Cluster, tmp_path: Path) -> None:
    cluster.is_permitted = False
    with pytest.raises(LaunchError, match=r"\(403\): jobsets.* is forbidden.* may create, get and delete jobsets"):
        launch(launcher_of(cluster), tmp_path / "work")
    assert (cluster.calls, left_in_store(tmp_path)) == ([], [])


def test_a_token_that_the_cluster_does_not_know_and_a_certificate_of_others_are_refused(
    cluster: Cluster, tmp_path: Path
) -> None:
    launcher = launcher_of(cluster, patience=0.1)
    (cluster.account / "token").write_text("stale")
    with pytest.raises(LaunchError, match=r"\(401\): Unauthorized"):
        launcher.api.find("x")
    (cluster.account / "ca.crt").unlink()
    with pytest.raises(LaunchError, match="CERTIFICATE_VERIFY_FAILED"):
        launcher.api.find("x")
    (cluster.account / "token").unlink()
    with pytest.raises(LaunchError, match="there is no readable token"):
        launcher.api.find("x")


def test_a_cluster_without_jobsets_says_so(cluster: Cluster, tmp_path: Path) -> None:
    (cluster.account / "namespace").write_text("elsewhere")
    with pytest.raises(LaunchError, match="install its controller"):
        launch(launcher_of(cluster), tmp_path / "work")


def test_another_jobset_of_the_name_is_left_alone(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _size: "0" * 12)  # a name that was drawn before
    cluster.jobsets["pamela-network-000000000000"] = {"metadata": {"name": "pamela-network-000000000000"}}
    with pytest.raises(LaunchError, match=r"There is another JobSet called pamela-network-0+: nothing was started"):
        launch(launcher_of(cluster), tmp_path / "work")
    assert list(cluster.jobsets) == ["pamela-network-000000000000"]


def test_one_that_was_deleted_under_way_ends_the_wait(cluster: Cluster, tmp_path: Path) -> None:
    def delete(share: float) -> None:
        cluster.jobsets.clear()

    with pytest.raises(LaunchError, match="was deleted before it had ended"):
        launch(launcher_of(cluster), tmp_path / "work", delete)
    assert left_in_store(tmp_path) == []


def test_cancelling_deletes_the_jobset_with_its_pods(cluster: Cluster, tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        raise InterruptedError("cancelled")

    with pytest.raises(InterruptedError, match="cancelled"):
        launch(launcher_of(cluster), tmp_path / "work", cancel)
    assert len(cluster.deleted) == 1
    assert (cluster.jobsets, left_in_store(tmp_path)) == ({}, [])


def test_one_that_failed_is_made_once_and_stays_to_be_read(cluster: Cluster, tmp_path: Path) -> None:
    cluster.on_create = lambda cluster, name: cluster.end(
        name, "Failed", "jobset failed due to one or more job failures"
    )
    with pytest.raises(LaunchError, match="failed: jobset failed due to one or more job failures `kubectl logs"):
        launch(launcher_of(cluster), tmp_path / "work")
    assert cluster.calls.count("POST") == 1
    assert (len(cluster.jobsets), left_in_store(tmp_path)) == (1, [])


def test_the_settings_choose_the_launcher(cluster: Cluster, settings: LazySettings, tmp_path: Path) -> None:
    assert chosen_launcher().processes_for(1) == 1
    settings.TRAINING_LAUNCHER, settings.TRAINING_JOBSET = "jobset", str(tmp_path / "jobset.json")
    with pytest.raises(LaunchError, match="describes no JobSet"):
        chosen_launcher()
    (tmp_path / "jobset.json").write_text(json.dumps(template()))
    settings.KUBERNETES_API = ""
    with pytest.raises(LaunchError, match="KUBERNETES_API is not set"):
        chosen_launcher()
    settings.KUBERNETES_API, settings.KUBERNETES_ACCOUNT = cluster.address, str(cluster.account)
    assert chosen_launcher().processes_for(1_000_000) == 2


def test_the_cluster_around_a_pod_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert env.cluster_api() == ""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")
    assert env.cluster_api() == "https://[fd00::1]:6443"
    monkeypatch.setenv("KUBERNETES_API", "https://elsewhere")
    assert env.cluster_api() == "https://elsewhere"


def test_only_the_worker_that_trains_may_make_jobsets_and_only_these() -> None:
    accounts = {
        one["metadata"]["name"]: (pod["serviceAccountName"], pod["automountServiceAccountToken"])
        for one in objects("full")
        if one["kind"] == "Deployment"
        for pod in [one["spec"]["template"]["spec"]]
    }
    assert {name for name, (_, has_token) in accounts.items() if has_token} == {"pamela-train"}
    assert accounts["pamela-train"] == ("pamela-training", True)
    (role,) = [one for one in objects("full") if one["kind"] == "Role"]
    assert role["rules"] == [
        {"apiGroups": ["jobset.x-k8s.io"], "resources": ["jobsets"], "verbs": ["create", "get", "delete"]}
    ]
    (binding,) = [one for one in objects("full") if one["kind"] == "RoleBinding"]
    assert [one["name"] for one in binding["subjects"]] == ["pamela-training"]
    assert "Role" not in {one["kind"] for one in objects("minimal")}


def start_pods(cluster: Cluster, name: str, folder: Path, *, broken: int | None = None) -> None:
    """Start both pods as processes with a disk of their own each; a cluster would know the first one's name."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    pods = []
    for index in range(2):
        words = pod_command(cluster.jobsets[name], index)
        words[words.index("--first") + 1] = f"127.0.0.1:{port}"
        if index == broken:
            words[words.index("--processes") + 1] = "-1"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "PAMELA_"))}
        names = {**kept, **PRODUCTION, "DATA_DIR": str(folder / f"pod-{index}"), "OMP_NUM_THREADS": "1"}
        with (folder / f"log-{index}").open("w") as log:
            command = [sys.executable, *words[1:]]
            pods.append(
                subprocess.Popen(command, cwd=env.BASE_DIR, env=names, stdout=log, stderr=subprocess.STDOUT, text=True)
            )
    end_with(cluster, name, pods)


def processes_of(name: str) -> list[int]:
    """Give the processes that take part in a training, also those that have lost their parents."""
    return [one.pid for one in psutil.process_iter(["cmdline"]) if name in (one.info["cmdline"] or ())]


@pytest.mark.slow
def test_two_pods_without_a_shared_disk_train_the_network_of_one_process(
    cluster: Cluster, bucket: str, tmp_path: Path
) -> None:
    cluster.on_create = lambda cluster, name: start_pods(cluster, name, tmp_path)
    shares: list[float] = []
    together = trained_weights(launcher_of(cluster), shares.append)
    for name, array in trained_weights().items():
        assert together[name] == pytest.approx(array, abs=2e-3), name
    assert shares == sorted(shares)
    logs = [(tmp_path / f"log-{index}").read_text() for index in range(2)]
    assert sorted(log.splitlines()[-1] for log in logs) == [
        "Trained: another machine hands the network over.",
        "Trained: the network is in the store.",
    ]
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=bucket)
    assert (len(cluster.deleted), cluster.jobsets) == (1, {})


@pytest.mark.slow
def test_a_pod_that_fails_fails_the_training_once(cluster: Cluster, bucket: str, tmp_path: Path) -> None:
    cluster.on_create = lambda cluster, name: start_pods(cluster, name, tmp_path, broken=0)
    with pytest.raises(LaunchError, match=r"failed: pods \[0, 1\] failed"):
        trained_weights(launcher_of(cluster))
    assert processes_of(*cluster.jobsets) == []  # the pod that waited for the other has ended what it had started
    assert cluster.calls.count("POST") == 1
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=bucket)


@pytest.mark.slow
def test_the_papers_network_is_trained_where_the_launcher_says(cluster: Cluster, bucket: str, tmp_path: Path) -> None:
    cluster.on_create = lambda cluster, name: start_pods(cluster, name, tmp_path)
    found = predicted_by_paper(launcher_of(cluster))
    here = predicted_by_paper()
    assert len(cluster.deleted) == 1
    assert np.corrcoef(found, here)[0, 1] > 0.8  # dropout draws differ between processes
