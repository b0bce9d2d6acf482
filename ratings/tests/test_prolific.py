"""A study and Prolific in step, against a local server that speaks its protocol.

Source: docs.prolific.com, API reference, Submissions: a list has `results` with `id`, `participant_id` and `status`, a
single one `participant` and `study_id`; `POST submissions/bulk-approve/` takes `submission_ids`,
`POST submissions/{id}/request-return/` takes `request_return_reasons`; the token stands in `Authorization: Token …`.
Fields and statuses as in facebookresearch/Mephisto, providers/prolific/api, commit 48854eb.
"""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from ratings.choices import AssignmentState, End, ParticipationState
from ratings.exceptions import ExternalIdRefusedError
from ratings.models import AuditEntry, Participation, ProlificStudy, Study, StudyImage
from ratings.platforms.prolific import MOST_PAGES, ProlificError
from ratings.services.enrol import Enrolment, enrol_rater
from ratings.services.prolific import (
    MOST_PER_CALL,
    require_known_to_prolific,
    update_prolific_studies,
    update_prolific_study,
)
from ratings.tests.factories import make_assignment, make_images, make_participation, make_rating, make_study
from ratings.tests.migrating import former_database
from ratings.values.platform_links import PlatformLink

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t-1"


class Prolific:
    """What the local server knows and was asked."""

    def __init__(self) -> None:
        self.submissions: dict[str, dict[str, Any]] = {}
        self.approved: list[str] = []
        self.is_down = False
        self.moved_to = ""
        self.page = 100
        self.refused_after: int | None = None  # so many approvals
        self.odd: Any = None  # said in the place of every answer
        self.asked: list[str] = []
        self.returns: list[tuple[str, list[str]]] = []
        self.address = ""

    def add(self, number: int, status: str, *, person: int | None = None) -> None:
        """Let somebody have a submission, begun after those of lower numbers."""
        one = {"id": f"s-{number}", "participant": f"p-{person or number}", "status": status, "study_id": "x-1"}
        self.submissions[one["id"]] = {**one, "started_at": f"2026-11-27T09:{number % 60:02}:00.000000Z"}

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer as Prolific does."""
        self.asked.append(path)
        if self.is_down:
            return 503, {"error": {"detail": "down"}}
        if self.odd is not None:
            return 200, self.odd
        if method == "POST":
            return self.act(path, body)
        if path.startswith("/submissions/?study=x-1"):
            return 200, self.list_page(int(path.split("&page=", maxsplit=1)[1].partition("&")[0]))
        found = self.submissions.get(path.removeprefix("/submissions/").removesuffix("/"))
        return (200, found) if found else (404, {"error": {"status": 404}})

    def act(self, path: str, body: Any) -> tuple[int, Any]:
        """Approve, or ask for a return."""
        if path == "/submissions/bulk-approve/":
            if self.refused_after is not None and len(self.approved) >= self.refused_after:
                return 500, {}
            self.approved += body["submission_ids"]
            return 200, {"message": "The request to bulk approve has been made successfully."}
        found = self.submissions[path.removeprefix("/submissions/").removesuffix("/request-return/")]
        found["return_requested"] = "2026-11-27T10:00:00Z"
        self.returns.append((found["id"], body["request_return_reasons"]))
        return 200, {"id": found["id"], "status": found["status"], "return_requested": found["return_requested"]}

    def list_page(self, number: int) -> Any:
        """Give a page of the list, with the link to the next."""
        rows = [{**one, "participant_id": one["participant"]} for one in self.submissions.values()]
        shown = rows[(number - 1) * self.page : number * self.page]
        following = f"{self.address}/submissions/?study=x-1&page={number + 1}&page_size=100"
        return {
            "results": [{k: v for k, v in row.items() if k != "participant"} for row in shown],
            "_links": {"next": {"href": following if number * self.page < len(rows) else None, "title": "Next"}},
        }


@pytest.fixture
def prolific(settings: LazySettings) -> Iterator[Prolific]:
    known = Prolific()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_known = self.headers["Authorization"] == f"Token {TOKEN}"
            code, said = known.answer(self.command, self.path, json.loads(body or b"null")) if is_known else (401, {})
            self.send_response(302 if known.moved_to else code)
            if known.moved_to:
                self.send_header("Location", known.moved_to)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PROLIFIC_URL, settings.PROLIFIC_TOKEN = f"http://127.0.0.1:{server.server_port}", TOKEN
    known.address = settings.PROLIFIC_URL
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


def test_who_handed_in_without_having_finished_is_asked_once_to_return_where_the_study_says_so(
    prolific: Prolific, study: Study
) -> None:
    finish(study, 1)
    for number in (2, 3, 4, 5):
        take_part(study, number)
    Participation.objects.filter(external_id="p-4").update(end=End.SCREENED_OUT, state=ParticipationState.LEFT)
    Participation.objects.exclude(external_id="p-3").update(last_seen_at=timezone.now() - timedelta(days=1))
    for number in (1, 2, 3, 4):  # complete, unfinished, at it now, screened out
        prolific.add(number, "AWAITING REVIEW")
    prolific.add(5, "ACTIVE")
    assert update_prolific_study(study=study, actor=None).returns == 0
    ProlificStudy.objects.update(asks_return=True)
    assert update_prolific_study(study=study, actor=None).returns == 1
    assert update_prolific_study(study=study, actor=None).returns == 0
    assert prolific.returns == [("s-2", ["Didn't finish the study"])]
    assert ProlificStudy.objects.get().returns_asked == 1
    assert AuditEntry.objects.get(action="ask-for-return").detail == {"submission": "s-2"}


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
    good = enrolment_of("p-1", "s-1")
    require_known_to_prolific(study=study, enrolment=good)
    for person, session in (("p-1", "s-9"), ("p-9", "s-1"), ("p-2", "s-2"), ("", "")):
        with pytest.raises(ExternalIdRefusedError, match="does not know you"):
            require_known_to_prolific(study=study, enrolment=enrolment_of(person, session))
    assert "/submissions/-/" not in prolific.asked
    part = enrol_rater(study=study, enrolment=good)
    assert part.external_id == "p-1"
    prolific.add(1, "APPROVED")
    again = Enrolment(consent_version="1", link=good.link, rater_id=part.rater_id)
    require_known_to_prolific(
        study=study, enrolment=again
    )  # who takes part already renews the consent, and Prolific is not asked


def enrolment_of(person: str, session: str) -> Enrolment:
    return Enrolment(consent_version="1", link=PlatformLink(external_id=person, external_session=session))


def test_while_prolific_is_away_people_are_let_in_and_that_is_kept(prolific: Prolific, study: Study) -> None:
    ProlificStudy.objects.update(checks=True)
    prolific.is_down = True
    require_known_to_prolific(study=study, enrolment=enrolment_of("p-1", "s-1"))
    prolific.is_down = False
    update_prolific_study(study=study, actor=None)
    kept = ProlificStudy.objects.get()
    assert (kept.let_in, kept.let_in_at is not None) == (1, True)


def test_who_returned_and_took_it_again_is_not_sent_off_by_the_former_submission(
    prolific: Prolific, study: Study
) -> None:
    part = take_part(study, 1)
    prolific.add(1, "RETURNED")
    assert update_prolific_study(study=study, actor=None).freed == 1
    Participation.objects.update(state=ParticipationState.ACTIVE)  # they came back
    assert update_prolific_study(study=study, actor=None).freed == 0
    prolific.add(2, "ACTIVE", person=1)
    assert update_prolific_study(study=study, actor=None).freed == 0
    part.refresh_from_db()
    assert part.state == ParticipationState.ACTIVE
    prolific.add(2, "TIMED_OUT", person=1)
    assert update_prolific_study(study=study, actor=None).freed == 1


def test_pages_are_followed_by_the_links_of_the_list_and_not_by_their_length(prolific: Prolific, study: Study) -> None:
    prolific.page = 2
    for number in range(1, 6):
        finish(study, number)
        prolific.add(number, "AWAITING REVIEW")
    update_prolific_study(study=study, actor=None)
    assert sorted(prolific.approved) == [f"s-{number}" for number in range(1, 6)]


def test_a_list_that_is_longer_than_is_read_says_so(prolific: Prolific, study: Study) -> None:
    prolific.page = 1
    for number in range(1, MOST_PAGES + 2):
        prolific.add(number, "ACTIVE")
    assert update_prolific_study(study=study, actor=None).is_cut
    assert ProlificStudy.objects.get().error == "Only the first 200 submissions were read: there are more."


def test_what_was_approved_is_counted_when_a_later_call_fails(prolific: Prolific, study: Study) -> None:
    study.study_images.update(target=2 * MOST_PER_CALL)
    for number in range(1, MOST_PER_CALL + 2):
        finish(study, number)
        prolific.add(number, "AWAITING REVIEW")
    prolific.page, prolific.refused_after = 500, MOST_PER_CALL
    with pytest.raises(ProlificError, match="500"):
        update_prolific_study(study=study, actor=None)
    assert ProlificStudy.objects.get().approved == MOST_PER_CALL


def test_a_redirect_is_not_followed_with_the_token(prolific: Prolific, study: Study) -> None:
    prolific.moved_to = f"{prolific.address}/elsewhere/"
    with pytest.raises(ProlificError, match="302"):
        update_prolific_study(study=study, actor=None)
    assert len(prolific.asked) == 1


@pytest.mark.parametrize("odd", [[], {}, "x", {"results": [None]}, {"results": [{"id": 1, "status": "ACTIVE"}]}])
def test_an_answer_of_another_shape_is_an_error_of_prolific_and_stops_nothing_else(
    prolific: Prolific, study: Study, odd: Any
) -> None:
    prolific.odd = odd
    ProlificStudy.objects.update(checks=True)
    update_prolific_studies()
    assert ProlificStudy.objects.get().error.startswith("Prolific answered with something that is no")
    require_known_to_prolific(study=study, enrolment=enrolment_of("p-1", "s-1"))
    assert ProlificStudy.objects.get().let_in == 1


@pytest.mark.slow
def test_studies_and_parts_of_the_version_before_are_kept_and_were_released_for_nothing() -> None:
    before = ("ratings", "0036_prolific")
    with former_database(before) as database:
        apps = database.migrate(before)
        models = {
            name: apps.get_model("ratings", name) for name in ("Study", "Rater", "Participation", "ProlificStudy")
        }
        rows = {name: model.objects.using(database.alias) for name, model in models.items()}
        study = rows["Study"].create(slug="quay", title="Quay")
        rows["ProlificStudy"].create(study=study, remote_id="x-7", approved=4)
        rater = rows["Rater"].create()
        rows["Participation"].create(
            study=study, rater=rater, external_id="p-1", consent_version="1", consented_at=timezone.now(), quota=3
        )
        database.migrate(("ratings", "0052_prolific_returns"))
        kept = "SELECT remote_id, approved, let_in, let_in_at, asks_return, returns_asked FROM ratings_prolificstudy"
        assert database.rows(kept) == [("x-7", 4, 0, None, False, 0)]
        assert database.rows("SELECT external_id, released_submission FROM ratings_participation") == [("p-1", "")]
