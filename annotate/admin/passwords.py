"""A forgotten password: by mail where this installation sends any, else the page says whom to ask."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from annotate.admin.parts.attempts import refused_attempt
from annotate.flows.audit import log_action

if TYPE_CHECKING:
    NewPassword = SetPasswordForm[User]
else:
    NewPassword = SetPasswordForm


class AddressForm(PasswordResetForm):
    """Whose password is forgotten."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Show the field in the look of the admin."""
        super().__init__(*args, **named)
        self.fields["email"].widget = UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email"})


class NewPasswordForm(NewPassword):
    """The new password, twice, checked as every password is."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Show the fields in the look of the admin."""
        super().__init__(*args, **named)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002
        """Set it, and write it down."""
        log_action(action="reset-password", target=self.user.get_username(), actor=self.user)
        return super().save(commit)


class SignedOutPage:
    """What pages in the look of the sign-in page share: their context, and the limit of its attempts."""

    throttle_scope = "login"

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """Add what the layout shows, and whether mail is sent."""
        found: dict[str, Any] = super().get_context_data(**named)  # type: ignore[misc]
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        return {**admin.site.each_context(request), **found, "sends_mail": settings.SENDS_MAIL}

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Take the form, unless there were too many from this address."""
        refused = refused_attempt(request, self)
        if refused is not None:
            return refused
        answer: HttpResponse = super().post(request, *args, **named)  # type: ignore[misc]
        return answer


@method_decorator(never_cache, name="dispatch")
class ForgottenPage(SignedOutPage, views.PasswordResetView):
    """Ask for the address of an account; whether there is one is not said."""

    form_class = AddressForm
    template_name = "admin/password/ask.html"
    email_template_name = "admin/password/mail.txt"
    subject_template_name = "admin/password/subject.txt"
    success_url = reverse_lazy("password-sent")
    title = gettext_lazy("Forgotten password")

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Send the mail; where none is sent, show whom to ask."""
        return super().post(request, *args, **named) if settings.SENDS_MAIL else self.get(request, *args, **named)


class SentPage(SignedOutPage, views.PasswordResetDoneView):
    """Say that a mail goes to those who have an account of that address."""

    template_name = "admin/password/sent.html"
    title = gettext_lazy("Look into your mail")


class NewPasswordPage(SignedOutPage, views.PasswordResetConfirmView):
    """Ask for the new password."""

    form_class = NewPasswordForm
    template_name = "admin/password/set.html"
    success_url = reverse_lazy("password-set")
    title = gettext_lazy("New password")


class SetPage(SignedOutPage, views.PasswordResetCompleteView):
    """Say that the new password is set."""

    template_name = "admin/password/done.html"
    title = gettext_lazy("The new password is set")


password_urls = [
    path("admin/password/forgotten/", ForgottenPage.as_view(), name="password-forgotten"),
    path("admin/password/sent/", SentPage.as_view(), name="password-sent"),
    path("admin/password/new/<uidb64>/<token>/", NewPasswordPage.as_view(), name="password-new"),
    path("admin/password/set/", SetPage.as_view(), name="password-set"),
]
