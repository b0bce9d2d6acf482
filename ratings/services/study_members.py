"""Give people roles in single studies, and take these again."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.exceptions import RightsError
from ratings.models import Study, StudyMember
from ratings.selectors.study_access import has_everywhere
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.people import may_manage, update_staff_status


@transaction.atomic
def give_study_role(*, person: User, study: Study, role: str, actor: User) -> StudyMember:
    """Make a person a member of a study, or give a member another role there; that opens the admin to them.

    Raises `RightsError` for an actor who does not manage people, or who lacks rights that the person or the role has.
    """
    require_may_appoint(person=person, actor=actor)
    former = StudyMember.objects.filter(user=person, study=study).first()
    member, _ = StudyMember.objects.update_or_create(
        user=person, study=study, defaults={"role": role}, create_defaults={"role": role, "invited_by": actor}
    )
    change = {"person": person.get_username(), "role": [former.role if former else "", role]}
    log_action(action="assign-study-role", target=study.slug, actor=actor, **change)
    update_staff_status(person=person)
    return member


@transaction.atomic
def take_study_role(*, member: StudyMember, actor: User) -> None:
    """End a person's work in a study.

    Raises `RightsError` as `give_study_role` does.
    """
    person, change = member.user, {"person": member.user.get_username(), "role": [member.role, ""]}
    require_may_appoint(person=person, actor=actor)
    member.delete()
    log_action(action="assign-study-role", target=member.study.slug, actor=actor, **change)
    update_staff_status(person=person)


def require_may_appoint(*, person: User, actor: User) -> None:
    """Raise `RightsError` unless the actor manages people, in every study, and may manage this one."""
    everywhere = has_everywhere(person=actor, right="ratings.add_studymember")
    if not (everywhere and may_manage(actor=actor, person=person)):
        raise RightsError(
            staff_gettext("You cannot change {name}, who has rights that you do not have yourself.").format(
                name=person.get_username()
            )
        )
