"""Read what is asked: pictures by id, digest, bytes or address, for raters or for everybody."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeGuard
from uuid import UUID

from scoring.server.errors import RefusedError, invalid
from scoring.server.limits import LONGEST_TEXT, MOST_IMAGES, MOST_PICTURES, MOST_RATERS, MOST_SCORES, PICTURE_BYTES

EVERYBODY = "everybody"
SOURCES = ("id", "sha256", "data", "url")
FACTS = ("prompt", "generator", "domain")
FIELDS = ("study", "rater", "raters", "images", "k")
FORM_FIELDS = ("study", "rater", "k", "images", *FACTS)
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_NAME = 100  # characters of an unknown field that are said back
MOST_WIDTHS = 100.0  # standard deviations below the mean


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is said of a picture; None for what is not stated."""

    prompt: str | None = None
    generator: str | None = None
    domain: str | None = None

    @property
    def is_stated(self) -> bool:
        """Tell whether anything is stated."""
        return any(fact is not None for fact in (self.prompt, self.generator, self.domain))


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture asked about, by just one of id, digest, content or address."""

    image_id: UUID | None = None
    digest: str = ""
    content: bytes | None = None
    address: str = ""
    facts: Facts = Facts()

    @property
    def name(self) -> str:
        """Name the picture as the answer does."""
        return str(self.image_id or self.digest)

    @property
    def is_reference(self) -> bool:
        """Tell whether the picture only names one that the server has."""
        return self.content is None and not self.address

    def with_content(self, content: bytes) -> "Picture":
        """Give the picture with its bytes, known by their digest."""
        return replace(self, content=content, digest=sha256(content).hexdigest())


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """Which pictures to score, for whom, and how careful the lower bound is; no rater stands for the default."""

    pictures: tuple[Picture, ...]
    study: str = ""
    raters: tuple[str, ...] = ()
    k: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Tell whether all pictures are named only, with nothing said of them."""
        return all(picture.is_reference and not picture.facts.is_stated for picture in self.pictures)


def json_of(body: bytes) -> Any:
    """Decode JSON of bounded depth."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise RefusedError(status=400, code="parse_error", message="The body is nested too deeply.") from error
    except ValueError as error:
        raise RefusedError(
            status=400, code="parse_error", message="The body is neither JSON nor multipart/form-data."
        ) from error


def read_json(body: Any) -> ScoreRequest:
    """Read a decoded JSON body."""
    if not isinstance(body, dict):
        raise RefusedError(status=400, code="invalid", message="The body must be a JSON object.")
    refuse_unknown(body, known=FIELDS)
    images = body.get("images")
    if not isinstance(images, list):
        raise invalid("images", "must be a list of images.")
    refuse_count(len(images))
    pictures = tuple(read_picture(image, name=f"images.{place}") for place, image in enumerate(images))
    return request_of(pictures, study=body.get("study"), raters=raters_of(body), k=body.get("k"))


def read_form(form: Mapping[str, Sequence[Any]]) -> ScoreRequest:
    """Read a body in parts: pictures as files `images`, in order, and each kind of fact for all of them or none."""
    refuse_unknown(form, known=FORM_FIELDS)
    contents = form.get("images", ())
    if not all(isinstance(content, bytes) for content in contents):
        raise invalid("images", "must be files; name images by id or SHA-256 in a JSON body.")
    refuse_count(len(contents))
    columns = {name: facts_of(form.get(name, ()), name=name, count=len(contents)) for name in FACTS}
    pictures = tuple(
        Picture(facts=Facts(**{name: column[place] for name, column in columns.items()})).with_content(content)
        for place, content in enumerate(contents)
    )
    k = one_of(form, "k")
    return request_of(pictures, study=one_of(form, "study"), raters=form.get("rater", ()), k=number(k) if k else None)


def request_of(pictures: tuple[Picture, ...], *, study: Any, raters: Sequence[Any], k: Any) -> ScoreRequest:
    """Check what both kinds of bodies have."""
    if sum(not picture.is_reference for picture in pictures) > MOST_PICTURES:
        raise too_many_pictures()
    if len(raters) > MOST_RATERS:
        raise invalid("raters", f"at most {MOST_RATERS} raters can be named at once.")
    if len(pictures) * len(raters) > MOST_SCORES:
        raise invalid("raters", f"at most {MOST_SCORES} scores can be asked for at once: images times raters.")
    if study is not None and not is_text(study):
        raise invalid("study", "must be the study's short name.")
    width = 1.0 if k is None else k
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 <= width <= MOST_WIDTHS:  # NaN is neither
        raise invalid("k", f"must be a number from 0 to {MOST_WIDTHS:g}.")
    return ScoreRequest(
        pictures=pictures, study=study or "", raters=tuple(rater_name(rater) for rater in raters), k=float(width)
    )


def read_picture(image: Any, *, name: str) -> Picture:
    """Read one image of a JSON body: an id, a digest, or an object."""
    if isinstance(image, str):
        return reference(image, name=name)
    if not isinstance(image, dict):
        raise invalid(name, "must be an id, a SHA-256 digest, or an object.")
    refuse_unknown(image, known=(*SOURCES, *FACTS), within=f"{name}.")
    given = [source for source in SOURCES if image.get(source) is not None]
    if len(given) != 1:
        raise invalid(name, f"must have just one of {', '.join(SOURCES)}.")
    source, value = given[0], image[given[0]]
    if not isinstance(value, str):
        raise invalid(f"{name}.{source}", "must be a string.")
    facts = Facts(**{fact: text_of(image.get(fact), name=f"{name}.{fact}") for fact in FACTS})
    if source == "data":
        return Picture(facts=facts).with_content(decoded(value, name=f"{name}.data"))
    if source == "url":
        return Picture(address=text_of(value, name=f"{name}.url") or "", facts=facts)
    found = reference(value, name=f"{name}.{source}")
    return replace(found, facts=facts)


def reference(text: str, *, name: str) -> Picture:
    """Read an id or a digest."""
    if DIGEST.fullmatch(text.lower()):
        return Picture(digest=text.lower())
    try:
        return Picture(image_id=UUID(text))
    except ValueError:
        raise invalid(name, "must be an image's id (a UUID) or the SHA-256 digest of its file.") from None


def decoded(text: str, *, name: str) -> bytes:
    """Decode base64, with or without the head of a data URL."""
    if len(text) > PICTURE_BYTES * 4 // 3 + 200:
        raise invalid(name, f"a picture has at most {PICTURE_BYTES // 2**20} MiB.")
    head, comma, tail = text.partition(",")
    try:
        return base64.b64decode(tail if comma and head.startswith("data:") else text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(name, "must be the picture's bytes in base64.") from None


def raters_of(body: Mapping[str, Any]) -> Sequence[Any]:
    """Give the raters of a JSON body, which names one or several."""
    one, several = body.get("rater"), body.get("raters")
    if one is not None and several is not None:
        raise invalid("rater", "name one rater here or several in raters, not both.")
    if several is not None and (not isinstance(several, list) or not several):
        raise invalid("raters", "must be a list of raters.")
    return several or ([] if one is None else [one])


def rater_name(rater: Any) -> str:
    """Read one rater's name."""
    if not is_text(rater) or not rater:
        raise invalid("rater", f"must be a rater's id, or {EVERYBODY!r}.")
    return rater


def facts_of(values: Sequence[Any], *, name: str, count: int) -> list[str | None]:
    """Give one fact of each picture."""
    if len(values) not in {0, count}:
        raise invalid(name, f"must be given once for each of the {count} images, or not at all.")
    return [text_of(value, name=name) for value in values] or [None] * count


def text_of(value: Any, *, name: str) -> str | None:
    """Read a fact about a picture."""
    if value is None:
        return None
    if not is_text(value):
        raise invalid(name, f"must be a text of at most {LONGEST_TEXT} characters.")
    return value


def is_text(value: Any) -> TypeGuard[str]:
    """Tell whether a value is a text that a database and an encoder can take: no zeros, no half of a character."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and not UNWRITABLE.search(value)


def one_of(form: Mapping[str, Sequence[Any]], name: str) -> Any:
    """Give the value of a field that a form has at most once."""
    values = form.get(name, ())
    if len(values) > 1 or not all(isinstance(value, str) for value in values):
        raise invalid(name, "must be given once, as text.")
    return values[0] if values else None


def number(text: str) -> float:
    """Read a number of a form."""
    try:
        return float(text)
    except ValueError:
        return math.nan  # which the check of its range refuses


def refuse_count(count: int) -> None:
    """Refuse no images and too many."""
    if not 1 <= count <= MOST_IMAGES:
        raise invalid("images", f"must be 1 to {MOST_IMAGES} images, not {count}.")


def too_many_pictures() -> RefusedError:
    """Say how many pictures can be sent."""
    return invalid("images", f"at most {MOST_PICTURES} pictures can be sent at once.")


def refuse_unknown(given: Mapping[str, Any], *, known: Sequence[str], within: str = "") -> None:
    """Refuse fields that the call does not have, so that a typo never passes for a blank."""
    unknown = sorted(str(name) for name in given if name not in known)
    if unknown:
        name = unknown[0][:LONGEST_NAME].encode(errors="backslashreplace").decode()
        raise invalid(f"{within}{name}", f"is not a field of this call, which has: {', '.join(known)}.")
