"""Invitations to work here: made with a link that is shown once, withdrawn while nobody has used them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from annotate.admin.parts.base import (
    AMBER,
    GREEN,
    GREY,
    Header,
    Pill,
    RecordAdmin,
    at,
    carry_out,
    column,
    confirmed_action,
)
from annotate.admin.parts.study_scope import person_of
from annotate.flows.invitations import (
    LASTS,
    Offer,
    invite,
    may_invite,
    roles_to_invite,
    studies_to_invite,
    withdraw_invitation,
)
from ratings.choices import StudyRole
from ratings.exceptions import RecordError
from ratings.models import Invitation, Study
from ratings.models.invitation import ROLE_NAMES

if TYPE_CHECKING:
    InvitationFields = forms.ModelForm[Invitation]
else:
    InvitationFields = forms.ModelForm

ASKED = ("role", "studies", "email", "expires_at")
ALL, SOME = "all", "some"
STATE_PILLS = {"open": GREEN, "used": GREY, "expired": AMBER, "withdrawn": AMBER}
STATES = {
    "open": gettext_lazy("Open"),
    "used": gettext_lazy("Used"),
    "expired": gettext_lazy("Expired"),
    "withdrawn": gettext_lazy("Withdrawn"),
}


def state_of(invitation: Invitation) -> str:
    """Say what became of an invitation."""
    if invitation.used_at is not None:
        return "used"
    if invitation.withdrawn_at is not None:
        return "withdrawn"
    return "open" if invitation.expires_at > timezone.now() else "expired"


class InvitationForm(InvitationFields):
    """Whom one invites: to no more than one may do oneself."""

    actor: Any
    role = forms.ChoiceField(widget=UnfoldAdminSelectWidget, label=gettext_lazy("Role"))
    where = forms.ChoiceField(
        label=gettext_lazy("Where the role holds"),
        choices=(
            (ALL, gettext_lazy("In all studies, those to come included")),
            (SOME, gettext_lazy("In these studies only")),
        ),
        widget=UnfoldAdminRadioSelectWidget,
        error_messages={
            "required": gettext_lazy("Choose where the role holds: in all studies, or in some that you name.")
        },
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        """Offer the roles that the person may invite to."""
        super().__init__(*args, **named)
        roles = roles_to_invite(actor=self.actor)
        if "role" in self.fields:  # an invitation that exists is only looked at
            self.fields["role"].choices = [(role, ROLE_NAMES[role]) for role in roles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Refuse studies beside all of them, a role beyond the person's rights there, and a time that has passed."""
        cleaned = super().clean() or self.cleaned_data
        where, studies = cleaned.get("where"), cleaned.get("studies", ())
        if where == SOME and not studies:
            self.add_error("studies", gettext("Choose at least one study."))
        elif where == ALL and studies:
            self.add_error(
                "studies", gettext("The role is to hold in all studies: take these out, or choose these only.")
            )
        elif where and "role" in cleaned:
            self.refuse_more_rights(role=cleaned["role"], studies=frozenset(study.pk for study in studies))
        if "expires_at" in cleaned and cleaned["expires_at"] <= timezone.now():
            self.add_error("expires_at", gettext("This moment has passed: choose a later one."))
        return cleaned

    def refuse_more_rights(self, *, role: str, studies: frozenset[int]) -> None:
        """Refuse a role with rights that the person lacks in these studies, or without any in all."""
        if may_invite(actor=self.actor, role=role, studies=studies):
            return
        if studies:
            self.add_error(
                "studies", gettext("You cannot give this role there: choose studies in which you have its rights.")
            )
        else:
            self.add_error(
                "where", gettext("You cannot give this role in all studies: choose studies in which you have it.")
            )


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin[Invitation]):
    """Invitations: one's own, and for those who see all studies everybody's."""

    form = InvitationForm
    list_display = ("headline", "state_pill", "who", "expires")
    list_filter = (("role", ChoicesCheckboxFilter),)
    list_select_related = ("invited_by", "used_by")
    search_fields = ("email",)
    filter_horizontal = ("studies",)
    actions_detail = ("withdraw",)

    def get_form(self, request: HttpRequest, obj: Invitation | None = None, change: bool = False, **named: Any) -> Any:  # noqa: FBT001, FBT002
        """Tell the form who is inviting."""
        form = super().get_form(request, obj, change=change, **named)
        form.actor = person_of(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        """Ask for what is offered; show an invitation that exists."""
        return ("role", "where", *ASKED[1:]) if obj is None else ("headline", "state_pill", *ASKED, "who", "accepted")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> tuple[str, ...]:
        """Keep an invitation as it was made."""
        return () if obj is None else self.get_fields(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with a week."""
        return {"expires_at": timezone.now() + LASTS, **super().get_changeform_initial_data(request)}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **named: Any) -> Any:
        """Offer the studies that the person may invite to."""
        person = person_of(request)
        keys = {study.pk for role in StudyRole.values for study in studies_to_invite(actor=person, role=role)}
        named |= {
            "queryset": Study.objects.filter(pk__in=keys),
            "help_text": gettext("Where it holds in these studies only."),
        }
        return super().formfield_for_manytomany(db_field, request, **named)

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Let nobody change what was offered."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Keep invitations: they say who came in by whom."""
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:  # noqa: FBT001
        """Make the invitation, and keep its link for the one answer that shows it."""
        wanted = {name: form.cleaned_data[name] for name in ("role", "email", "expires_at")}
        studies = list(form.cleaned_data["studies"]) if form.cleaned_data["where"] == SOME else None
        invitation, link = invite(
            offer=Offer(**wanted, studies=studies),
            actor=person_of(request),
            link_of=lambda key: request.build_absolute_uri(reverse("invitation", args=[key])),
        )
        obj.pk, obj.new_link = invitation.pk, link  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        """Show the link, this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The new invitation"),
            "link": obj.new_link,  # type: ignore[attr-defined]
            "sent_to": obj.email if settings.SENDS_MAIL else "",
            "list_url": reverse("admin:ratings_invitation_changelist"),
        }
        unstored = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/ratings/invitation/made.html", context, headers=unstored)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer to withdraw what is still open."""
        row = Invitation.objects.filter(pk=object_id).first()
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return offered if row is not None and state_of(row) == "open" else []

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those withdraw who may change invitations."""
        return request.user.has_perm("ratings.change_invitation")

    @confirmed_action(
        gettext_lazy("Withdraw"),
        permission="withdraw",
        icon="block",
        question=gettext_lazy("The link opens nothing any more."),
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Let the link open nothing any more."""
        invitation = self.get_object(request, object_id)
        if invitation is None:
            raise Http404(gettext("There is no such invitation."))
        return carry_out(
            request=request,
            act=lambda: withdraw_invitation(invitation=invitation, actor=person_of(request)),
            done=gettext("The invitation is withdrawn."),
            errors=RecordError,
            url=reverse("admin:ratings_invitation_changelist"),
        )

    @column(gettext_lazy("Invitation"), ordering="created_at", header=True)
    def headline(self, invitation: Invitation) -> Header:
        """Say to whom and as what, and for all studies or some."""
        where = gettext("all studies") if invitation.is_for_all_studies else gettext("single studies")
        return Header(
            str(invitation),
            gettext("{where}, made {created_at}").format(where=where, created_at=at(invitation.created_at)),
        )

    @column(gettext_lazy("State"), pills=STATE_PILLS)
    def state_pill(self, invitation: Invitation) -> Pill:
        """Say what became of it."""
        state = state_of(invitation)
        return Pill(state, str(STATES[state]))

    @column(gettext_lazy("Invited by"), ordering="invited_by__username")
    def who(self, invitation: Invitation) -> str:
        """Name who invited."""
        return invitation.invited_by.get_username() if invitation.invited_by else gettext("somebody who left")

    @column(gettext_lazy("Expires"), ordering="expires_at")
    def expires(self, invitation: Invitation) -> str:
        """Say until when the link is good."""
        return at(invitation.expires_at)

    @column(gettext_lazy("Accepted by"))
    def accepted(self, invitation: Invitation) -> str:
        """Name who came."""
        return invitation.used_by.get_username() if invitation.used_by else "\N{EN DASH}"
