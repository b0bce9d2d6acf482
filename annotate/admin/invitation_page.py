"""The page behind an invitation's link: name and password, once, and the person is signed in."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views import View
from django.views.decorators.cache import never_cache
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from annotate.admin.parts.attempts import refused_attempt
from annotate.flows.invitations import accept_invitation, access_invitation
from ratings.exceptions import ConflictError, InvitationError

SIGNED_IN_BY = "django.contrib.auth.backends.ModelBackend"

if TYPE_CHECKING:
    from django.contrib.auth.forms import UserCreationForm as DjangoForm

    AccountForm = DjangoForm[User]
else:
    AccountForm = UserCreationForm


class NewAccountForm(AccountForm):
    """Name and password of somebody who was invited, checked as every password is."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Ask for no account without a password: there is no other way to sign in."""
        super().__init__(*args, **named)
        self.fields.pop("usable_password", None)
        self.fields["username"].widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "username"})


@method_decorator(never_cache, name="dispatch")
class InvitationPage(View):
    """Ask an invited person for name and password."""

    throttle_scope = "login"

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> Any:
        """Answer, unless there were too many questions from this address; keep the link out of other sites' logs."""
        refused = refused_attempt(request, self)
        if refused is not None:
            return refused
        answer = super().dispatch(request, *args, **named)
        answer.headers["Referrer-Policy"] = "same-origin"
        return answer

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show the form, or why the invitation opens nothing."""
        return self.answer(request, key=key, form=NewAccountForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Make the account, sign in and lead to the start."""
        form = NewAccountForm(request.POST)
        if not form.is_valid():
            return self.answer(request, key=key, form=form)
        named = {"name": form.cleaned_data["username"], "password": form.cleaned_data["password1"]}
        try:
            person = accept_invitation(key=key, **named)
        except ConflictError as error:
            form.add_error("username", error.message)
            return self.answer(request, key=key, form=form)
        except InvitationError as error:
            return self.page(request, {"refused": error.message}, status=HTTPStatus.NOT_FOUND)
        login(request, person, backend=SIGNED_IN_BY)
        return redirect("admin:index")

    def answer(self, request: HttpRequest, *, key: str, form: AccountForm) -> HttpResponse:
        """Show the form where the invitation is good."""
        try:
            invitation = access_invitation(key=key)
        except InvitationError as error:
            return self.page(request, {"refused": error.message}, status=HTTPStatus.NOT_FOUND)
        studies = [str(study) for study in invitation.studies.all()]
        return self.page(request, {"form": form, "invitation": invitation, "studies": studies})

    def page(self, request: HttpRequest, shown: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
        """Give the page in the look of the admin's sign-in page."""
        context = {**admin.site.each_context(request), "title": gettext("Invitation"), **shown}
        return TemplateResponse(request, "admin/invitation.html", context, status=status)
