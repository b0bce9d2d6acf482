"""How far a walk through a study has come: in a signed cookie of the browser, and nowhere on the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "pamela_preview"
SALT = "annotate.preview"
PATH = "/preview/"
SECONDS = 24 * 3600
SHORT = 8  # characters of a nonce, enough to tell the answers of one walk apart


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One walk: the study, the answers by the number of what was shown, and what was given back."""

    slug: str
    run: UUID
    answered: Mapping[int, str] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()
    has_answered_end: bool = False

    @property
    def closed(self) -> set[int]:
        """Give what is not shown again."""
        return {*self.answered, *self.skipped}

    def with_answer(self, *, number: int, nonce: str) -> "Walk":
        """Add an answer."""
        return replace(self, answered={**self.answered, number: nonce.replace("-", "")[:SHORT]})

    def with_skip(self, number: int) -> "Walk":
        """Add something that was given back."""
        return replace(self, skipped=self.skipped | {number})

    def without(self, number: int) -> "Walk":
        """Take an answer back."""
        return replace(self, answered={one: nonce for one, nonce in self.answered.items() if one != number})

    def finished(self) -> "Walk":
        """Note that the questions at the end are answered."""
        return replace(self, has_answered_end=True)

    def number_of(self, nonce: UUID) -> int | None:
        """Find what an answer was about."""
        found = (number for number, short in self.answered.items() if short == nonce.hex[:SHORT])
        return next(found, None)


def new_walk(slug: str) -> Walk:
    """Begin a walk."""
    return Walk(slug=slug, run=uuid4())


def walk_of(request: HttpRequest, *, slug: str) -> Walk:
    """Give the walk through a study that the browser is on; a new one where it is on none."""
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:  # none, an old one, or one that somebody changed
        return new_walk(slug)
    if held["slug"] != slug:
        return new_walk(slug)
    return Walk(
        slug=slug,
        run=UUID(held["run"]),
        answered={int(number): nonce for number, nonce in held["answered"].items()},
        skipped=frozenset(held["skipped"]),
        has_answered_end=held["has_answered_end"],
    )


def keep_walk(request: HttpRequest, answer: HttpResponseBase, walk: Walk) -> None:
    """Let the browser carry the walk on, where it went on.

    A call that changed nothing writes nothing: one that began before an answer was taken, such as a lease, would put
    the walk back to before it where it ends later.
    """
    if walk == walk_of(request, slug=walk.slug):
        return
    held = {
        "slug": walk.slug,
        "run": walk.run.hex,
        "answered": dict(walk.answered),
        "skipped": sorted(walk.skipped),
        "has_answered_end": walk.has_answered_end,
    }
    value = signing.dumps(held, salt=SALT, compress=True)
    answer.set_cookie(
        COOKIE, value, path=PATH, max_age=SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
