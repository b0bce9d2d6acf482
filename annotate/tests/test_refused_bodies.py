"""Who is refused hears why, also in the middle of sending: the site reads on, within bounds, before it answers."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from annotate import page_middleware
from annotate.page_middleware import LINGER_BYTES, RestOfBodyMiddleware
from annotate.tests.test_pages import client_of
from ratings.tests.factories import make_participation, make_study


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


def test_one_thread_of_a_process_reads_on_and_the_others_serve() -> None:
    held, other = CountedBody(1000), CountedBody(1000)
    with page_middleware.lingering:
        posted(other, status=401)
    posted(held, status=401)
    assert (held.taken, other.taken) == (1000, 0)


LARGE = 200 * 2**20


def announced(client: Client, path: str, **headers: str) -> tuple[Any, CountedBody]:
    """Announce a large body with a file in it; give the answer, and the body, which tells how much was read."""
    body = CountedBody(LARGE)
    extra: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(LARGE), "HTTP_EXPECT": "100-continue"}
    answer = client.generic("POST", path, b"", "multipart/form-data; boundary=a", **extra, headers=headers)
    return answer, body


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/", "/s/none/join/", "/api/v1/studies/none/participations"])
def test_who_is_nobody_is_refused_a_large_body_before_it_is_read(path: str) -> None:
    answer, body = announced(Client(), path)
    assert (answer.status_code, body.taken) == (413, 0)
    assert "A body of more than 2 MiB is taken here from staff who are signed in only" in answer.content.decode()
    assert path.startswith("/api/") == (answer.headers["Content-Type"] == "application/json")


@pytest.mark.django_db
def test_a_rater_and_a_token_that_opens_nothing_are_refused_and_staff_may_send_files(researcher: Client) -> None:
    rater = client_of(make_participation())
    answer, body = announced(rater, "/me/withdraw/")
    assert (answer.status_code, body.taken) == (413, 0)
    answer, body = announced(Client(), "/api/v1/studies/none/images", authorization="Bearer pamela_nothing")
    assert (answer.status_code, body.taken) == (401, 0)
    answer, _ = announced(researcher, f"/admin/ratings/study/{make_study().pk}/upload/")
    assert answer.status_code != 413
