"""Dumps and models reach a repository of the Hub whole, replace only what was pushed before, and go nowhere else."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import huggingface_hub.constants
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from annotate.tests.local_hub import TOKEN, LocalHub, serving_hub
from ratings.choices import JobState
from ratings.models import AuditEntry, Dump
from ratings.services.withdraw import withdraw_rater
from ratings.tasks import run_job
from ratings.tests.dumping import dumped, folder_of, make_birds
from ratings.tests.factories import make_staff, make_study
from scoring.models import HubPush
from scoring.tests.factories import make_version
from scoring.tests.learning import make_world, trained_version

pytestmark = pytest.mark.django_db(transaction=True)
BIRDS = "datasets/lab/birds"


@pytest.fixture
def hub(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """Serve a Hub that stores large files by LFS: its other way, xet, is a service that no test can be."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    with serving_hub() as local:
        settings.HF_ENDPOINT, settings.HF_TOKEN = local.address, TOKEN
        yield local


@pytest.fixture
def dump() -> Dump:
    return dumped(make_birds(), dump_format="hf", for_publication=True)


def push(*words: str) -> str:
    said = StringIO()
    call_command("push_to_hub", "birds", "lab/birds", *words, stdout=said, stderr=StringIO())
    return said.getvalue()


def files_of(dump: Dump) -> dict[str, bytes]:
    folder = folder_of(dump)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_own(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name != ".gitattributes"}


def test_a_dump_arrives_byte_for_byte_in_a_private_repository(hub: LocalHub, dump: Dump) -> None:
    assert push("--dump", "1") == f"v1 (hf) of birds is at {hub.address}/{BIRDS}/commit/1.\n"
    assert hub.private[BIRDS] is True
    assert without_own(hub.repositories[BIRDS]) == files_of(dump)
    assert hub.commits == ["Birds: v1 (hf)"]
    assert hub.uploads == len([name for name in files_of(dump) if name.endswith(".parquet")])
    entry = AuditEntry.objects.get(action="push-to-hub")
    assert (entry.target, entry.detail["repository"], entry.detail["public"]) == ("birds", "lab/birds", False)


def test_a_later_dump_replaces_the_files_of_an_earlier_one(hub: LocalHub, dump: Dump) -> None:
    push("--dump", "1")
    later = dumped(dump.study, dump_format="csv")
    push("--dump", "2")
    assert without_own(hub.repositories[BIRDS]) == files_of(later)


def test_a_repository_that_holds_other_things_or_is_seen_by_others_stays_as_it_is(hub: LocalHub, dump: Dump) -> None:
    hub.add(BIRDS, private=True, thesis=b"years of work")
    with pytest.raises(CommandError, match="lab/birds holds other things"):
        push("--dump", "1")
    hub.add(BIRDS, private=False)
    with pytest.raises(CommandError, match="is there already and is public, not private"):
        push("--dump", "1")
    assert (hub.commits, hub.uploads) == ([], 0)
    push("--dump", "1", "--public")
    assert len(hub.commits) == 1


def test_a_token_that_is_missing_or_may_not_write_is_named_and_never_shown(
    hub: LocalHub, dump: Dump, settings: LazySettings
) -> None:
    hub.is_read_only = True
    with pytest.raises(CommandError, match=r"lets this HF_TOKEN not write to lab/birds \(403\)") as refused:
        push("--dump", "1")
    assert TOKEN not in str(refused.value)
    settings.HF_TOKEN = "hf_stolen"
    with pytest.raises(CommandError, match=r"\(401\)"):
        push("--dump", "1")
    settings.HF_TOKEN = ""
    with pytest.raises(CommandError, match="HF_TOKEN is not set for the workers"):
        push("--dump", "1")
    settings.HF_TOKEN, settings.HF_ENDPOINT = TOKEN, "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="The Hub did not take lab/birds: "):
        push("--dump", "1")


def test_a_dump_since_which_a_rater_withdrew_is_not_sent(hub: LocalHub, dump: Dump) -> None:
    withdraw_rater(rater=dump.study.participations.all()[0].rater, actor=None)
    with pytest.raises(CommandError, match="Raters withdrew since dump v1 was made: make a new dump"):
        push("--dump", "1")
    assert not HubPush.objects.exists()


def test_a_dump_with_profiles_goes_to_a_public_repository_only_if_it_was_made_for_that(
    hub: LocalHub, dump: Dump
) -> None:
    dumped(dump.study, dump_format="hf")
    with pytest.raises(CommandError, match="make one for publication"):
        push("--dump", "2", "--public")
    push("--dump", "2")
    assert hub.private[BIRDS] is True


@pytest.mark.slow
def test_a_model_arrives_as_its_release_with_weights_card_and_code(hub: LocalHub) -> None:
    world = make_world(raters=6, each=24)
    version = trained_version(world.study)
    said = StringIO()
    call_command("push_to_hub", world.study.slug, "lab/reward", "--model", "--public", stdout=said, stderr=StringIO())
    files = hub.repositories["models/lab/reward"]
    assert hub.private["models/lab/reward"] is False
    assert json.loads(files["card.json"])["version"] == str(version)
    assert {"README.md", "example.py", "requirements.txt", "scoring/ml/release.py"} <= set(files)
    assert any(name.endswith(".safetensors") for name in files)


def answered(client: Client, address: str, **fields: Any) -> str:
    answer = client.post(address, {"_form_submitted": "True", **fields}, follow=True)
    return answer.content.decode()


def test_the_button_on_a_dump_has_a_worker_send_it_and_its_page_leads_to_the_commit(hub: LocalHub, dump: Dump) -> None:
    client = Client()
    client.force_login(make_staff("rosa", group="researcher"))
    page = f"/admin/ratings/dump/{dump.pk}/change/"
    action = f"/admin/ratings/dump/{dump.pk}/push_to_hub/"
    assert "Push to the Hub" in client.get(page).content.decode()
    assert "Write it as owner/name" in answered(client, action, repository="birds")
    assert not HubPush.objects.exists()
    answered(client, action, repository="lab/birds", is_public="on")
    job = HubPush.objects.get()
    assert (job.state, job.is_public, str(job.requested_by)) == (JobState.QUEUED, True, "rosa")
    run_job("scoring.HubPush", job.pk)
    assert f'href="{hub.address}/{BIRDS}/commit/1"' in client.get(page).content.decode()


def test_nobody_pushes_without_the_right_to_export_or_to_promote(dump: Dump) -> None:
    version = make_version(study=dump.study)
    client = Client()
    client.force_login(make_staff("ron", group="rater manager"))
    for address in (
        f"/admin/ratings/dump/{dump.pk}/push_to_hub/",
        f"/admin/scoring/modelversion/{version.pk}/push_to_hub/",
    ):
        answered(client, address, repository="lab/birds")
    assert not HubPush.objects.exists()


def test_a_push_is_of_one_thing_to_a_repository_that_can_be() -> None:
    study = make_study()
    version = make_version(study=study)
    for fields in ({"version": None}, {"version": version, "repository": "no owner"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HubPush.objects.create(study=study, **{"repository": "lab/birds", **fields})
