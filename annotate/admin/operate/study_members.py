"""The people who work in single studies, and their roles there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter

from annotate.admin.operate.people import may_touch
from annotate.admin.parts.base import BLUE, GREY, Header, Pill, RecordAdmin, at, column
from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import give_study_role, take_study_role
from annotate.flows.people import people_to_manage
from ratings.choices import StudyRole
from ratings.models import StudyMember

ROLE_PILLS = {StudyRole.RATER_MANAGER.value: GREY, StudyRole.RESEARCHER.value: BLUE}
CHOSEN = ("user", "study", "role")


@admin.register(StudyMember)
class StudyMemberAdmin(RecordAdmin[StudyMember]):
    """Roles in single studies; a role in all studies is one of the person's account."""

    list_display = ("headline", "role_pill", "who", "since")
    list_filter = (("study", RelatedDropdownFilter), ("role", ChoicesCheckboxFilter))
    list_select_related = ("user", "study", "invited_by")
    search_fields = ("user__username", "study__title", "study__slug")

    def get_fields(self, request: HttpRequest, obj: StudyMember | None = None) -> tuple[str, ...]:
        """Ask for person, study and role; of a role that exists, show also who gave it."""
        return CHOSEN if obj is None else (*CHOSEN, "who", "since")

    def get_readonly_fields(self, request: HttpRequest, obj: StudyMember | None = None) -> tuple[str, ...]:
        """Keep person and study: another of either is another role."""
        return () if obj is None else ("user", "study", "who", "since")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **named: Any) -> Any:
        """Offer the people whom one may manage."""
        if db_field.name == "user":
            named["queryset"] = people_to_manage(actor=person_of(request))
        return super().formfield_for_foreignkey(db_field, request, **named)

    def has_change_permission(self, request: HttpRequest, obj: StudyMember | None = None) -> bool:
        """Refuse to touch the roles of somebody with more rights."""
        return super().has_change_permission(request, obj) and may_touch(request, obj.user if obj else None)

    def has_delete_permission(self, request: HttpRequest, obj: StudyMember | None = None) -> bool:
        """Refuse to touch the roles of somebody with more rights."""
        return super().has_delete_permission(request, obj) and may_touch(request, obj.user if obj else None)

    def save_model(self, request: HttpRequest, obj: StudyMember, form: Any, change: bool) -> None:  # noqa: FBT001
        """Give the role; the act itself is in the audit log."""
        member = give_study_role(person=obj.user, study=obj.study, role=obj.role, actor=person_of(request))
        obj.pk = member.pk

    def delete_model(self, request: HttpRequest, obj: StudyMember) -> None:
        """Take the role."""
        take_study_role(member=obj, actor=person_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[StudyMember]) -> None:
        """Take the roles one by one."""
        for member in queryset:
            take_study_role(member=member, actor=person_of(request))

    @column(gettext_lazy("Person"), ordering="user__username", header=True)
    def headline(self, member: StudyMember) -> Header:
        """Give the person, and the study below."""
        return Header(member.user.get_username(), str(member.study))

    @column(gettext_lazy("Role"), ordering="role", pills=ROLE_PILLS)
    def role_pill(self, member: StudyMember) -> Pill:
        """Give the role."""
        return Pill(member.role, member.get_role_display())

    @column(gettext_lazy("Given by"))
    def who(self, member: StudyMember) -> str:
        """Name who gave the role first."""
        return member.invited_by.get_username() if member.invited_by else gettext("the system")

    @column(gettext_lazy("Since"), ordering="created_at")
    def since(self, member: StudyMember) -> str:
        """Say since when."""
        return at(member.created_at)
