"""The client tries again what may be tried again, says so, and never does anything twice that counts twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from scoring.client import Pamela, UnreachableError
from scoring.client.transport import Retries


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
            content = json.dumps(body).encode()
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
    script.answers = [(503, {"Retry-After": "0"}, {}), (429, {"Retry-After": "0"}, {}), (0, {}, {}), (200, {}, [])]
    said: list[str] = []
    with Pamela(script.address, retries=Retries(most=3, report=said.append)) as client:
        assert client.studies() == []
    assert len(script.asked) == 4
    assert said[0] == "GET studies: the server answers 503; again in 0.0 s (1 of 3)"
    assert said[1] == "GET studies: the server answers 429; again in 0.0 s (2 of 3)"
    assert said[2].startswith("GET studies: no answer (")


def test_what_would_count_twice_is_not_sent_twice(script: Script) -> None:
    script.answers = [(0, {}, {})]
    with Pamela(script.address) as client, pytest.raises(UnreachableError, match="POST studies/a/runs: no answer"):
        client.retrain("a")
    assert script.asked == ["POST /api/v1/studies/a/runs"]


def test_it_gives_up_in_the_end_and_says_how_often_it_tried(script: Script) -> None:
    script.answers = [(503, {"Retry-After": "0"}, {})] * 3
    with (
        Pamela(script.address, retries=Retries(most=2, report=lambda _line: None)) as client,
        pytest.raises(UnreachableError, match="GET studies: the server answers 503, 3 times tried"),
    ):
        client.studies()
