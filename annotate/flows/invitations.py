"""Invitations: made and sent, accepted, withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from smtplib import SMTPException
from uuid import UUID

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
    invitation_of_nonce,
    make_invitation,
    may_invite,
    roles_to_invite,
    studies_to_invite,
    withdraw_invitation,
)

__all__ = [
    "LASTS",
    "Offer",
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


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What somebody is invited to: a role in some studies, or with `None` in all; a script names it by a nonce."""

    role: str
    studies: Sequence[Study] | None
    email: str = ""
    expires_at: datetime | None = None
    nonce: UUID | None = None


@transaction.atomic
def invite(*, offer: Offer, actor: User, link_of: Callable[[str], str]) -> tuple[Invitation, str]:
    """Make an invitation, and send its link where there is an address and this installation sends mail.

    With the nonce of an earlier one it gives that one, and sends nothing.
    """
    known = invitation_of_nonce(nonce=offer.nonce, actor=actor) if offer.nonce else None
    if known is not None:
        return known[0], link_of(known[1])
    terms = {field.name: getattr(offer, field.name) for field in fields(offer)}
    invitation, key = make_invitation(**terms, actor=actor)
    link = link_of(key)
    if offer.email and settings.SENDS_MAIL:
        where = "all studies" if offer.studies is None else ", ".join(study.title for study in offer.studies)
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
