"""The admin's login, with a limit on attempts per address."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from annotate.admin.parts.attempts import refused_attempt
from annotate.flows.audit import log_action


def said() -> dict[str, object]:
    """Give what the page says beside the form: whether passwords are reset by mail."""
    return {"sends_mail": settings.SENDS_MAIL}


class LoginPage(View):
    """Ask for name and password."""

    throttle_scope = "login"

    @method_decorator(never_cache)
    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return admin.site.login(request, extra_context=said())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the answer, unless there were too many from this address."""
        refused = refused_attempt(request, self)
        if refused is not None:
            return refused
        answer = admin.site.login(request, extra_context=said())
        if answer.status_code == HTTPStatus.FOUND and request.user.is_authenticated:  # the form again: a wrong password
            log_action(action="sign-in", target=request.user.get_username(), actor=request.user)
        return answer
