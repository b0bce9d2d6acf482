"""A study and Prolific in step, against a local server that speaks its protocol.

Source: docs.prolific.com, API reference, Submissions: a list has `results` with `id`, `participant_id` and `status`, a
single one `participant` and `study_id`; `POST submissions/bulk-approve/` takes `submission_ids`; the token stands in
`Authorization: Token …`. Fields and statuses as in facebookresearch/Mephisto, providers/prolific/api, commit 48854eb.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings

from ratings.choices import AssignmentState, End, ParticipationState
from ratings.exceptions import ExternalIdRefusedError
from ratings.models import AuditEntry, Participation, ProlificStudy, Study, StudyImage
from ratings.platforms.prolific import ProlificError
from ratings.services.enrol import Enrolment, enrol_rater
from ratings.services.prolific import require_known_to_prolific, update_prolific_study
from ratings.tests.factories import make_assignment, make_images, make_participation, make_rating, make_study
from ratings.values.platform_links import PlatformLink

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t-1"


class Prolific:
    """What the local server knows and was asked."""

    def __init__(self) -> None:
        self.submissions: dict[str, dict[str, Any]] = {}
        self.approved: list[str] = []
        self.is_down = False
        self.address = ""

    def add(self, number: int, status: str) -> None:
        """Let somebody have a submission."""
        one = {"id": f"s-{number}", "participant": f"p-{number}", "status": status, "study_id": "x-1"}
        self.submissions[one["id"]] = one

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer as Prolific does."""
        if self.is_down:
            return 503, {"error": {"detail": "down"}}
        if method == "POST" and path == "/submissions/bulk-approve/":
            self.approved += body["submission_ids"]
            return 200, {"message": "The request to bulk approve has been made successfully."}
        if path.startswith("/submissions/?study=x-1&page=1"):
            rows = [{**one, "participant_id": one["participant"]} for one in self.submissions.values()]
            return 200, {"results": [{k: v for k, v in row.items() if k != "participant"} for row in rows]}
        found = self.submissions.get(path.removeprefix("/submissions/").removesuffix("/"))
        return (200, found) if found else (404, {"error": {"status": 404}})


@pytest.fixture
def prolific(settings: LazySettings) -> Iterator[Prolific]:
    known = Prolific()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_known = self.headers["Authorization"] == f"Token {TOKEN}"
            code, said = known.answer(self.command, self.path, json.loads(body or b"null")) if is_known else (401, {})
            self.send_response(code)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PROLIFIC_URL, settings.PROLIFIC_TOKEN = f"http://127.0.0.1:{server.server_port}", TOKEN
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def study() -> Study:
    made = make_study(slug="harbour", quota=1, target=9)
    make_images(study=made, count=1)
    ProlificStudy.objects.create(study=made, remote_id="x-1", approves=True)
    return made


def take_part(study: Study, number: int, **fields: Any) -> Participation:
    return make_participation(study=study, external_id=f"p-{number}", external_session=f"s-{number}", **fields)


def finish(study: Study, number: int) -> Participation:
    part = take_part(study, number, state=ParticipationState.COMPLETE)
    make_rating(participation=part, study_image=study.study_images.order_by("ordinal")[0])
    return part


def test_who_completed_is_approved_once_asked_and_nobody_is_ever_rejected(prolific: Prolific, study: Study) -> None:
    finish(study, 1)
    take_part(study, 2)  # under way, and waiting for review there: for people to decide
    for number in (1, 2, 3):
        prolific.add(number, "AWAITING REVIEW")
    report = update_prolific_study(study=study, actor=None)
    assert (prolific.approved, report.approved, report.unknown) == (["s-1"], 1, 1)
    assert AuditEntry.objects.get(action="approve-submissions").detail == {"submissions": ["s-1"]}
    assert ProlificStudy.objects.get().counts == {"awaiting review": 3, "unknown here": 1}


def test_a_missed_check_or_a_study_that_does_not_approve_leaves_it_to_people(prolific: Prolific, study: Study) -> None:
    part = finish(study, 1)
    check = make_images(study=study, count=1)[0]
    StudyImage.objects.filter(pk=check.pk).update(is_practice=True, attention_value=5)
    make_rating(participation=part, study_image=check, value=2, assignment={"kind": "attention"})
    prolific.add(1, "AWAITING REVIEW")
    update_prolific_study(study=study, actor=None)
    ProlificStudy.objects.update(approves=False)
    finish(study, 2)
    prolific.add(2, "AWAITING REVIEW")
    update_prolific_study(study=study, actor=None)
    assert prolific.approved == []


@pytest.mark.parametrize(("status", "end"), [("TIMED-OUT", End.TIMED_OUT), ("RETURNED", "")])
def test_the_places_of_who_returned_or_timed_out_are_given_back(
    prolific: Prolific, study: Study, status: str, end: str
) -> None:
    part = take_part(study, 1, reserved=1)
    make_assignment(participation=part, study_image=study.study_images.get(), state=AssignmentState.LEASED)
    prolific.add(1, status)
    assert update_prolific_study(study=study, actor=None).freed == 1
    assert update_prolific_study(study=study, actor=None).freed == 0
    part.refresh_from_db()
    assert (part.end, part.state) == (end, ParticipationState.LEFT)
    assert study.study_images.get().taken == 0


def test_an_error_there_is_kept_and_shown_and_approves_nothing(prolific: Prolific, study: Study) -> None:
    finish(study, 1)
    prolific.is_down = True
    with pytest.raises(ProlificError, match="503"):
        update_prolific_study(study=study, actor=None)
    assert "503" in ProlificStudy.objects.get().error


def test_an_id_that_prolific_does_not_know_in_the_study_enrols_nobody(prolific: Prolific, study: Study) -> None:
    ProlificStudy.objects.update(checks=True)
    prolific.add(1, "ACTIVE")
    prolific.add(2, "RETURNED")
    good = PlatformLink(external_id="p-1", external_session="s-1")
    require_known_to_prolific(study=study, link=good)
    assert enrol_rater(study=study, enrolment=Enrolment(consent_version="1", link=good)).external_id == "p-1"
    for person, session in (("p-1", "s-9"), ("p-9", "s-1"), ("p-2", "s-2"), ("", "")):
        with pytest.raises(ExternalIdRefusedError, match="does not know you"):
            require_known_to_prolific(study=study, link=PlatformLink(external_id=person, external_session=session))


def test_while_prolific_is_away_people_are_let_in_and_that_is_kept(prolific: Prolific, study: Study) -> None:
    ProlificStudy.objects.update(checks=True)
    prolific.is_down = True
    require_known_to_prolific(study=study, link=PlatformLink(external_id="p-1", external_session="s-1"))
    assert ProlificStudy.objects.get().error.startswith("Let in unchecked")
