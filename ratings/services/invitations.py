"""Invite people to work here by a link: who has it sets name and password, once, and has the role from then on.

Nobody invites to more than they may do themselves, and an invitation is good only as long as that holds.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ratings.choices import StudyRole
from ratings.exceptions import ConflictError, InvalidInputError, InvitationError, RightsError
from ratings.models import Invitation, Study, StudyMember
from ratings.selectors.study_access import FOR_ALL_STUDIES, has_everywhere, has_in_each, studies_of
from ratings.sentences import staff_gettext
from ratings.services.api_tokens import digest_of
from ratings.services.audit import log_action
from ratings.services.people import assign_role, role_permissions, roles_to_give, update_staff_status

KEY_BYTES = 32
LASTS = timedelta(days=7)  # unless one says otherwise
INVITE = "ratings.add_invitation"
PURPOSE = "ratings.invitation"


def nonce_key(*, nonce: UUID, actor: User) -> str:
    """Give the key that follows from what a script calls its invitation, so that asking again gives the same link."""
    digest = salted_hmac(PURPOSE, f"{actor.pk} {nonce}", algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def invitation_of_nonce(*, nonce: UUID, actor: User) -> tuple[Invitation, str] | None:
    """Give the invitation that a script made under a nonce, with its key; none before. Two at once wait here."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    key = nonce_key(nonce=nonce, actor=actor)
    known = Invitation.objects.filter(digest=digest_of(key)).first()
    return (known, key) if known is not None else None


@transaction.atomic
def make_invitation(
    *,
    role: str,
    studies: Sequence[Study] | None,
    actor: User,
    email: str = "",
    expires_at: datetime | None = None,
    nonce: UUID | None = None,
) -> tuple[Invitation, str]:
    """Invite somebody to some studies, or with `None` to all; give the invitation with its key, shown this once.

    Raises `RightsError` for a role or a study beyond the actor's own rights, `InvalidInputError` for an empty choice.
    """
    chosen = studies or ()
    if studies is not None and not chosen:
        raise InvalidInputError(
            staff_gettext("Choose at least one study, or all studies."),
            fields={"studies": staff_gettext("Choose at least one.")},
        )
    if not may_invite(actor=actor, role=role, studies=frozenset(study.pk for study in chosen)):
        raise RightsError(
            staff_gettext(
                "You cannot invite a {role} there: that role has rights that you do not have yourself."
            ).format(role=role)
        )
    key = secrets.token_urlsafe(KEY_BYTES) if nonce is None else nonce_key(nonce=nonce, actor=actor)
    invitation = Invitation.objects.create(
        role=role,
        email=email,
        digest=digest_of(key),
        invited_by=actor,
        is_for_all_studies=studies is None,
        expires_at=expires_at or timezone.now() + LASTS,
    )
    invitation.studies.set(chosen)
    slugs = sorted(study.slug for study in chosen)
    log_action(action="invite", target=target_of(invitation), actor=actor, role=role, studies=slugs)
    return invitation, key


def target_of(invitation: Invitation) -> str:
    """Name an invitation in the audit log."""
    return f"invitation {invitation.pk}"


def may_invite(*, actor: User, role: str, studies: frozenset[int]) -> bool:
    """Tell whether the actor has every right of a role, in all studies or in each of some."""
    if not actor.is_active:
        return False
    if not studies:
        return has_everywhere(person=actor, right="auth.add_user") and role in roles_to_give(actor=actor)
    return role in StudyRole.values and has_each(actor=actor, rights=rights_to_invite(role=role), studies=studies)


def rights_to_invite(*, role: str) -> set[str]:
    """Name the rights that somebody has to have in a study to invite others to a role there."""
    return {INVITE, *role_permissions(role=role)} - FOR_ALL_STUDIES


def has_each(*, actor: User, rights: set[str], studies: frozenset[int]) -> bool:
    """Tell whether a person has each of some rights in each of some studies."""
    return all(has_in_each(person=actor, right=one, studies=studies) for one in rights)


def roles_to_invite(*, actor: User) -> list[str]:
    """List the roles that the actor may invite to, in all studies or in any."""
    everywhere = roles_to_give(actor=actor) if has_everywhere(person=actor, right="auth.add_user") else []
    single = [role for role in StudyRole.values if studies_to_invite(actor=actor, role=role)]
    return [role for role in (*StudyRole.values, "admin") if role in {*everywhere, *single}]


def studies_to_invite(*, actor: User, role: str) -> list[Study]:
    """List the studies that the actor may invite somebody of a role to."""
    if not actor.is_active or role not in StudyRole.values:
        return []
    rights = rights_to_invite(role=role)  # read once, not for each study
    found = studies_of(person=actor, right=INVITE)
    return [study for study in found if has_each(actor=actor, rights=rights, studies=frozenset({study.pk}))]


def access_invitation(*, key: str) -> Invitation:
    """Give the invitation that a key opens; raises `InvitationError` that says why it opens none."""
    invitation = Invitation.objects.select_related("invited_by").filter(digest=digest_of(key)).first()
    if invitation is None:
        raise InvitationError(
            staff_gettext("There is no such invitation: check that the link is whole, or ask for a new one.")
        )
    if invitation.used_at is not None:
        raise InvitationError(staff_gettext("This invitation was used already: sign in, or ask for a new one."))
    if invitation.withdrawn_at is not None or not is_still_backed(invitation):
        raise InvitationError(staff_gettext("This invitation was withdrawn: ask for a new one."))
    if invitation.expires_at <= timezone.now():
        raise InvitationError(staff_gettext("This invitation has expired: ask for a new one."))
    return invitation


def is_still_backed(invitation: Invitation) -> bool:
    """Tell whether who invited still may, and all that was offered is still there."""
    studies = frozenset(invitation.studies.values_list("pk", flat=True))
    actor = invitation.invited_by
    if actor is None or bool(studies) == invitation.is_for_all_studies:
        return False
    return may_invite(actor=actor, role=invitation.role, studies=studies)


@transaction.atomic
def accept_invitation(*, key: str, name: str, password: str) -> User:
    """Make the account of an invited person, with the role that was offered; of two who try at once, one succeeds.

    Raises `InvitationError`, and `ConflictError` for a name that somebody has.
    """
    invitation = access_invitation(key=key)
    actor = invitation.invited_by
    assert actor is not None  # noqa: S101 - an invitation of nobody is refused
    taken = Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True, withdrawn_at__isnull=True)
    if not taken.update(used_at=timezone.now()):
        raise InvitationError(staff_gettext("This invitation was used already: sign in, or ask for a new one."))
    if User.objects.filter(username=name).exists():
        raise ConflictError(staff_gettext("Somebody has this name already: choose another."))
    person = User.objects.create_user(name, email=invitation.email, password=password)
    Invitation.objects.filter(pk=invitation.pk).update(used_by=person)
    give_offered(invitation=invitation, person=person, actor=actor)
    log_action(action="accept-invitation", target=target_of(invitation), actor=person, role=invitation.role)
    return person


def give_offered(*, invitation: Invitation, person: User, actor: User) -> None:
    """Give a new person the role that was offered, in all studies or in some."""
    if invitation.is_for_all_studies:
        assign_role(person=person, role=invitation.role, actor=actor)
    for study in invitation.studies.all():
        StudyMember.objects.create(user=person, study=study, role=invitation.role, invited_by=actor)
    update_staff_status(person=person)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: User) -> None:
    """Let an invitation open nothing any more; raises `ConflictError` for one that was used."""
    open_ones = Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True, withdrawn_at__isnull=True)
    if not open_ones.update(withdrawn_at=timezone.now()):
        raise ConflictError(staff_gettext("This invitation was used or withdrawn already."))
    log_action(action="withdraw-invitation", target=target_of(invitation), actor=actor)
