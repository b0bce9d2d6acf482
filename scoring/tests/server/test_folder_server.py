"""A released folder serves other programs over HTTP, where there is no Django, database or service."""

import base64
import io
import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import load

from scoring.ml.release import open_release
from scoring.pipeline.serving.release import copy_code
from scoring.server.answers import NPZ, SAFETENSORS
from scoring.server.limits import MEBIBYTE
from scoring.tests.server.http_calls import WITH_LIMITS, Part, Server, form_of, free_port, running, wait_for
from scoring.tests.server.taste_world import make_release, picture

FORBIDDEN = ("django", "celery", "rest_framework", "psycopg", "ratings", "annotate")
TOKEN = "open-sesame"
KNOWN = {"Authorization": f"Bearer {TOKEN}"}
SHADES = (0.9, 0.1, 0.55)  # red, blue, and between


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a release with its code, and packages in front of Django's that cannot be imported."""
    folder = make_release(tmp_path_factory.mktemp("served"))
    copy_code(folder)
    for name in FORBIDDEN:
        (folder.parent / "nothing" / name).mkdir(parents=True)
        (folder.parent / "nothing" / name / "__init__.py").write_text(f'raise ImportError("{name} is not here")\n')
    return folder


def serving(release: Path, *, options: tuple[str, ...] = ()) -> AbstractContextManager[Server]:
    """Serve the release as its README says, from its own folder."""
    port = free_port()
    command = ["-m", "scoring.server", ".", "--port", str(port), *options]
    return running(command, port=port, folder=release, PYTHONPATH=str(release.parent / "nothing"))


@pytest.fixture(scope="module")
def server(release: Path) -> Iterator[Server]:
    """Serve with two tastes and no token."""
    with serving(release, options=("--tastes", "../tastes")) as found:
        yield found


def fresh() -> list[bytes]:
    """Draw pictures that no model has seen."""
    return [picture(shade, seed=100 + row) for row, shade in enumerate(SHADES)]


def test_an_outside_program_gets_opposite_orders_of_fresh_pictures_for_two_people_of_opposite_tastes(
    server: Server,
) -> None:
    files = [("images", content) for content in fresh()]
    answer = server.score_form(*files, ("rater", "red"), ("rater", "blue"), ("rater", "everybody"), ("k", "2"))
    assert answer.status == 200, answer.body
    items = answer.json["items"]
    assert [item["rater"] for item in items] == ["red"] * 3 + ["blue"] * 3 + ["everybody"] * 3
    means = np.array([item["mean"] for item in items]).reshape(3, 3)
    assert np.argsort(means[0]).tolist() == [1, 2, 0]
    assert np.argsort(means[1]).tolist() == [0, 2, 1]
    assert all(item["lower"] == pytest.approx(item["mean"] - 2 * item["sd"]) for item in items)
    percentiles = np.array([item["percentile"] for item in items]).reshape(3, 3)
    assert percentiles[0, 0] > 75
    assert percentiles[0, 1] < 25
    assert percentiles[1, 1] > 75
    assert percentiles[1, 0] < 25
    assert answer.json["model_version"] == "v7"
    assert [rater["ratings"] > 0 for rater in answer.json["raters"]] == [True, True, False]
    assert not any(item["prompt_judged"] for item in items)  # this encoder has no text tower


def test_the_scores_are_those_of_the_model_in_process_to_five_digits(
    server: Server, release: Path, tmp_path: Path
) -> None:
    contents = fresh()
    files = [tmp_path / f"{place}.png" for place in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    opened = open_release(release)
    expected = opened.predict(opened.look_at(files, ["a red field", "", "a vase"]))
    images = [{"data": base64.b64encode(content).decode()} for content in contents]
    for image, prompt in zip(images, ["a red field", "", "a vase"], strict=True):
        image["prompt"] = prompt
    items = server.score({"images": images}).json["items"]
    np.testing.assert_allclose([item["mean"] for item in items], expected.mean, rtol=0, atol=1e-5)
    np.testing.assert_allclose([item["sd"] for item in items], expected.sd, rtol=0, atol=1e-5)


def test_arrays_say_the_same_as_json_and_hold_no_pickle(server: Server) -> None:
    parts: list[Part] = [*(("images", content) for content in fresh()), ("rater", "red"), ("rater", "blue")]
    plain = server.score_form(*parts).json
    means = np.array([item["mean"] for item in plain["items"]]).reshape(2, 3)
    zipped = server.score_form(*parts, Accept=NPZ)
    assert zipped.headers["content-type"] == NPZ
    with np.load(io.BytesIO(zipped.body), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["mean"], means)
        assert arrays["raters"].tolist() == ["red", "blue"]
        assert arrays["images"].tolist() == [item["image"] for item in plain["items"][:3]]
        assert str(arrays["model_version"]) == "v7"
        assert not arrays["prompt_judged"].any()
    packed = server.score_form(*parts, Accept=SAFETENSORS)
    np.testing.assert_array_equal(load(packed.body)["mean"], means)
    (length,) = struct.unpack("<Q", packed.body[:8])
    facts = json.loads(json.loads(packed.body[8 : 8 + length])["__metadata__"]["scores"])
    assert facts["raters"] == plain["raters"]


def bomb() -> bytes:
    """Write a PNG of 40,000 by 40,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is none of the formats"),
        (b"GIF89a", "is none of the formats"),
        (picture(0.5)[:2000], "is damaged"),
        (picture(0.5, form="JPEG")[:400], "is damaged|is none of the formats"),
        (picture(0.5, form="BMP"), "is none of the formats"),
        (bomb(), "million pixels"),
        (bytes(33 * MEBIBYTE), "is larger than 32 MiB"),
    ],
)
def test_a_hostile_picture_is_named_with_the_reason_and_the_next_request_is_served(
    server: Server, content: bytes, words: str
) -> None:
    refused = server.score_form(("images", picture(0.5)), ("images", content))
    assert (refused.status, refused.json["code"]) == (400, "unreadable_image")
    assert list(refused.json["fields"]) == ["images.1"]
    assert any(word in refused.json["message"] for word in words.split("|")), refused.json
    assert server.score_form(("images", picture(0.5))).status == 200


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"images": [', "application/json", 400, "parse_error"),
        (b'{"images": ["' + b"ab" * 32 + b'"]}', "application/json", 400, "unknown_image"),
        (b'{"images": [{"data": "aGk="}], "rater": "nobody"}', "application/json", 404, "unknown_rater"),
        (b'{"images": [{"data": "aGk="}], "rater": "../tastes/red"}', "application/json", 404, "unknown_rater"),
        (b'{"images": [{"data": "aGk="}], "study": "other"}', "application/json", 400, "invalid"),
        (b'{"images": [{"url": "http://127.0.0.1:1/a"}]}', "application/json", 400, "not_fetched"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=y", 400, "invalid"),
        (b"nonsense", "multipart/form-data", 400, "invalid"),
    ],
)
def test_what_cannot_be_scored_is_answered_with_a_code(
    server: Server, body: bytes, kind: str, status: int, code: str
) -> None:
    refused = server.score(body, Content_Type=kind)
    assert (refused.status, refused.json["code"]) == (status, code), refused.body


def test_a_picture_too_many_is_said_alike_in_both_kinds_of_bodies(server: Server) -> None:
    image = {"data": base64.b64encode(b"one").decode()}
    for refused in (server.score_form(*[("images", b"one")] * 257), server.score({"images": [image] * 257})):
        assert (refused.status, refused.json["code"]) == (400, "invalid")
        assert refused.json["fields"] == {"images": "at most 256 pictures can be sent at once."}


def test_it_says_that_it_lives_and_is_ready_and_what_it_counted(server: Server) -> None:
    server.score_form(("images", picture(0.31, seed=7)))
    assert server.call("GET", "/livez").status == 200
    assert server.call("GET", "/readyz").json == {"reward": "up", "serves": "two-colours v7"}
    counts = server.call("GET", "/metrics").body.decode()
    assert 'pamela_reward_requests_total{status="200"}' in counts
    assert 'pamela_reward_pictures_total{how="embedded"}' in counts
    assert server.call("GET", "/api/v1/score").status == 405
    assert server.call("GET", "/nothing").json["code"] == "not_found"


def test_a_picture_sent_again_is_not_embedded_again(server: Server) -> None:
    content = picture(0.77, seed=77)
    first = server.score_form(("images", content)).json["items"]
    before = embedded(server)
    assert server.score_form(("images", content), ("rater", "red")).status == 200
    assert server.score_form(("images", content)).json["items"] == first
    assert embedded(server) == before


def embedded(server: Server) -> float:
    """Read how many pictures went through the network."""
    lines = server.call("GET", "/metrics").body.decode().splitlines()
    return next(
        float(line.split()[1]) for line in lines if line.startswith('pamela_reward_pictures_total{how="embedded"}')
    )


@pytest.mark.slow
def test_a_serving_process_that_is_killed_is_replaced(server: Server) -> None:
    (worker,) = psutil.Process(server.process.pid).children()
    worker.kill()
    worker.wait()
    wait_for(server.is_ready, what="a process in its place")
    assert server.score_form(("images", picture(0.5))).status == 200


def test_what_a_client_asked_for_that_has_left_is_not_worked_on(server: Server) -> None:
    body, kind = form_of([("images", picture(0.5, seed=70_000 + row)) for row in range(200)])
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as leaving:
        leaving.sendall(f"POST /api/v1/score HTTP/1.1\r\nHost: here\r\nContent-Type: {kind}\r\n".encode())
        leaving.sendall(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_for(lambda: waiting(server) > 0, what="pictures that wait")
    wait_for(lambda: waiting(server) == 0, what="an empty queue")
    counts = server.call("GET", "/metrics").body.decode()
    assert 'pamela_reward_requests_total{status="499"} 1.0' in counts
    assert "pamela_reward_body_bytes 0.0" in counts


def waiting(server: Server) -> float:
    """Count the pictures that wait to be embedded."""
    lines = server.call("GET", "/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("pamela_reward_waiting_pictures "))


@pytest.mark.slow
def test_strangers_slow_clients_and_crowds_are_refused_with_the_reason_and_others_are_served(release: Path) -> None:
    port = free_port()
    limits = f"body_seconds=1.0, waiting=8, body_bytes={MEBIBYTE}, bodies_bytes=3 * {MEBIBYTE}"
    script = release / "limited.py"
    script.write_text(WITH_LIMITS.format(port=port, limits=limits, token=TOKEN))
    with running([script.name], port=port, folder=release, PYTHONPATH=str(release.parent / "nothing")) as server:
        stranger = server.score(b"nonsense")  # of which nothing was read
        assert (stranger.status, stranger.json["code"]) == (401, "authentication_failed")
        assert stranger.headers["www-authenticate"] == "Bearer"
        with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
            slow.sendall(f"POST /api/v1/score HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {TOKEN}\r\n".encode())
            slow.sendall(b"Content-Length: 100\r\n\r\n{")
            assert server.score_form(("images", picture(0.5)), **KNOWN).status == 200
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
        for size in (2, 64):  # more than the sockets hold: the reason arrives once all is sent, not a broken pipe
            too_long = server.score(bytes(size * MEBIBYTE), **KNOWN)
            assert (too_long.status, too_long.json["code"]) == (413, "too_large")
            assert server.score(bytes(size * MEBIBYTE)).status == 401
        statuses = crowd(server, callers=12)
    assert set(statuses) == {200, 429}


def crowd(server: Server, *, callers: int) -> list[int]:
    """Let many send six pictures at once; a refusal says when to come back."""
    replies = []

    def call(number: int) -> None:
        files = [("images", picture(0.5, seed=1000 * number + row)) for row in range(6)]
        reply = server.score_form(*files, **KNOWN)
        assert reply.status == 200 or int(reply.headers["retry-after"]) >= 1
        replies.append(reply.status)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies
