"""Tokens with which scripts call the API: made for a purpose, shown once, stored as digests, deleted to revoke."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from annotate.admin.parts.base import BLUE, GREEN, Header, Pill, RecordAdmin, ago, at, column
from annotate.admin.parts.study_scope import person_of
from annotate.flows.api_tokens import make_token
from annotate.flows.people import people_to_manage
from ratings.choices import TokenScope
from ratings.models import ApiToken

SCOPE_PILLS = {TokenScope.API.value: BLUE, TokenScope.SCORE.value: GREEN}
LASTS = timedelta(days=365)  # unless one says otherwise
MADE = ("user", "name", "scope", "study", "expires_at")


if TYPE_CHECKING:
    TokenFields = forms.ModelForm[ApiToken]
else:
    TokenFields = forms.ModelForm


class TokenForm(TokenFields):
    """What a token is for."""

    def clean(self) -> dict[str, Any] | None:
        """Tie only a token for scores to a study."""
        cleaned = super().clean()
        if self.cleaned_data.get("study") and self.cleaned_data.get("scope") != TokenScope.SCORE:
            self.add_error("study", gettext("Only a token for scores can be tied to a study: leave this empty."))
        return cleaned


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin[ApiToken]):
    """Tokens; one's own, and for those who manage people also theirs."""

    list_display = ("headline", "owner", "scope_pill", "study", "expires", "used")
    list_filter = (("scope", ChoicesCheckboxFilter),)
    list_select_related = ("user", "study")
    search_fields = ("name", "user__username", "start")
    form = TokenForm

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        """Ask what a new token is for; show a token that exists."""
        return MADE if obj is None else ("headline", *MADE, "used")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        """Keep a token as it was made."""
        return () if obj is None else ("headline", *MADE, "used")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with a token of one's own for a year."""
        given = super().get_changeform_initial_data(request)
        return {"user": person_of(request).pk, "expires_at": timezone.now() + LASTS, **given}

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Let nobody change what a token is good for."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Show the tokens of those whom one may speak for."""
        return super().get_queryset(request).filter(user__in=speaks_for(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **named: Any) -> Any:
        """Offer the people whom one may speak for."""
        if db_field.name == "user":
            named["queryset"] = speaks_for(request)
        return super().formfield_for_foreignkey(db_field, request, **named)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:  # noqa: FBT001
        """Make the token, and keep its key for the one answer that shows it."""
        wanted = {name: form.cleaned_data[name] for name in MADE}
        token, key = make_token(**wanted, actor=person_of(request))
        obj.pk, obj.new_key = token.pk, key  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The new token {obj}").format(obj=obj.name),
            "key": obj.new_key,  # type: ignore[attr-defined]
            "list_url": reverse("admin:ratings_apitoken_changelist"),
        }
        unstored = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/ratings/apitoken/made.html", context, headers=unstored)

    @column(gettext_lazy("Token"), ordering="name", header=True)
    def headline(self, token: ApiToken) -> Header:
        """Give what it is for, and how its key begins."""
        return Header(token.name, f"{token.start}\N{HORIZONTAL ELLIPSIS}")

    @column(gettext_lazy("Person"), ordering="user__username")
    def owner(self, token: ApiToken) -> str:
        """Give the person that the token speaks for."""
        return token.user.get_username()

    @column(gettext_lazy("May"), ordering="scope", pills=SCOPE_PILLS)
    def scope_pill(self, token: ApiToken) -> Pill:
        """Say what it is good for."""
        return Pill(token.scope, token.get_scope_display())

    @column(gettext_lazy("Expires"), ordering="expires_at")
    def expires(self, token: ApiToken) -> str:
        """Say until when it is good."""
        if token.expires_at is None:
            return gettext("never")
        return (
            at(token.expires_at)
            if token.expires_at > timezone.now()
            else gettext("expired {expires_at}").format(expires_at=ago(token.expires_at))
        )

    @column(gettext_lazy("Last used"), ordering="last_used_at")
    def used(self, token: ApiToken) -> str:
        """Say when a script used it last."""
        return ago(token.last_used_at)


def speaks_for(request: HttpRequest) -> QuerySet[User]:
    """Find the people in whose name one may make tokens: oneself, and for those who manage people whom they manage."""
    person = person_of(request)
    if person.has_perm("auth.change_user"):
        return people_to_manage(actor=person)
    return User.objects.filter(pk=person.pk)
