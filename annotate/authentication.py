"""Find out who is asking: a rater by cookie or token, a script by the token of a member of staff."""

from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, TokenAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response

from annotate import flows
from ratings.exceptions import OtherRaterError
from ratings.models import Participation, Rater

COOKIE = "pamela_rater"
COOKIE_SALT = "annotate.rater"
COOKIE_SECONDS = 180 * 24 * 3600
RATER_HEADER = "X-Rater"  # whom a page was made for: on its calls, and on the page itself for the service worker


class CsrfCheck(CsrfViewMiddleware):
    """The middleware's check, giving the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:  # noqa: ARG002
        return reason


def rater_of(request: HttpRequest) -> Rater | None:
    """Give the rater that the signed cookie names, if they still exist."""
    key = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE_SALT, max_age=COOKIE_SECONDS)
    return flows.rater_by_id(rater_id=key) if key else None


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


def require_same_rater(rater: Rater, *, meant: str | None) -> None:
    """Raise where a page made for one rater asks while the browser is signed in as another: two tabs, two people."""
    if meant and meant != str(rater.pk):
        raise OtherRaterError("Somebody else uses this browser now, so nothing was changed: open your resume link.")


class RaterCookieAuthentication(BaseAuthentication):
    """A rater in a browser: the signed cookie, and Django's CSRF token on every write."""

    def authenticate(self, request: Request) -> tuple[Rater, None] | None:
        """Give the rater, or nobody; a write without the CSRF token is refused."""
        rater = rater_of(request._request)
        if rater is None:
            return None
        require_same_rater(rater, meant=request.META.get("HTTP_X_RATER"))
        check = CsrfCheck(lambda _request: Response())
        check.process_request(request._request)
        reason = check.process_view(request._request, None, (), {})  # type: ignore[arg-type]
        if reason:
            raise exceptions.PermissionDenied(f"The request is not from this site's own pages: {reason}")
        return rater, None


class RaterTokenAuthentication(BaseAuthentication):
    """A rater's script: `Authorization: Bearer <token>` with the token that enrolment answered."""

    def authenticate(self, request: Request) -> tuple[Rater, str] | None:
        """Give the rater whom the token speaks for; refuse one that speaks for nobody."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        rater = flows.rater_by_token(token=token.strip())
        if rater is None:
            raise exceptions.AuthenticationFailed("This token is not valid (any more): join the study again.")
        return rater, token.strip()

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the scheme that would be accepted."""
        return "Bearer"


class StaffTokenAuthentication(TokenAuthentication):
    """A researcher's script: `Authorization: Bearer <token>` with a token made in the admin."""

    keyword = "Bearer"

    def authenticate_credentials(self, key: str) -> tuple[User, str]:
        """Give the member of staff; a token of somebody else is refused."""
        user, token = super().authenticate_credentials(key)
        if not user.is_staff:
            raise exceptions.AuthenticationFailed("This token is not a member of staff's.")
        return user, token


class RaterCookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the cookie in the OpenAPI schema."""

    target_class = RaterCookieAuthentication
    name = "raterCookie"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Say where the cookie travels."""
        return {"type": "apiKey", "in": "cookie", "name": COOKIE}


class RaterTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the token in the OpenAPI schema."""

    target_class = RaterTokenAuthentication
    name = "raterToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Say where the token travels."""
        return {"type": "http", "scheme": "bearer"}


class StaffTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the token of staff in the OpenAPI schema."""

    target_class = StaffTokenAuthentication
    name = "staffToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        """Say where the token travels."""
        return {"type": "http", "scheme": "bearer"}
