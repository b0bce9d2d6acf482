"""Remote generators and writers, against a server on this machine that speaks their protocols, errors included."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from scoring.generators.base import (
    BadOutputError,
    BudgetSpentError,
    Generator,
    GeneratorError,
    ImageRequest,
    NotConfiguredError,
    PromptRefusedError,
    RateLimitedError,
    TimedOutError,
    UnavailableError,
)
from scoring.generators.gemini import GeminiImages
from scoring.generators.openai_images import OpenAIImages
from scoring.generators.paced import PacedGenerator
from scoring.generators.registry import check_generator
from scoring.generators.settings import GeneratorSettings
from scoring.generators.sketch_generator import SketchGenerator
from scoring.writers.base import (
    Brief,
    PromptCandidate,
    SubjectLostError,
    WriterBadOutputError,
    WriterError,
    WriterNotConfiguredError,
    WriterRateLimitedError,
    WriterTimedOutError,
    WriterUnavailableError,
)
from scoring.writers.chat import ChatWriter
from scoring.writers.registry import build_writer
from scoring.writers.settings import WriterSettings

REQUEST = ImageRequest(prompt="a vase on a table", seed=7, width=96, height=64)
Reply = tuple[int, dict[str, str], Any]
LONG, SHORT = 120.0, 0.5  # s that a client waits: for an answer that comes, and for one that does not


class Backend:
    """A server whose answers a test decides on; it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: Callable[[dict[str, Any]], Reply] = lambda _: (500, {}, {})
        self.file = b""
        self.is_over = threading.Event()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                backend.asked.append({"path": self.path, **body})
                self.answer(*backend.reply(body))

            def do_GET(self) -> None:
                self.answer(200, {"Content-Type": "image/png"}, backend.file)

            def answer(self, status: int, headers: dict[str, str], body: Any) -> None:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # a client that no longer waits
                    self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hang(self, _: dict[str, Any]) -> Reply:
        """Give no answer before the test is over."""
        self.is_over.wait()
        return 200, {}, {}

    def end(self) -> None:
        """Let go of who waits, and listen no more."""
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Run a server for one test."""
    made = Backend()
    yield made
    made.end()


def png(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (256, 256)) -> bytes:
    """Draw a plain picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def openai_images(backend: Backend, timeout_s: float = LONG) -> OpenAIImages:
    return OpenAIImages(GeneratorSettings(images_base=f"{backend.base}/v1", images_model="flux", timeout_s=timeout_s))


def gemini_images(backend: Backend, timeout_s: float = LONG) -> GeminiImages:
    return GeminiImages(GeneratorSettings(gemini_base=backend.base, gemini_key="k", timeout_s=timeout_s))


def openai_picture(body: dict[str, Any]) -> Reply:
    return 200, {}, {"created": 1, "data": [{"b64_json": encoded(png((body["seed"], 0, 0)))}]}


def gemini_picture(body: dict[str, Any]) -> Reply:
    picture = encoded(png((body["generationConfig"]["seed"], 0, 0)))
    parts = [{"text": "Here you are."}, {"inlineData": {"mimeType": "image/png", "data": picture}}]
    return 200, {}, {"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": "STOP"}]}


REMOTE: dict[str, tuple[Callable[..., Generator], Callable[[dict[str, Any]], Reply]]] = {
    "openai": (openai_images, openai_picture),
    "gemini": (gemini_images, gemini_picture),
}


@pytest.mark.parametrize("name", REMOTE)
def test_a_remote_generator_keeps_the_contract(backend: Backend, name: str) -> None:
    build, picture = REMOTE[name]
    backend.reply = picture
    generator = build(backend)
    assert isinstance(generator, Generator)
    assert generator.name == name
    assert generator.key.startswith(name)
    requests = [ImageRequest(prompt="a vase", seed=seed, width=96, height=64) for seed in (10, 200, 90)]
    pictures = generator.generate(requests)
    assert [picture.size for picture in pictures] == [(96, 64)] * 3
    assert [picture.mode for picture in pictures] == ["RGB"] * 3
    assert [picture.getpixel((1, 1))[0] for picture in pictures] == [10, 200, 90]  # type: ignore[index]
    assert generator.generate([]) == []


OPENAI_ERROR = {"error": {"message": "no", "type": "x", "code": None}}
GEMINI_ERROR = {"error": {"code": 0, "message": "no", "status": "X"}}
FAILURES: list[tuple[str, Reply, type[GeneratorError]]] = [
    ("openai", (401, {}, OPENAI_ERROR), NotConfiguredError),
    ("openai", (404, {}, OPENAI_ERROR), NotConfiguredError),
    ("openai", (429, {"Retry-After": "17"}, OPENAI_ERROR), RateLimitedError),
    ("openai", (503, {}, OPENAI_ERROR), UnavailableError),
    ("openai", (400, {}, {"error": {"message": "no", "code": "content_policy_violation"}}), PromptRefusedError),
    ("openai", (400, {}, OPENAI_ERROR), BadOutputError),
    ("openai", (200, {}, {"created": 1, "data": []}), BadOutputError),
    ("openai", (200, {}, {"created": 1, "data": [{"b64_json": encoded(b"garbage")}]}), BadOutputError),
    ("openai", (200, {}, {"created": 1, "data": [{"b64_json": "%%%"}]}), BadOutputError),
    ("openai", (200, {}, {"created": 1, "data": [{"url": "file:///etc/passwd"}]}), BadOutputError),
    ("openai", (200, {}, b"<html>"), BadOutputError),
    ("gemini", (403, {}, GEMINI_ERROR), NotConfiguredError),
    ("gemini", (400, {}, {"error": {"code": 400, "message": "API key not valid."}}), NotConfiguredError),
    ("gemini", (503, {}, GEMINI_ERROR), UnavailableError),
    ("gemini", (400, {}, GEMINI_ERROR), BadOutputError),
    ("gemini", (200, {}, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), PromptRefusedError),
    ("gemini", (200, {}, {"candidates": [{"finishReason": "IMAGE_SAFETY"}]}), PromptRefusedError),
    ("gemini", (200, {}, {"candidates": [{"content": {"parts": [{"text": "I cannot."}]}}]}), BadOutputError),
    ("gemini", (200, {}, {}), BadOutputError),
]


@pytest.mark.parametrize(("name", "reply", "error"), FAILURES)
def test_every_failure_of_a_remote_generator_has_its_name(
    backend: Backend, name: str, reply: Reply, error: type[GeneratorError]
) -> None:
    backend.reply = lambda _: reply
    with pytest.raises(error) as caught:
        REMOTE[name][0](backend).generate([REQUEST])
    assert type(caught.value) is error


@pytest.mark.parametrize("name", REMOTE)
def test_a_remote_generator_that_hangs_or_is_away_may_be_tried_again(backend: Backend, name: str) -> None:
    build, _ = REMOTE[name]
    backend.reply = backend.hang
    with pytest.raises(TimedOutError) as slow:
        build(backend, timeout_s=SHORT).generate([REQUEST])
    backend.end()
    with pytest.raises(UnavailableError) as away:
        build(backend).generate([REQUEST])
    assert slow.value.is_retryable
    assert away.value.is_retryable


def test_patience_is_as_long_as_the_backend_asks_for(backend: Backend) -> None:
    backend.reply = lambda _: (429, {"Retry-After": "17"}, OPENAI_ERROR)
    with pytest.raises(RateLimitedError) as theirs:
        openai_images(backend).generate([REQUEST])
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "21s"}]
    backend.reply = lambda _: (429, {}, {"error": {"code": 429, "message": "slow down", "details": details}})
    with pytest.raises(RateLimitedError) as googles:
        gemini_images(backend).generate([REQUEST])
    assert (theirs.value.retry_after_s, googles.value.retry_after_s) == (17.0, 21.0)


def test_a_picture_may_come_at_an_address(backend: Backend) -> None:
    backend.file = png((1, 2, 3))
    backend.reply = lambda _: (200, {}, {"created": 1, "data": [{"url": f"{backend.base}/picture.png"}]})
    assert openai_images(backend).generate([REQUEST])[0].getpixel((0, 0)) == (1, 2, 3)


def test_a_picture_is_fetched_from_no_private_host_but_the_endpoint_itself(backend: Backend) -> None:
    other = backend.base.rpartition(":")[0] + ":9/v1/picture.png"  # this machine, but another of its services
    backend.reply = lambda _: (200, {}, {"created": 1, "data": [{"url": other}]})
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1, which is a private address"):
        openai_images(backend).generate([REQUEST])


def test_the_seed_and_the_size_are_passed_on(backend: Backend) -> None:
    backend.reply = openai_picture
    openai_images(backend).generate([REQUEST])
    asked = backend.asked[0]
    assert (asked["path"], asked["seed"], asked["size"], asked["model"]) == (
        "/v1/images/generations",
        7,
        "96x64",
        "flux",
    )


def test_what_is_not_configured_is_said_in_a_sentence_that_names_the_setting() -> None:
    for name, word in (("openai", "IMAGES_API_MODEL"), ("gemini", "GEMINI_API_KEY"), ("diffusers", "DIFFUSION_MODEL")):
        with pytest.raises(NotConfiguredError, match=word):
            check_generator(name, GeneratorSettings())
    with pytest.raises(NotConfiguredError, match="IMAGES_API_KEY"):
        check_generator("openai", GeneratorSettings(images_model="gpt-image-1"))
    with pytest.raises(WriterNotConfiguredError, match="WRITER_API_BASE"):
        build_writer("chat", WriterSettings())
    assert "secret" not in repr(GeneratorSettings(images_key="secret", gemini_key="secret"))


def test_a_paced_generator_waits_between_requests_and_stops_at_its_budget() -> None:
    waits: list[float] = []
    paced = PacedGenerator(SketchGenerator(), per_minute=30, most=3, sleep=waits.append)
    paced.generate([REQUEST])
    paced.generate([REQUEST, REQUEST])
    assert waits == [4.0]  # two pictures at one in two seconds
    with pytest.raises(BudgetSpentError, match="PICTURES_PER_RUN"):
        paced.generate([REQUEST])
    taken_up_again = PacedGenerator(SketchGenerator(), per_minute=0, most=3, asked=2)
    with pytest.raises(BudgetSpentError, match="3 pictures drawn, and 2 are"):
        taken_up_again.generate([REQUEST, REQUEST])


SUBJECT = "a vase and fruit on a table"
GOOD = [f"a vase with fruit on a table, {palette} palette" for palette in ("ember", "ocean", "forest", "pastel")]


def chat(backend: Backend, timeout_s: float = LONG) -> ChatWriter:
    return ChatWriter(WriterSettings(chat_base=f"{backend.base}/v1", chat_model="llama", timeout_s=timeout_s))


def said(content: str, **choice: Any) -> Reply:
    message = {"role": "assistant", "content": content}
    return (
        200,
        {},
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "llama",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
        },
    )


def test_a_language_model_receives_what_was_tried_and_its_prompts_become_drafts(backend: Backend) -> None:
    backend.reply = lambda _: said(json.dumps({"prompts": GOOD}))
    tried = (PromptCandidate(prompt="a vase and fruit on a table, neon light", score=0.75),)
    drafts = chat(backend).write(Brief(prompt=SUBJECT, count=3, tried=tried))
    assert [draft.prompt for draft in drafts] == GOOD[:3]
    assert drafts[0].changes == {"palette": "ember"}
    question = backend.asked[0]["messages"][1]["content"]
    assert "0.750  a vase and fruit on a table, neon light" in question
    assert backend.asked[0]["response_format"]["type"] == "json_schema"


def test_prose_around_json_is_forgiven_and_a_second_round_fills_up(backend: Backend) -> None:
    answers = iter([said(f"Sure! {json.dumps({'prompts': GOOD[:1]})} Enjoy."), said(json.dumps({"prompts": GOOD}))])
    backend.reply = lambda _: next(answers)
    drafts = chat(backend).write(Brief(prompt=SUBJECT, count=3))
    assert [draft.prompt for draft in drafts] == GOOD[:3]


def test_a_server_that_knows_no_schema_is_asked_for_plain_json(backend: Backend) -> None:
    def picky(body: dict[str, Any]) -> Reply:
        if body["response_format"]["type"] == "json_schema":
            return 400, {}, OPENAI_ERROR
        return said(json.dumps({"prompts": GOOD}))

    backend.reply = picky
    assert len(chat(backend).write(Brief(prompt=SUBJECT, count=4))) == 4


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (said("I would rather write about the sea."), WriterBadOutputError),
        (said(json.dumps({"prompts": []})), WriterBadOutputError),
        (said(json.dumps({"prompts": "one"})), WriterBadOutputError),
        (said(json.dumps({"prompts": ["a dog in the rain", "two cats"]})), SubjectLostError),
        ((401, {}, OPENAI_ERROR), WriterNotConfiguredError),
        ((429, {"Retry-After": "5"}, OPENAI_ERROR), WriterRateLimitedError),
        ((500, {}, OPENAI_ERROR), WriterUnavailableError),
        ((200, {}, {"choices": []}), WriterBadOutputError),
    ],
)
def test_every_failure_of_a_language_model_has_its_name(
    backend: Backend, reply: Reply, error: type[WriterError]
) -> None:
    backend.reply = lambda _: reply
    with pytest.raises(error) as caught:
        chat(backend).write(Brief(prompt=SUBJECT, count=2))
    assert type(caught.value) is error


def test_a_language_model_that_hangs_may_be_asked_again(backend: Backend) -> None:
    backend.reply = backend.hang
    with pytest.raises(WriterTimedOutError) as caught:
        chat(backend, timeout_s=SHORT).write(Brief(prompt=SUBJECT, count=2))
    assert caught.value.is_retryable
