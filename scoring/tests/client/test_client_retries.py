"""The client tries again what may be tried again, says so, and never does anything twice that counts twice."""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from scoring.client import Pamela, PamelaError, Retries, UnreachableError

SOON = "0.001"  # seconds


@dataclass(kw_only=True)
class Script:
    """What a server answers, in order, and what it was asked."""

    answers: list[tuple[int, dict[str, str], object]]
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def script() -> Iterator[Script]:
    """Serve answers one after the other; status 0 breaks the connection off without one."""
    found = Script(answers=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.rfile.read(length)
            found.asked.append(f"{self.command} {self.path}")
            status, headers, body = found.answers.pop(0)
            if not status:
                self.close_connection = True
                return
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_reading_is_tried_again_as_soon_as_the_server_says_and_named(script: Script) -> None:
    script.answers = [(503, {"Retry-After": SOON}, {}), (503, {"Retry-After": SOON}, {}), (0, {}, {}), (200, {}, [])]
    said: list[str] = []
    with Pamela(script.address, retries=Retries(most=3, report=said.append)) as client:
        assert client.studies() == []
    assert len(script.asked) == 4
    assert said[0] == "GET studies: the server answers 503; again in 0.0 s (1 of 3)"
    assert said[1] == "GET studies: the server answers 503; again in 0.0 s (2 of 3)"
    assert said[2].startswith("GET studies: no answer (")


def test_what_would_count_twice_is_not_sent_twice(script: Script) -> None:
    script.answers = [(0, {}, {})]
    with Pamela(script.address) as client, pytest.raises(UnreachableError, match="POST studies/a/runs: no answer"):
        client.retrain("a")
    assert script.asked == ["POST /api/v1/studies/a/runs"]


def test_a_busy_server_is_asked_until_it_has_room_and_that_is_no_failure(script: Script) -> None:
    script.answers = [(429, {"Retry-After": SOON}, {"message": "Full."})] * 12 + [(200, {}, [])]
    said: list[str] = []
    with Pamela(script.address, retries=Retries(most=0, report=said.append)) as client:
        assert client.studies() == []
    assert said == ["GET studies: the server answers 429 (Full); again in 0.0 s"] * 12


def test_patience_with_a_busy_server_ends(script: Script) -> None:
    script.answers = [(429, {"Retry-After": "0.01"}, {})] * 3  # of which each costs 0.01 to 0.02 s
    quiet = Retries(patience=0.015, report=lambda _line: None)
    with (
        Pamela(script.address, retries=quiet) as client,
        pytest.raises(UnreachableError, match="GET studies: the server answers 429, for 0 s"),
    ):
        client.studies()
    assert len(script.asked) in {2, 3}


# What names no time to come back at: nothing, no time at all, no number, and moments that are over or are none
NO_TIMES = ["", "0", "-5", "soon", "\xb2", "nan", "inf", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994", "9 9 9"]


@pytest.mark.parametrize(("status", "said"), [*((429, said) for said in NO_TIMES), (503, "0"), (503, "\xb2")])
def test_a_server_that_names_no_time_is_asked_at_growing_distances(script: Script, status: int, said: str) -> None:
    script.answers = [(status, {"Retry-After": said} if said else {}, {})] * 3 + [(200, {}, [])]
    reasons: list[str] = []
    patient = Retries(most=3, first_wait=0.2, report=reasons.append)
    start = time.monotonic()
    with Pamela(script.address, retries=patient) as client:
        assert client.studies() == []
    # each wait is drawn from the upper half of 0.2, 0.4 and 0.8 s
    assert time.monotonic() - start >= 0.7
    assert len(reasons) == 3


def test_a_busy_server_without_a_time_is_asked_more_often_than_a_broken_one(script: Script) -> None:
    script.answers = [(429, {}, {})] * 5 + [(200, {}, [])]
    with Pamela(script.address, retries=Retries(most=0, first_wait=0.001, report=lambda _line: None)) as client:
        assert client.studies() == []


def test_a_moment_to_come_back_at_is_a_time(script: Script) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    script.answers = [(503, {"Retry-After": moment}, {})]
    with Pamela(script.address) as client, pytest.raises(UnreachableError, match=r"503; try again in 3(600|599) s\."):
        client.studies()


def test_it_gives_up_in_the_end_and_says_how_often_it_tried(script: Script) -> None:
    script.answers = [(503, {"Retry-After": SOON}, {})] * 3
    with (
        Pamela(script.address, retries=Retries(most=2, report=lambda _line: None)) as client,
        pytest.raises(UnreachableError, match="GET studies: the server answers 503, 3 times tried"),
    ):
        client.studies()


def test_a_wait_longer_than_it_is_ready_for_ends_at_once_with_the_servers_sentence(script: Script) -> None:
    script.answers = [(429, {"Retry-After": "3600"}, {"message": "Too many requests this hour."})]
    said = r"GET studies: the server answers 429 \(Too many requests this hour\); try again in 3600 s\."
    with Pamela(script.address) as client, pytest.raises(UnreachableError, match=said):
        client.studies()
    assert len(script.asked) == 1


def test_two_files_of_one_name_are_refused_before_anything_is_sent(script: Script, tmp_path: Path) -> None:
    files = [tmp_path / folder / "1.png" for folder in ("a", "b")]
    with (
        Pamela(script.address) as client,
        pytest.raises(PamelaError, match=r"Several pictures are named 1\.png: rename"),
    ):
        client.add_images("a", files)
    assert script.asked == []


def scored(version: str, *, count: int) -> tuple[int, dict[str, str], object]:
    """Answer as the server scores so many pictures for one rater."""
    body, row = io.BytesIO(), np.zeros((1, count))
    arrays: dict[str, Any] = {
        "mean": row,
        "rating": row,
        "sd": row,
        "lower": row,
        "percentile": row,
        "prompt_judged": np.zeros(count, bool),
    }
    arrays |= {"raters": np.array(["everybody"]), "model_version": np.array(version)}
    np.savez(body, allow_pickle=False, **arrays)
    return (200, {}, body.getvalue())


def test_pictures_are_all_scored_by_one_version_of_the_model(script: Script) -> None:
    pictures = [bytes([place]) for place in range(33)]  # two batches: 32 and 1
    script.answers = [scored(version, count=count) for version, count in (("v1", 32), ("v2", 1), ("v2", 32), ("v2", 1))]
    with Pamela(script.address) as client:
        found = client.score(pictures)
    assert (found.model_version, found.mean.shape, len(script.asked)) == ("v2", (1, 33), 4)
    script.answers = [scored(version, count=count) for version, count in (("v2", 32), ("v3", 1), ("v3", 32), ("v4", 1))]
    changed = r"The model changed twice while pictures were scored \(v3, v4\): score them again\."
    with Pamela(script.address) as client, pytest.raises(PamelaError, match=changed):
        client.score(pictures)
