"""Clients that send their bodies slowly keep nobody waiting, and are sent away in the end; with the real web server."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from io import BufferedIOBase, BufferedReader, BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from PIL import Image

from annotate import env
from annotate.benchmarks.installation import TIMEOUT, free_port, wait_for
from annotate.benchmarks.raters import HttpConnection
from annotate.request_bodies import CAME_TOO_SLOWLY, FIRST_PIECE, GRACE_SECONDS, PacedBody, SlowBodyError
from annotate.supervisor import service_children
from annotate.tests.databases import address_of_test_database
from annotate.tests.test_web_process import is_open
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_api_key, make_images, make_participation, make_study

SLOW = 50


@contextmanager
def web_server(**settings: str) -> Iterator[int]:
    """Start one web process as the service does; give its port."""
    port = free_port()
    (web, *_) = service_children(host="127.0.0.1", port=port, web_workers=1)
    names = {**os.environ, "DATABASE_URL": address_of_test_database(), **settings}
    with subprocess.Popen(web.command, cwd=env.BASE_DIR, env=names) as server:
        wait_for(lambda: is_open(port), what="the web server")
        try:
            yield port
        finally:
            server.terminate()


@contextmanager
def dripping(port: int, path: str, *, pause: float) -> Iterator[list[socket.socket]]:
    """Have clients that send a byte at a time of a body that they announced."""
    done = threading.Event()
    with ExitStack() as open_sockets:
        clients = [
            open_sockets.enter_context(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT))
            for _ in range(SLOW)
        ]

        def drip() -> None:
            while not done.wait(pause):
                for client in clients:
                    client.send(b"x")

        for client in clients:
            client.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n".encode())
        sending = threading.Thread(target=drip)
        sending.start()
        try:
            yield clients
        finally:
            done.set()
            sending.join()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_slow_bodies_leave_a_lease_answered_within_a_second_and_end() -> None:
    study = make_study()
    make_images(study=study, count=3)
    token = participation_token(participation=make_participation(study=study))
    path = f"/api/v1/studies/{study.slug}/leases"
    with web_server() as port:
        rater = HttpConnection(port)
        assert rater.call("POST", path, b'{"count": 1}', token)[0] == 200  # the first loads what it needs
        with dripping(port, path, pause=0.2) as clients:
            started = time.monotonic()
            status, body = rater.call("POST", path, b'{"count": 1}', token)
            assert time.monotonic() - started < 1.0
            assert (status, len(json.loads(body)["items"])) == (200, 1)
            assert held_connections() <= 5  # of one who answered, and of the test
            assert {answered_to(client) for client in clients} == {(408, "too_slow")}
            assert time.monotonic() - started < 4 * GRACE_SECONDS
        rater.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_large_body_is_read_whole_from_who_may_send_it() -> None:
    study = make_study()
    key = make_api_key(user=User.objects.create_superuser("somebody"))
    pictures = Image.effect_noise((2000, 2000), 90)
    file = BytesIO()
    pictures.save(file, "png")
    assert file.tell() > 3 * 2**20
    with web_server() as port:
        path = f"http://127.0.0.1:{port}/api/v1/studies/{study.slug}/images"
        files = {"pictures": ("noise.png", file.getvalue())}
        taken = httpx.post(path, files=files, headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT)
        assert taken.status_code == 202, taken.text
        stranger = httpx.post(path, files=files, headers={"Authorization": "Bearer pamela_nothing"}, timeout=TIMEOUT)
        assert stranger.status_code == 401


@pytest.mark.slow
def test_a_large_file_arrives_whole_and_those_who_never_read_theirs_keep_nobody_waiting(tmp_path: Path) -> None:
    folder = tmp_path / "media" / "images"
    folder.mkdir(parents=True)
    (folder / "large.webp").write_bytes(bytes(30_000_000))
    ask = b"GET /media/images/large.webp HTTP/1.1\r\nHost: localhost\r\n\r\n"
    names = {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotate.settings"}
    with web_server(**names) as port, ExitStack() as opened:
        script = HttpConnection(port)
        opened.callback(script.close)
        status, whole = script.call("GET", "/media/images/large.webp", b"", "")
        assert (status, len(whole)) == (200, 30_000_000)
        for _ in range(SLOW):
            phone = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT))
            phone.sendall(ask)
        assert script.call("GET", "/livez", b"", "")[0] == 200


def answered_to(client: socket.socket) -> tuple[int, str]:
    """Read the answer that a client is given: its status and the code of its error."""
    answer = HTTPResponse(client)
    answer.begin()
    return answer.status, json.loads(answer.read())["code"]


def held_connections() -> int:
    """Count who is connected to the database of the tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        found: tuple[int] = cursor.fetchone()
    return found[0]


class Drip(BytesIO):
    """A body of which so many bytes come each second, and the clock beside it."""

    def __init__(self, size: int, *, rate: float) -> None:
        super().__init__(bytes(size))
        self.rate = rate

    def now(self) -> float:
        """Give the seconds that the bytes read so far took."""
        return self.tell() / self.rate


@pytest.mark.parametrize(("size", "rate"), [(2_000_000, 1_100.0), (300, 11.0), (29_000, 980.0)])
def test_a_body_that_arrives_fast_enough_is_read_whole(size: int, rate: float) -> None:
    body = Drip(size, rate=rate)
    assert PacedBody(body, size=size, clock=body.now).whole() == bytes(size)


@pytest.mark.parametrize("rate", [1.0, 50.0, 900.0])
def test_a_slow_body_is_given_up_soon_after_its_time(rate: float) -> None:
    body = Drip(2_000_000, rate=rate)
    with pytest.raises(SlowBodyError):
        PacedBody(body, size=2_000_000, clock=body.now).whole()
    time_up = GRACE_SECONDS / (1 - rate / 1000)  # s after which so slow a body has had its time
    assert body.now() <= max(2 * time_up, FIRST_PIECE / rate)


LARGE = 3_000_000  # bytes, which a view reads as they come
SENTENCE = "Was Sie gesendet haben, kam zu langsam an"


def upload(client: Client, path: str, body: BufferedIOBase, **headers: str) -> Any:
    """Send a large body with a file in it."""
    kind = "multipart/form-data; boundary=a"
    extra: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(LARGE), "CONTENT_TYPE": kind}
    return client.generic("POST", path, b"", kind, **extra, headers=headers)


def slow_body() -> BufferedReader:
    """Give a large body of which 50 bytes come each second."""
    drip = Drip(LARGE, rate=50.0)
    return BufferedReader(PacedBody(drip, size=LARGE, clock=drip.now))


@pytest.mark.django_db
def test_a_call_whose_body_was_given_up_is_answered_in_the_form_and_language_of_its_caller() -> None:
    given_up: dict[str, Any] = {CAME_TOO_SLOWLY: True}
    german = Client(headers={"Accept-Language": "de"}, **given_up)
    for path in ("/api/v1/ratings", "/api/v1/score", "/api/v1/nothing"):
        answer = german.post(path)
        found = answer.json()
        assert (answer.status_code, found["code"], found["fields"]) == (408, "too_slow", {})
        assert found["message"].startswith(SENTENCE)
    page = german.post("/s/none/join/")
    assert page.status_code == 408
    assert SENTENCE in page.content.decode()


@pytest.mark.django_db
def test_a_large_upload_that_comes_too_slowly_or_breaks_off_is_named_in_the_api(settings: LazySettings) -> None:
    study = make_study()
    bearer = {"authorization": f"Bearer {make_api_key(user=User.objects.create_superuser('somebody'))}"}
    with socket.create_server(("127.0.0.1", 0)) as reward:  # which takes what it is sent, and would answer in the end
        settings.REWARD_URL = f"http://127.0.0.1:{reward.getsockname()[1]}"
        for path in (f"/api/v1/studies/{study.slug}/images", "/api/v1/score"):
            slow = upload(Client(), path, slow_body(), **bearer)
            assert (slow.status_code, slow.json()["code"]) == (408, "too_slow")
            broken = upload(Client(), path, BrokenOff(), **bearer)
            assert (broken.status_code, broken.json()["code"]) == (400, "incomplete")


class BrokenOff(BytesIO):
    """A body whose client has gone."""

    def read(self, _size: int | None = -1) -> bytes:
        """Fail as a closed connection does."""
        raise ConnectionResetError


def test_a_body_that_breaks_off_ends_there() -> None:
    assert PacedBody(BytesIO(b"half"), size=8).whole() == b"half"
