"""The cookie by which a browser is a rater's: read, set and removed, for pages and API alike."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from ratings.exceptions import OtherRaterError
from ratings.models import Participation, Rater
from ratings.selectors.participations import rater_by_id

COOKIE = "pamela_rater"
COOKIE_SALT = "annotate.rater"
COOKIE_SECONDS = 180 * 24 * 3600
RATER_HEADER = "X-Rater"  # whom a page was made for: on its calls, and on the page itself for the service worker
NOBODY = "nobody"  # in that header


def rater_of(request: HttpRequest) -> Rater | None:
    """Give the rater that the signed cookie names, if they still exist."""
    key = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE_SALT, max_age=COOKIE_SECONDS)
    return rater_by_id(rater_id=key) if key else None


def remember_rater(answer: HttpResponseBase, rater_id: UUID, *, is_secure: bool) -> None:
    """Let the browser carry the rater's name from now on, signed."""
    answer.set_signed_cookie(
        COOKIE,
        str(rater_id),
        salt=COOKIE_SALT,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=is_secure,
    )


def forget_rater(answer: HttpResponseBase) -> None:
    """Let the browser forget the rater."""
    answer.delete_cookie(COOKIE, samesite="Lax")


def mark_for(answer: HttpResponse, participation: Participation | None) -> HttpResponse:
    """Say in a page's header whom it was made for, so that the device keeps nothing of anybody else's."""
    if participation is not None:
        answer[RATER_HEADER] = str(participation.rater_id)
    return answer


def mark_for_nobody(answer: HttpResponse) -> HttpResponse:
    """Say in a page's header that nobody is signed in, so that the device keeps nothing of who was."""
    answer[RATER_HEADER] = NOBODY
    return answer


def require_same_rater(rater: Rater, *, meant: str | None) -> None:
    """Raise where a page made for one rater asks while the browser is signed in as another: two tabs, two people."""
    if meant and meant != str(rater.pk):
        raise OtherRaterError(
            gettext("Someone else is using this browser now, so nothing was changed: open your resume link.")
        )
