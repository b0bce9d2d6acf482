"""Who may manage whom: nobody gains, gives or takes rights that they do not have themselves."""

from collections import defaultdict

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import QuerySet

from ratings.choices import StudyRole
from ratings.exceptions import RightsError
from ratings.selectors.study_access import rights_everywhere
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.permissions import ROLES


def role_of(*, person: User) -> str:
    """Give the role with the most rights that a person has, or nothing."""
    names = set(person.groups.values_list("name", flat=True)) if person.pk else set()
    return next((role for role in reversed(ROLES) if role in names), "")


def roles_to_give(*, actor: User) -> list[str]:
    """List the roles whose every permission the actor has."""
    rights = rights_everywhere(actor)
    groups = sorted(Group.objects.filter(name__in=ROLES), key=lambda group: ROLES.index(group.name))
    return [group.name for group in groups if actor.is_superuser or permissions_of(group=group) <= rights]


def permissions_of(*, group: Group) -> set[str]:
    """Name a group's permissions as users have them: app label, full stop, code name."""
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def role_permissions(*, role: str) -> set[str]:
    """Name the permissions of a role."""
    rows = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def may_manage(*, actor: User, person: User) -> bool:
    """Tell whether the actor has every right that the person has, so that the person's account gives nothing more."""
    if actor.is_superuser:
        return True
    return not person.is_superuser and lasting_permissions(person=person) <= rights_everywhere(actor)


def people_to_manage(*, actor: User) -> QuerySet[User]:
    """Find everybody whom the actor may manage; only few people work in one installation."""
    if actor.is_superuser:
        return User.objects.all()
    ordinary = User.objects.filter(is_superuser=False)
    rights, permissions = rights_everywhere(actor), permissions_of_each(people=ordinary)
    return ordinary.exclude(pk__in=[key for key, held in permissions.items() if not held <= rights])


def lasting_permissions(*, person: User) -> set[str]:
    """Name a person's permissions, also while the account is switched off: it can be switched on again."""
    return permissions_of_each(people=User.objects.filter(pk=person.pk)).get(person.pk, set())


def permissions_of_each(*, people: QuerySet[User]) -> dict[int, set[str]]:
    """Name the lasting permissions of each of several people who have any: own, by a group, by a role in a study."""
    app, name = "content_type__app_label", "codename"
    rows = {
        *people.values_list("pk", f"user_permissions__{app}", f"user_permissions__{name}"),
        *people.values_list("pk", f"groups__permissions__{app}", f"groups__permissions__{name}"),
    }
    found = defaultdict[int, set[str]](set)
    for key, label, codename in rows:
        if codename:
            found[key].add(f"{label}.{codename}")
    members = people.filter(study_memberships__role__in=StudyRole.values)
    by_role = {role: role_permissions(role=role) for role in StudyRole.values}
    for key, role in members.values_list("pk", "study_memberships__role").distinct():
        found[key] |= by_role[role]
    return found


@transaction.atomic
def assign_role(*, person: User, role: str, actor: User) -> None:
    """Give a person one role, or none with an empty one; groups that are no role stay. A role opens the admin.

    Raises `RightsError` for a role with rights that the actor lacks, and for a person with more rights than the actor.
    """
    before = role_of(person=person)
    if role != before:
        check_may_assign(person=person, role=role, actor=actor)
        person.groups.remove(*Group.objects.filter(name__in=ROLES))
        if role:
            person.groups.add(Group.objects.get(name=role))
        log_action(action="assign-role", target=person.get_username(), actor=actor, role=[before, role])
    update_staff_status(person=person)


def update_staff_status(*, person: User) -> None:
    """Open the admin to those who have a role, in all studies or in one, and close it to the others."""
    is_staff = person.is_superuser or person.groups.exists() or person.study_memberships.exists()
    if person.is_staff != is_staff:
        person.is_staff = is_staff
        person.save(update_fields=["is_staff"])


def check_may_assign(*, person: User, role: str, actor: User) -> None:
    """Raise `RightsError` unless the actor may give this role to this person."""
    if role and role not in roles_to_give(actor=actor):
        raise RightsError(
            staff_gettext("You cannot give the role {role}: it has rights that you do not have yourself.").format(
                role=role
            )
        )
    if not may_manage(actor=actor, person=person):
        raise RightsError(
            staff_gettext("You cannot change {name}, who has rights that you do not have yourself.").format(
                name=person.get_username()
            )
        )
