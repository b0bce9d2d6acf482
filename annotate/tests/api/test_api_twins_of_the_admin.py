"""What an admin does by hand, a script does by a call: the same act, the same rows, the same audit entries."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api_staff import STUDIES, change, script_of, send
from ratings.choices import ConsentKind, DeliveryKind, JobState, OffReason, StudyState
from ratings.models import (
    AuditEntry,
    Delivery,
    Dump,
    Image,
    Invitation,
    Notification,
    ProlificStudy,
    Rater,
    Study,
    StudyMember,
    Subscription,
)
from ratings.services.permissions import ensure_groups
from ratings.stores.uploads import upload_store
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_api_key, make_participation, make_staff, make_study, make_study_image
from scoring.models import HubPush
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    return script_of(group="researcher")


def put(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Put JSON; give status and answer."""
    answer = client.put(f"{STUDIES}{path}", body, content_type="application/json")
    return answer.status_code, answer.json()


def make_dump(study: Study) -> Dump:
    """Make a dump of one file."""
    (dumps_folder() / "one").mkdir(parents=True)
    (dumps_folder() / "one" / "ratings.csv").write_text("a\n")
    manifest = {"files": [{"path": "ratings.csv", "bytes": 2, "sha256": "0" * 64}]}
    ready = {"state": JobState.READY, "folder": "one", "manifest": manifest}
    return Dump.objects.create(study=study, version=1, format="csv", **ready)


def entries(action: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Give who did what to what, and the detail."""
    rows = AuditEntry.objects.filter(action=action).order_by("pk")
    return [(row.actor.get_username() if row.actor else "", row.target, row.detail) for row in rows]


def test_details_of_a_picture_are_changed_in_one_study_and_models_look_again(script: Client) -> None:
    study, other = make_study(slug="harbour"), make_study(slug="quay")
    entry = make_study_image(study=study, name="set/red.png", metadata={"seed": 1})
    twin = make_study_image(study=other, image=entry.image, prompt="theirs")
    stated = {"prompt": "a red boat", "metadata": {"seed": 7, "style": "ink", "cfg": 2.5, "upscaled": False}}
    status, found = change(script, "/harbour/images/set/red.png", stated)
    assert (status, found["prompt"], found["metadata"]) == (200, stated["prompt"], stated["metadata"])
    entry.refresh_from_db()
    twin.refresh_from_db()
    assert (entry.prompt, entry.is_redescribed, twin.prompt, twin.is_redescribed) == (
        "a red boat",
        True,
        "theirs",
        False,
    )
    assert script.get(f"{STUDIES}/harbour/images/{entry.image.sha256}").json() == found
    ((who, target, detail),) = entries("change")
    assert (who, target, detail["fields"]["prompt"]) == ("script-researcher", f"harbour {entry}", ["", "a red boat"])
    assert change(script, "/harbour/images/set/red.png", stated)[0] == 200
    assert len(entries("change")) == 1  # the same again changes nothing


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"promt": "x"}, "promt"),
        ({"domain": "x" * 101}, "domain"),
        ({"metadata": {"boxes": [1]}}, "metadata"),
        ({"metadata": {"a\x00b": 1}}, "metadata"),
        ({"metadata": {"a": "\ud800"}}, "metadata"),
    ],
)
def test_details_that_cannot_be_kept_are_named_and_change_nothing(
    script: Client, body: dict[str, Any], field: str
) -> None:
    entry = make_study_image(study=make_study(slug="harbour"), name="red.png")
    status, answer = change(script, "/harbour/images/red.png", body)
    assert (status, {name.split(".")[0] for name in answer["fields"]}) == (400, {field})
    entry.refresh_from_db()
    assert (entry.prompt, entry.metadata, entries("change")) == ("", {}, [])


def test_details_changed_in_the_admin_are_the_same_act(script: Client, researcher: Client) -> None:
    entry = make_study_image(study=make_study(slug="harbour"), name="red.png")
    fields = {"study_images-0-id": entry.pk, "study_images-0-image": entry.image_id, "study_images-0-prompt": "ink"}
    counts = {"study_images-TOTAL_FORMS": 1, "study_images-INITIAL_FORMS": 1}
    page = reverse("admin:ratings_image_change", args=[entry.image_id])
    assert researcher.post(page, {**counts, **fields}).status_code == 302
    entry.refresh_from_db()
    assert (entry.prompt, entry.is_redescribed) == ("ink", True)
    ((_, target, detail),) = entries("change")
    assert (target, detail["fields"]) == (f"harbour {entry}", {"prompt": ["", "ink"]})


def test_pictures_are_archived_once_no_study_shows_them_and_restored(script: Client) -> None:
    entry = make_study_image(study=make_study(slug="harbour"), name="red.png")
    body = {"images": ["red.png"], "archived": True}
    assert send(script, "/harbour/images/archive", body)[0] == 409
    off = {"images": ["red.png"], "reason": OffReason.DAMAGED}
    assert send(script, "/harbour/images/off", off)[0] == 200
    assert send(script, "/harbour/images/archive", body) == (200, {"changed": 1})
    assert send(script, "/harbour/images/archive", body) == (200, {"changed": 0})
    assert Image.objects.get(pk=entry.image_id).archived_at is not None
    assert send(script, "/harbour/images/archive", {**body, "archived": False}) == (200, {"changed": 1})
    assert [target for _, target, _ in entries("archive-images")] == ["images"]


def test_pictures_that_somebody_elses_study_holds_are_not_archived() -> None:
    entry = make_study_image(study=make_study(slug="harbour"), name="red.png", is_active=False)
    make_study_image(study=make_study(slug="quay"), image=entry.image)
    ensure_groups()
    person = make_staff("mia")
    StudyMember.objects.create(user=person, study=entry.study, role="researcher")
    mia = Client(headers={"authorization": f"Bearer {make_api_key(user=person)}"})
    status, answer = send(mia, "/harbour/images/archive", {"images": ["red.png"], "archived": True})
    assert (status, answer["code"]) == (403, "rights_refused")


def test_a_rater_is_withdrawn_by_a_name_that_pages_show() -> None:
    participation = make_participation(study=make_study(slug="harbour"), external_id="P1")
    keeper = script_of(group="rater manager")
    assert keeper.delete(f"{STUDIES}/harbour/participants/P2").status_code == 404
    assert keeper.delete(f"{STUDIES}/harbour/participants/P1").status_code == 204
    assert not Rater.objects.filter(pk=participation.rater_id).exists()
    assert [(who, target) for who, target, _ in entries("withdraw")] == [("script-rater-manager", "rater")]


def test_roles_in_a_study_are_given_changed_and_taken() -> None:
    make_study(slug="harbour")
    make_staff("mia")
    head = script_of(group="admin")
    assert put(head, "/harbour/members/mia", {"role": "researcher"})[1]["role"] == "researcher"
    assert put(head, "/harbour/members/mia", {"role": "rater manager"})[1]["invited_by"] == "script-admin"
    assert put(head, "/harbour/members/mia", {"rule": "researcher"})[0] == 400
    assert put(head, "/harbour/members/nobody", {"role": "researcher"})[0] == 404
    listed = head.get(f"{STUDIES}/harbour/members").json()
    assert [(row["person"], row["role"]) for row in listed] == [("mia", "rater manager")]
    assert head.delete(f"{STUDIES}/harbour/members/mia").status_code == 204
    assert not StudyMember.objects.exists()
    assert [detail["role"] for _, _, detail in entries("assign-study-role")] == [
        ["", "researcher"],
        ["researcher", "rater manager"],
        ["rater manager", ""],
    ]


def test_nobody_with_more_rights_than_one_has_is_given_a_role_by_a_call() -> None:
    make_study(slug="harbour")
    User.objects.create_superuser("root")
    assert put(script_of(group="admin"), "/harbour/members/root", {"role": "researcher"})[0] == 404


def test_an_invitation_is_made_once_however_often_it_is_asked_for(script: Client) -> None:
    make_study(slug="harbour")
    body = {"nonce": str(uuid.uuid4()), "role": "researcher"}
    status, made = send(script, "/harbour/invitations", body)
    assert (status, made["link"].startswith("http://testserver/")) == (201, True)
    assert send(script, "/harbour/invitations", body)[1] == made
    assert Invitation.objects.count() == len(entries("invite")) == 1
    assert script.get(made["link"]).status_code == 200
    (row,) = script.get(f"{STUDIES}/harbour/invitations").json()
    assert ("link" in row, row["invited_by"]) == (False, "script-researcher")
    assert send(script, "/harbour/invitations", {**body, "nonce": str(uuid.uuid4())})[1]["link"] != made["link"]
    assert script.delete(f"{STUDIES}/harbour/invitations/{made['id']}").status_code == 204
    assert script.get(made["link"]).status_code == 404
    assert script.delete(f"{STUDIES}/harbour/invitations/{made['id']}").status_code == 409


def test_one_nonce_of_two_people_makes_two_invitations(script: Client) -> None:
    make_study(slug="harbour")
    body = {"nonce": str(uuid.uuid4()), "role": "researcher"}
    links = {send(one, "/harbour/invitations", body)[1]["link"] for one in (script, script_of(group="admin"))}
    assert len(links) == 2


def test_an_invitation_beyond_ones_rights_or_in_the_past_is_refused() -> None:
    make_study(slug="harbour")
    body = {"nonce": str(uuid.uuid4()), "role": "researcher", "expires_at": "2020-01-01T00:00:00Z"}
    assert set(send(script_of(group="researcher"), "/harbour/invitations", body)[1]["fields"]) == {"expires_at"}
    assert send(script_of(group="rater manager"), "/harbour/invitations", body)[0] == 403
    assert not Invitation.objects.exists()


def test_a_study_belongs_to_one_of_prolific_which_is_said_changed_and_forgotten(script: Client) -> None:
    make_study(slug="harbour")
    make_study(slug="quay")
    terms = {"remote_id": "60d9aadeb86739de712faee0", "checks": True}
    assert script.get(f"{STUDIES}/harbour/prolific").status_code == 404
    assert put(script, "/harbour/prolific", terms)[1]["checks"] is True
    found = put(script, "/harbour/prolific", {"remote_id": terms["remote_id"], "approves": True})[1]
    assert (found["approves"], found["checks"]) == (True, True)
    assert put(script, "/quay/prolific", terms)[0] == 409
    assert put(script, "/harbour/prolific", {**terms, "aproves": True})[0] == 400
    assert send(script, "/harbour/prolific/read", {})[0] == 409  # no token of Prolific's here
    assert script.delete(f"{STUDIES}/harbour/prolific").status_code == 403
    assert script_of(group="admin").delete(f"{STUDIES}/harbour/prolific").status_code == 204
    assert not ProlificStudy.objects.exists()
    assert [len(entries(action)) for action in ("add", "change", "delete")] == [1, 1, 1]


def test_the_admin_says_which_study_of_prolific_by_the_same_act(researcher: Client) -> None:
    study = make_study(slug="harbour")
    add = reverse("admin:ratings_prolificstudy_add")
    assert researcher.post(add, {"study": study.pk, "remote_id": "abc", "approves": "on"}).status_code == 302
    row = ProlificStudy.objects.get()
    page = reverse("admin:ratings_prolificstudy_change", args=[row.pk])
    assert researcher.post(page, {"remote_id": "abd"}).status_code == 302
    row.refresh_from_db()
    assert (row.study, row.remote_id, row.approves) == (study, "abd", False)
    assert [detail["fields"] for _, _, detail in entries("change")] == [
        {"remote_id": ["abc", "abd"], "approves": ["true", "false"]}
    ]
    other = make_study(slug="quay")
    refused = researcher.post(add, {"study": other.pk, "remote_id": "abd"})
    assert (refused.status_code, ProlificStudy.objects.count()) == (200, 1)


def test_a_subscription_is_changed_tested_given_a_new_secret_and_sends_again(script: Client) -> None:
    make_study(slug="harbour")
    body = {"address": "https://example.org/hook", "events": ["run.finished"]}
    made = send(script, "/harbour/subscriptions", body)[1]
    path = f"/harbour/subscriptions/{made['id']}"
    Subscription.objects.update(failures=3)
    found = change(script, path, {"events": ["run.failed", "study.full"]})[1]
    assert (sorted(found["events"]), found["failures"], found["is_active"]) == (["run.failed", "study.full"], 0, True)
    assert change(script, path, {"is_active": False})[1]["is_active"] is False
    assert [change(script, path, wrong)[0] for wrong in ({"events": ["run.began"]}, {"active": True})] == [400, 400]
    assert change(script, path, {"is_active": True})[0] == 200
    status, message = send(script, f"{path}/test", {})
    assert (status, message["event"], message["state"]) == (202, "test", "waiting")
    Notification.objects.update(attempts=9, state="failed")
    again = send(script, f"{path}/messages/{message['id']}", {})[1]
    assert (again["message"], again["attempts"], again["state"]) == (message["message"], 0, "waiting")
    listed = script.get(f"{STUDIES}{path}/messages").json()["results"]
    assert [row["id"] for row in listed] == [message["id"]]
    secret = send(script, f"{path}/secret", {})[1]["secret"]
    assert secret.startswith("whsec_")
    assert secret != made["secret"]


def test_a_consent_template_fills_what_is_empty_and_asking_again_changes_nothing(script: Client) -> None:
    study = make_study(slug="harbour", consent_text="Ours.", languages=["en", "de"], state=StudyState.DRAFT)
    done = send(script, "/harbour/consent-template", {"kind": ConsentKind.GDPR, "languages": ["en"]})
    assert done[0] == 200, done
    assert "consent_text" not in done[1]["texts"]["en"]
    study.refresh_from_db()
    assert study.consent_text == "Ours."
    assert send(script, "/harbour/consent-template", {"kind": "gdpr", "languages": ["en"]})[1] == {"texts": {}}
    assert len(entries("consent-template")) == 1
    status, everything = send(script, "/harbour/consent-template", {"kind": "gdpr", "replaces": True})
    assert (status, sorted(everything.get("texts", ()))) == (200, ["de", "en"]), everything
    study.refresh_from_db()
    assert study.consent_text != "Ours."
    assert send(script, "/harbour/consent-template", {"kind": "gdpr", "languages": ["fr"]})[0] == 400
    assert send(script, "/harbour/consent-template", {"kind": "gdpr", "replace": True})[0] == 400


def test_dumps_and_versions_are_sent_to_the_hub_once_while_one_push_is_under_way(script: Client) -> None:
    study = make_study(slug="harbour")
    make_dump(study)
    make_version(study=study)
    for path in ("/harbour/dumps/1/pushes", "/harbour/versions/1/pushes"):
        status, push = send(script, path, {"repository": "lab/harbour"})
        assert (status, push["state"], push["is_public"]) == (202, JobState.QUEUED, False)
        assert send(script, path, {"repository": "lab/harbour"})[1] == push
        assert send(script, path, {"repository": "harbour"})[0] == 400
        assert send(script, path, {"repository": "lab/harbour", "public": True})[0] == 400
        assert [row["id"] for row in script.get(f"{STUDIES}{path}").json()] == [push["id"]]
        HubPush.objects.update(state=JobState.FAILED)
        assert send(script, path, {"repository": "lab/harbour"})[1]["id"] != push["id"]
    assert len(entries("push-to-hub")) == 4


def test_a_failed_dump_is_written_again(script: Client) -> None:
    dump = make_dump(make_study(slug="harbour"))
    assert send(script, "/harbour/dumps/1", {})[0] == 409
    Dump.objects.filter(pk=dump.pk).update(state=JobState.FAILED, error="The disk was full.")
    assert send(script, "/harbour/dumps/1", {})[1]["state"] == JobState.QUEUED


def test_what_an_import_left_open_is_answered_once(script: Client) -> None:
    study = make_study(slug="harbour")
    upload_store().write_piece("kept/pictures/list.csv", offset=0, chunks=[b"a,b\n"])
    report = {"option": "column", "choices": ["front", "back"]}
    delivery = Delivery.objects.create(kind=DeliveryKind.PICTURES, study=study, folder="kept", report=report)
    path = f"/harbour/imports/{delivery.pk}"
    assert send(script, path, {"choice": "side"})[0] == 400
    status, again = send(script, path, {"choice": "back"})
    assert (status, Delivery.objects.get(pk=again["id"]).options) == (202, {"column": "back"})
    assert send(script, path, {"choice": "back"})[0] == 409


def test_a_draft_is_deleted_and_a_study_that_raters_saw_is_not(script: Client) -> None:
    study = make_study(slug="harbour", state=StudyState.DRAFT)
    make_study_image(study=study)
    path = f"{STUDIES}/harbour/settings"
    assert script.delete(path).status_code == 403
    head = script_of(group="admin")
    Dump.objects.create(study=study, version=1, format="csv")
    refused = head.delete(path)
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "This draft has participants or dumps: archive it.",
    )
    Dump.objects.all().delete()
    Study.objects.update(state=StudyState.PAUSED)
    refused = head.delete(path)
    assert (refused.status_code, refused.json()["message"][:24]) == (409, "Only a draft is deleted:")
    Study.objects.update(state=StudyState.DRAFT)
    assert head.delete(path).status_code == 204
    assert not Study.objects.exists()
    assert entries("delete") == [("script-admin", "harbour", {})]
    assert head.delete(path).status_code == 404


def test_the_admin_deletes_a_draft_by_the_same_act(admin_client: Client) -> None:
    study = make_study(slug="harbour", state=StudyState.DRAFT)
    assert admin_client.post(reverse("admin:ratings_study_delete", args=[study.pk]), {"post": "yes"}).status_code == 302
    assert not Study.objects.exists()
    assert [target for _, target, _ in entries("delete")] == ["harbour"]
