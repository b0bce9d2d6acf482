"""Who is refused hears why, also in the middle of sending: the site reads on, within bounds, before it answers."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from annotate.page_middleware import LINGER_BYTES, RestOfBodyMiddleware


class CountedBody(BytesIO):
    """A body that tells how much of it was read."""

    def __init__(self, size: int) -> None:
        super().__init__(bytes(min(size, 2**20)))
        self.size, self.taken = size, 0

    def read(self, size: int | None = -1) -> bytes:
        """Give zeros, as many as are left."""
        assert size is not None
        part = bytes(min(size, self.size - self.taken))
        self.taken += len(part)
        return part


def posted(body: CountedBody, *, status: int, read: int = 0, **headers: Any) -> None:
    """Send a body to a view that reads so much of it and then answers."""

    def view(request: HttpRequest) -> HttpResponse:
        request.read(read)
        return HttpResponse(status=status)

    extra = {"wsgi.input": body, "CONTENT_LENGTH": str(body.size), **headers}
    request = RequestFactory().generic("POST", "/api/v1/score", b"", "multipart/form-data; boundary=a", **extra)
    assert RestOfBodyMiddleware(view)(request).status_code == status


@pytest.mark.parametrize("read", [0, 1000])
def test_a_refused_body_is_read_to_its_end(read: int) -> None:
    body = CountedBody(10 * 2**20)
    posted(body, status=429, read=read)
    assert body.taken == 10 * 2**20


def test_a_body_without_end_is_read_within_bounds() -> None:
    body = CountedBody(100 * LINGER_BYTES)
    posted(body, status=401)
    assert 0 < body.taken <= LINGER_BYTES


def test_what_is_taken_is_left_to_the_view_and_who_waits_for_a_word_sends_nothing() -> None:
    taken, waiting = CountedBody(1000), CountedBody(1000)
    posted(taken, status=200)
    posted(waiting, status=413, HTTP_EXPECT="100-continue")
    assert (taken.taken, waiting.taken) == (0, 0)
