"""The people who work here, their groups and their API tokens, in the admin's own look."""

from typing import TYPE_CHECKING, Any

import rest_framework.authtoken.admin  # noqa: F401 - registers its own page, which ours replaces
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.authtoken.models import TokenProxy
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from annotate.admin.parts.base import Header, RecordAdmin, ago, column

if TYPE_CHECKING:
    UserPage = DjangoUserAdmin[User]
    GroupPage = DjangoGroupAdmin
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin

    class UserPage(DjangoUserAdmin, UnfoldModelAdmin):
        """Django's page of users in Unfold's look."""

    class GroupPage(DjangoGroupAdmin, UnfoldModelAdmin):
        """Django's page of groups in Unfold's look."""


admin.site.unregister((User, Group, TokenProxy))


@admin.register(User)
class UserAdmin(UserPage):
    """Researchers and admins."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("headline", "roles", "is_active", "seen")
    list_filter = ("groups", "is_superuser", "is_active")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the groups with the people."""
        return super().get_queryset(request).prefetch_related("groups")

    @column("Person", ordering="username", header=True)
    def headline(self, user: User) -> Header:
        """Give the user name, and the person's name or address."""
        return Header(user.username, user.get_full_name() or user.email)

    @column("Groups", pills=True)
    def roles(self, user: User) -> list[str]:
        """Give the groups."""
        return [*(["superuser"] if user.is_superuser else []), *(group.name for group in user.groups.all())]

    @column("Last login", ordering="last_login")
    def seen(self, user: User) -> str:
        """Say when the person was last here."""
        return ago(user.last_login)


@admin.register(Group)
class GroupAdmin(GroupPage):
    """Groups and what they may do."""


@admin.register(TokenProxy)
class TokenAdmin(RecordAdmin[TokenProxy]):
    """Tokens with which scripts call the API; the key is shown on the token's own page only."""

    list_display = ("owner", "created")
    list_select_related = ("user",)
    fields = ("user",)
    autocomplete_fields = ("user",)
    ordering = ("-created",)

    def get_fields(self, request: HttpRequest, obj: TokenProxy | None = None) -> tuple[str, ...]:
        """Show the key of a token that exists."""
        return ("user", "key") if obj else ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: TokenProxy | None = None) -> tuple[str, ...]:
        """Keep a token as it was made."""
        return ("user", "key") if obj else ()

    @column("Person", ordering="user__username")
    def owner(self, token: Any) -> str:
        """Give the person that the token speaks for."""
        return str(token.user)
