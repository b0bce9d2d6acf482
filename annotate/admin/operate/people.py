"""The people who work here and their groups, in the admin's own look."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from annotate.admin.parts.base import Header, ago, column
from annotate.admin.parts.deletions import deleted_objects
from annotate.admin.parts.edit_tracking import EditTracking
from annotate.admin.parts.study_scope import person_of
from annotate.flows.audit import log_action
from annotate.flows.people import assign_role, people_to_manage, role_of, roles_to_give
from ratings.models.invitation import ROLE_NAMES
from ratings.services.permissions import ROLES

if TYPE_CHECKING:
    UserPage = DjangoUserAdmin[User]
    GroupPage = DjangoGroupAdmin
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin

    class UserPage(DjangoUserAdmin, UnfoldModelAdmin):
        """Django's page of users in Unfold's look."""

    class GroupPage(DjangoGroupAdmin, UnfoldModelAdmin):
        """Django's page of groups in Unfold's look."""


admin.site.unregister((User, Group))


def is_superuser(request: HttpRequest) -> bool:
    """Tell whether a superuser is signed in."""
    return person_of(request).is_active and person_of(request).is_superuser


def may_touch(request: HttpRequest, person: User | None) -> bool:
    """Tell whether who is signed in may manage a person; of nobody in particular, yes."""
    if person is None or is_superuser(request):
        return True
    known: set[int] | None = getattr(request, "people_to_manage", None)
    if known is None:  # a page asks about each person that it names
        known = set(people_to_manage(actor=person_of(request)).values_list("pk", flat=True))
        request.people_to_manage = known  # type: ignore[attr-defined]
    return person.pk in known


class RoleField(forms.ChoiceField):
    """One of the roles, or none."""

    widget = UnfoldAdminSelectWidget


class PersonForm(UserChangeForm):  # type: ignore[misc]
    """An account: who it is, and which role it has; only roles that the editor could hold are offered."""

    actor: User
    role = RoleField(
        required=False,
        help_text=gettext_lazy(
            "What the person may do in all studies. Without a role here, only the studies that the person is a "
            "member of are open to them; without any role, the admin stays closed."
        ),
        label=gettext_lazy("Role"),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        """Offer the roles that the editor may give, and keep the one that the person has."""
        super().__init__(*args, **named)
        present = role_of(person=self.instance)
        roles = roles_to_give(actor=self.actor)
        offered = [role for role in ROLES if role in roles or role == present]
        self.fields["role"].choices = [("", gettext("No role")), *((role, ROLE_NAMES[role]) for role in offered)]
        self.fields["role"].initial = present

    def further_values(self, row: User) -> dict[str, str]:
        """Give the role, which is kept as a group."""
        return {"role": role_of(person=row)}


class NewPersonForm(UserCreationForm):  # type: ignore[misc]
    """A new account with its role."""

    actor: User
    role = RoleField(required=False, help_text=PersonForm.base_fields["role"].help_text, label=gettext_lazy("Role"))

    def __init__(self, *args: Any, **named: Any) -> None:
        """Offer the roles that the editor may give."""
        super().__init__(*args, **named)
        roles = roles_to_give(actor=self.actor)
        self.fields["role"].choices = [("", gettext("No role")), *((role, ROLE_NAMES[role]) for role in roles)]


@admin.register(User)
class UserAdmin(EditTracking[User], UserPage):
    """The people who work here: each has a role, and nobody manages somebody with more rights."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("headline", "roles", "is_active", "seen")
    list_filter = ("groups", "is_superuser", "is_active")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "usable_password", "password1", "password2")}),)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let superusers alone make superusers."""
        if obj is None:
            return self.add_fieldsets
        rights = ("role", "is_active", *(("is_superuser",) if is_superuser(request) else ()))
        return (
            (None, {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
            (gettext("What they may do"), {"fields": rights}),
            (gettext("Dates"), {"fields": (("last_login", "date_joined"),)}),
        )

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **named: Any) -> Any:  # noqa: FBT001, FBT002
        """Tell the form who is editing."""
        form = super().get_form(request, obj, change=change, **named)
        form.actor = person_of(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse to touch the account, or the password, of somebody with more rights."""
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse to delete somebody with more rights."""
        return super().has_delete_permission(request, obj) and may_touch(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], Any]:
        """Count what goes along, as the other pages do."""
        return deleted_objects(page=self, rows=list(objs), request=request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Give the role once the account is stored."""
        super().save_related(request, form, formsets, change)
        if "role" in form.cleaned_data:
            assign_role(person=form.instance, role=form.cleaned_data["role"], actor=person_of(request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set a password, and write down who did it."""
        before = self.get_object(request, unquote(id))
        answer = super().user_change_password(request, id, form_url)
        person = self.get_object(request, unquote(id))
        if person is not None and before is not None and person.password != before.password:
            log_action(action="set-password", target=person.get_username(), actor=person_of(request))
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the groups with the people."""
        return super().get_queryset(request).prefetch_related("groups", "study_memberships")

    @column(gettext_lazy("Person"), ordering="username", header=True)
    def headline(self, user: User) -> Header:
        """Give the user name, and the person's name or address."""
        return Header(user.username, user.get_full_name() or user.email)

    @column(gettext_lazy("Role"), pills=True)
    def roles(self, user: User) -> list[str]:
        """Give the groups, and how many studies the person has roles in."""
        counts = Counter(member.get_role_display().lower() for member in user.study_memberships.all())
        single = [
            ngettext("{role} in {count} study", "{role} in {count} studies", count).format(role=role, count=count)
            for role, count in sorted(counts.items())
        ]
        groups = [group.name for group in user.groups.all()]
        return [*([gettext("superuser")] if user.is_superuser else []), *groups, *single]

    @column(gettext_lazy("Last login"), ordering="last_login")
    def seen(self, user: User) -> str:
        """Say when the person was last here."""
        return ago(user.last_login)


@admin.register(Group)
class GroupAdmin(EditTracking[Group], GroupPage):
    """Groups and what they may do: the roles are made at every start; others are a superuser's business."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Fetch what each may do with it: the name of a permission begins with its table's."""
        permissions = Prefetch("permissions", Permission.objects.select_related("content_type"))
        return super().get_queryset(request).prefetch_related(permissions)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let superusers alone decide what a group may do."""
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Let superusers alone decide what a group may do."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Let superusers alone delete a group."""
        return is_superuser(request)
