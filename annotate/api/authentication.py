"""Find out who is asking: a rater by cookie or token, a script by the token of a member of staff."""

from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck, get_authorization_header
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.flows import scores
from annotate.flows.api_tokens import use_token
from annotate.rater_cookie import COOKIE, rater_of, require_same_rater
from ratings.choices import TokenScope
from ratings.models import ApiToken, Rater
from ratings.selectors.participations import rater_by_token
from scoring.services.callers import Caller


def bearer_of(request: Request) -> str:
    """Give the token after *Bearer* in the header, or nothing."""
    scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class RaterCookieAuthentication(BaseAuthentication):
    """A rater in a browser: the signed cookie, and Django's CSRF token on every write."""

    def authenticate(self, request: Request) -> tuple[Rater, None] | None:
        """Give the rater, or nobody; a write without the CSRF token is refused."""
        rater = rater_of(request._request)
        if rater is None:
            return None
        require_same_rater(rater, meant=request.META.get("HTTP_X_RATER"))
        check = CSRFCheck(lambda _request: Response())
        check.process_request(request._request)
        reason = check.process_view(request._request, None, (), {})  # type: ignore[arg-type]
        if reason:
            raise exceptions.PermissionDenied(
                gettext("The request is not from this site's own pages: load the page again, and send its CSRF token.")
            )
        return rater, None


class RaterTokenAuthentication(BaseAuthentication):
    """A rater's script: `Authorization: Bearer <token>` with the token that enrolment answered."""

    def authenticate(self, request: Request) -> tuple[Rater, str] | None:
        """Give the rater whom the token speaks for; refuse one that speaks for nobody."""
        token = bearer_of(request)
        if not token:
            return None
        rater = rater_by_token(token=token)
        if rater is None:
            raise exceptions.AuthenticationFailed(gettext("This token is not valid (any more): join the study again."))
        return rater, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the scheme that would be accepted."""
        return "Bearer"


class StaffTokenAuthentication(BaseAuthentication):
    """A researcher's script: `Authorization: Bearer <token>` with a token made in the admin, good for everything."""

    scopes: frozenset[str] = frozenset({TokenScope.API})

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Give the member of staff; refuse a token that is unknown, expired, somebody else's or for something else."""
        key = bearer_of(request)
        if not key:
            return None
        token = use_token(key=key)
        if token is None:
            raise exceptions.AuthenticationFailed(
                staff_gettext("This token is not valid (any more): make one in the admin.")
            )
        if not token.user.is_staff:
            raise exceptions.AuthenticationFailed(staff_gettext("This token is not a member of staff's."))
        if token.scope not in self.scopes:
            raise exceptions.PermissionDenied(staff_gettext("This token asks for scores only: use one for everything."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the scheme that would be accepted."""
        return "Bearer"


class ScoreTokenAuthentication(BaseAuthentication):
    """Other software: a token made in the admin, for scores alone or for everything, or a rater's own."""

    def authenticate(self, request: Request) -> tuple[Caller, str]:
        """Give who may be scored for; a token that opens nothing is refused with the reason."""
        token = bearer_of(request)
        return scores.identify_caller(token=token), token


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


class ScoreTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the token for scores in the OpenAPI schema."""

    target_class = ScoreTokenAuthentication
    name = "scoreToken"

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
