"""What is asked of the reward server is read strictly, and what is wrong with it is named."""

import base64
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from scoring.server.answers import JSON, NPZ, SAFETENSORS, negotiated
from scoring.server.errors import RefusedError
from scoring.server.requests import json_of, read_form, read_json

ID = "6f1c9d0e-8b36-4a53-9b37-0d6a5e6a2f11"
DIGEST = "ab" * 32


def test_images_are_named_by_id_or_digest_or_come_as_bytes_or_an_address() -> None:
    asked = read_json(
        {
            "study": "demo",
            "raters": [ID, "everybody"],
            "k": 2,
            "images": [
                ID,
                DIGEST.upper(),
                {"data": "data:image/png;base64," + base64.b64encode(b"bytes").decode(), "prompt": "a vase"},
                {"url": "https://pictures.example.org/1.png", "generator": "flux", "domain": "art"},
                {"id": ID, "prompt": ""},
            ],
        }
    )
    one, two, three, four, five = asked.pictures
    assert (asked.study, asked.raters, asked.k) == ("demo", (ID, "everybody"), 2.0)
    assert (one.image_id, two.digest) == (UUID(ID), DIGEST)
    assert (three.content, three.name, three.facts.prompt) == (b"bytes", sha256(b"bytes").hexdigest(), "a vase")
    assert (four.address, four.facts.generator, four.facts.domain) == (
        "https://pictures.example.org/1.png",
        "flux",
        "art",
    )
    assert (five.facts.prompt, five.facts.domain) == ("", None)  # said to have none, and nothing said
    assert not asked.is_plain
    assert read_json({"images": [ID, DIGEST]}).is_plain


def test_a_form_says_facts_in_the_order_of_its_files() -> None:
    asked = read_form({"images": [b"one", b"two"], "prompt": ["a", "b"], "rater": [ID], "k": ["0.5"]})
    assert [(picture.content, picture.facts.prompt) for picture in asked.pictures] == [(b"one", "a"), (b"two", "b")]
    assert (asked.raters, asked.k) == ((ID,), 0.5)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "images", "must be a list"),
        ({"images": []}, "images", "1 to 1000 images, not 0"),
        ({"images": [ID] * 1001}, "images", "not 1001"),
        ({"images": [{"data": "aGk="}] * 257}, "images", "at most 256 pictures"),
        ({"images": [7]}, "images.0", "must be an id"),
        ({"images": [ID], "study": "a\x00"}, "study", "must be the study's short name"),
        ({"images": [ID], "study": "\ud800"}, "study", "must be the study's short name"),
        ({"images": [ID], "rater": "a\x00"}, "rater", "must be a rater's id"),
        ({"images": [ID], "rater": "\ud800"}, "rater", "must be a rater's id"),
        ({"images": [{"data": "aGk=", "prompt": "\udfff"}]}, "images.0.prompt", "must be a text"),
        ({"images": [{"url": "http://\ud800"}]}, "images.0.url", "must be a text"),
        ({"images": [ID], "\ud800": 1}, "\\ud800", "is not a field"),
        ({"images": [ID], "x" * 10_000: 1}, "x" * 100, "is not a field"),
        ({"images": ["cat.png"]}, "images.0", "must be an image's id"),
        ({"images": [{"prompt": "a vase"}]}, "images.0", "just one of id, sha256, data, url"),
        ({"images": [{"id": ID, "url": "x"}]}, "images.0", "just one of"),
        ({"images": [{"data": "%%%"}]}, "images.0.data", "base64"),
        ({"images": [{"id": ID, "promt": "x"}]}, "images.0.promt", "is not a field"),
        ({"images": [{"id": ID, "prompt": "x" * 10_001}]}, "images.0.prompt", "at most 10000 characters"),
        ({"images": [ID], "rates": ID}, "rates", "is not a field of this call"),
        ({"images": [ID], "rater": ID, "raters": [ID]}, "rater", "not both"),
        ({"images": [ID], "raters": []}, "raters", "list of raters"),
        ({"images": [ID], "raters": [ID] * 65}, "raters", "at most 64"),
        ({"images": [ID] * 600, "raters": [ID] * 60}, "raters", "at most 32000 scores"),
        ({"images": [ID], "rater": 3}, "rater", "must be a rater's id"),
        ({"images": [ID], "study": 3}, "study", "short name"),
        ({"images": [ID], "k": -1}, "k", "from 0 to 100"),
        ({"images": [ID], "k": float("nan")}, "k", "from 0 to 100"),
        ({"images": [ID], "k": 10**400}, "k", "from 0 to 100"),
        ({"images": [ID], "k": True}, "k", "from 0 to 100"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(body: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        read_json(body)
    assert (refused.value.status, refused.value.code, list(refused.value.fields)) == (400, "invalid", [field])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"images": ["text"]}, "must be files"),
        ({"images": [b"a", b"b"], "prompt": ["a"]}, "once for each of the 2 images"),
        ({"images": [b"a"], "k": ["x"]}, "from 0 to 100"),
        ({"images": [b"a"], "study": ["a", "b"]}, "must be given once"),
        ({"images": [b"a"], "raters": ["x"]}, "is not a field"),
    ],
)
def test_what_is_wrong_with_a_form_is_named(form: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        read_form(form)


@pytest.mark.parametrize("body", [b"", b"[1, 2", b"\xff\xfe", b"[" * 200_000])
def test_what_is_no_json_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        json_of(body)
    assert (refused.value.status, refused.value.code) == (400, "parse_error")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (NPZ, NPZ),
        (f"{JSON};q=0.5, {SAFETENSORS}", SAFETENSORS),
        ("application/*", JSON),
    ],
)
def test_the_form_of_an_answer_is_what_the_client_likes_best(accept: str, chosen: str) -> None:
    assert negotiated(accept) == chosen


def test_a_form_that_is_not_offered_is_refused() -> None:
    with pytest.raises(RefusedError, match="accept one") as refused:
        negotiated("application/python-pickle")
    assert refused.value.status == 406
