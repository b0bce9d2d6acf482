"""A short trial by fire: thirty raters while each part of the service is killed, one after the other."""

import base64
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from annotate.benchmarks.audit import audit_records
from annotate.benchmarks.disturbances import DISTURBANCES
from annotate.benchmarks.faults import PARTS, SUPERVISOR, FaultTrial, run_trial
from annotate.benchmarks.installation import Installation, new_installation, wait_for
from ratings.choices import Design
from ratings.registry import design_named, names_where
from scoring.tests.server.taste_world import picture


@pytest.mark.slow
@pytest.mark.long
def test_nothing_acknowledged_is_lost_when_any_part_of_the_service_is_killed() -> None:
    said: list[str] = []
    with new_installation() as installation:
        trial = FaultTrial(raters=30, seconds=20, parts=(*PARTS, SUPERVISOR))
        report = run_trial(installation, trial, say=said.append)
        log = installation.log[-3000:]
    assert report.audit.acknowledged > 100, log
    assert report.audit.faults == {}, (report.audit, report.counts.statuses, log)
    assert set(report.outages) == {*PARTS, SUPERVISOR}
    assert {name: bool(seconds) for name, seconds in report.learning.items()} == {"taste": True, "queue": True}


@pytest.fixture(scope="module")
def service() -> Iterator[Installation]:
    """Start one service for all trials that need it as it is, each with a study of its own."""
    with new_installation() as installation:
        yield installation


def own_slug() -> str:
    """Name a trial's study."""
    return f"trial-{uuid.uuid4().hex[:8]}"


COMPARING = names_where(lambda design: design.comparison is not None)


@pytest.mark.slow
@pytest.mark.parametrize("design", COMPARING)
def test_no_choice_is_lost_when_parts_are_killed_and_the_audit_sees_what_is_wrong(
    service: Installation, design: Design
) -> None:
    parts, slug = ("web", "worker", "database"), own_slug()
    report = run_trial(service, FaultTrial(raters=12, seconds=8, parts=parts, design=design, slug=slug), say=print)
    log = service.log[-3000:]
    assert report.audit.acknowledged > 50, log
    assert report.audit.faults == {}, (report.audit, report.counts.statuses, log)
    assert set(report.outages) == set(parts)
    damage(service, slug)
    damaged = audit_records(service, report.counts, design=design_named(design), slug=slug)
    lost = {"lost": 1, "miscounted_raters": 2}  # whose choice is gone, and who is said to have made one more
    assert damaged.faults == {**lost, "miscounted_places": 1}


def damage(service: Installation, slug: str) -> None:
    """Take away a choice, count one of somebody else twice, and give a place back that is taken."""
    (choice, rater), *_ = service.query(
        "SELECT answer.id, part.id FROM ratings_choice AS answer JOIN ratings_participation AS part"
        " ON part.id = answer.participation_id JOIN ratings_study AS study ON study.id = part.study_id"
        " WHERE study.slug = %s",
        slug,
    )
    service.query("DELETE FROM ratings_choice WHERE id = %s", choice)
    service.query(
        "UPDATE ratings_participation SET done = done + 1 WHERE id = (SELECT part.id FROM ratings_participation AS part"
        " JOIN ratings_study AS study ON study.id = part.study_id WHERE slug = %s AND part.id <> %s LIMIT 1)",
        slug,
        rater,
    )
    service.query(
        "UPDATE ratings_pair SET taken = taken - 1 WHERE id = (SELECT pair.id FROM ratings_pair AS pair"
        " JOIN ratings_study AS study ON study.id = pair.study_id WHERE slug = %s AND taken > 0 LIMIT 1)",
        slug,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DISTURBANCES.keys() - {"clock"}))  # six minutes long: see `fault_test`
def test_nothing_acknowledged_is_lost_when_something_runs_out_goes_away_or_jumps(name: str) -> None:
    trial = FaultTrial(raters=12, seconds=12, parts=(name,), lasting=15)
    if name == "disk" and os.getuid() != 0:
        pytest.skip("A disk that is full takes one that can be mounted: run this test as root.")
    with new_installation(preparations=trial.preparations) as installation:
        report = run_trial(installation, trial, say=print)
        log = installation.log[-3000:]
    assert report.audit.acknowledged > 50, log
    assert report.audit.faults == {}, (report.audit, report.counts.statuses, log)


TOKEN = """
from django.contrib.auth.models import User
from ratings.services.api_tokens import make_token
print(make_token(user=User.objects.get(username="admin"), name="{name}", actor=None)[1])
"""


@dataclass(kw_only=True)
class ScoreCallers:
    """Trainers that score fresh pictures without a pause, and what they were answered, in order."""

    installation: Installation
    key: str
    slug: str
    statuses: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, caller: int) -> None:
        """Score one picture after the other, each new."""
        number = 0
        while not self.stop.is_set():
            number += 1
            content = base64.b64encode(picture(number % 10 / 10, seed=caller * 100_000 + number)).decode()
            body = {"study": self.slug, "images": [{"data": content}]}
            self.statuses.append(self.installation.call("POST", "/api/v1/score", body, token=self.key)[0])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have two of them work until the end of the block."""
        threads = [threading.Thread(target=self.work, args=(caller,), daemon=True) for caller in range(2)]
        for thread in threads:
            thread.start()
        yield
        self.stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.slow
def test_killing_the_reward_server_under_load_loses_no_rating_and_the_site_goes_on_answering(
    service: Installation,
) -> None:
    slug = own_slug()
    key = service.command("shell", "-c", TOKEN.format(name=slug)).split()[-1]
    callers = ScoreCallers(installation=service, key=key, slug=slug)

    def scores_first(_line: str) -> None:
        """Let nothing go on, the raters' start included, before pictures are scored."""
        wait_for(lambda: HTTPStatus.OK in callers.statuses, what="a first score")

    with callers.at_work():
        report = run_trial(service, FaultTrial(raters=20, seconds=12, parts=("reward",), slug=slug), say=scores_first)
        killed = callers.statuses.index(HTTPStatus.SERVICE_UNAVAILABLE, callers.statuses.index(HTTPStatus.OK))
        wait_for(lambda: HTTPStatus.OK in callers.statuses[killed:], what="scores of the server's successor")
    log = service.log[-3000:]
    assert report.audit.acknowledged > 50, log
    assert report.audit.faults == {}, (report.audit, log)
    assert report.counts.broken == 0
    assert [status for status in report.counts.statuses if status >= HTTPStatus.INTERNAL_SERVER_ERROR] == []
    assert report.outages["reward"] < 10, report.outages
    known = {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    assert set(callers.statuses[callers.statuses.index(HTTPStatus.OK) :]) <= known, log
