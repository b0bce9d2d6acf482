"""Invitations: made and sent, accepted, withdrawn."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import transaction

from ratings.models import Invitation, Study
from ratings.services.failures import record_failure
from ratings.services.invitations import (
    LASTS,
    accept_invitation,
    access_invitation,
    make_invitation,
    may_invite,
    roles_to_invite,
    studies_to_invite,
    withdraw_invitation,
)

__all__ = [
    "LASTS",
    "accept_invitation",
    "access_invitation",
    "invite",
    "may_invite",
    "roles_to_invite",
    "studies_to_invite",
    "withdraw_invitation",
]

SUBJECT = "An invitation to {site}"
BODY = """Hello,

{who} invites you to work on {site} as {role}, in {where}.
Set your name and password here, once, until {until} (UTC):

{link}

If you did not expect this, leave it: without the link nothing happens.
"""


@transaction.atomic
def invite(
    *,
    role: str,
    studies: Sequence[Study] | None,
    email: str,
    expires_at: datetime | None,
    actor: User,
    link_of: Callable[[str], str],
) -> tuple[Invitation, str]:
    """Make an invitation, and send its link where there is an address and this installation sends mail."""
    invitation, key = make_invitation(role=role, studies=studies, email=email, expires_at=expires_at, actor=actor)
    link = link_of(key)
    if email and settings.SENDS_MAIL:
        where = "all studies" if studies is None else ", ".join(study.title for study in studies)
        transaction.on_commit(partial(send_invitation, invitation=invitation, link=link, where=where))
    return invitation, link


def send_invitation(*, invitation: Invitation, link: str, where: str) -> None:
    """Send the link; where that fails, the dashboard says so, and the link can still be passed on by hand."""
    who = invitation.invited_by.get_username() if invitation.invited_by else "Somebody"
    site = settings.UNFOLD["SITE_TITLE"]
    until = f"{invitation.expires_at.astimezone(UTC):%-d %b %Y, %H:%M}"
    body = BODY.format(who=who, site=site, role=invitation.role, where=where, until=until, link=link)
    try:
        send_mail(SUBJECT.format(site=site), body, None, [invitation.email])
    except (SMTPException, OSError) as error:
        record_failure(task="mail of an invitation", error=error)
