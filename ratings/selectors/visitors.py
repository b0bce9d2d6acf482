"""Who stands before a study: whom the link names first, then whom the browser or the token stands for."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from ratings.models import Participation, Rater, Study
from ratings.values.platform_links import PlatformLink

TAKEN_SENTENCE = (
    "Somebody already takes part with the id in this link. If that is you, continue in the browser you began in, open "
    "your resume link, or come from the platform in the same session. If somebody else sent you the link, ask for your "
    "own."
)


class Standing(StrEnum):
    """Where a visitor stands with a study."""

    NEWCOMER = "newcomer"  # may join
    MEMBER = "member"  # takes part, and is whom the browser stands for
    RESUMABLE = "resumable"  # takes part, as id and session of the link show; the browser stands for somebody else
    ADDABLE = "addable"  # takes part without an external id so far; the link brings one
    TAKEN = "taken"  # the link's id takes part already, and nothing shows that it is this visitor
    REFUSED = "refused"  # the link names nobody, though it should


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody before a study; what they may see of a participation is only `mine`."""

    standing: Standing
    link: PlatformLink
    claimed: Participation | None = None
    rater_id: UUID | None = None  # whom the browser or the token stands for

    @property
    def mine(self) -> Participation | None:
        """Give the visitor's participation, if it is certain that it is theirs."""
        return self.claimed if self.standing == Standing.MEMBER else None

    @property
    def obstacle(self) -> str:
        """Tell the visitor why they cannot take part by this link, and what to do; blank where they can."""
        refusal = self.link.refusal
        if refusal is not None:
            return refusal.sentence
        return TAKEN_SENTENCE if self.standing == Standing.TAKEN else ""

    @property
    def signed_out(self) -> str:
        """Name the rater whom the browser stands for now and not after this visitor goes on; blank for nobody."""
        is_replaced = self.standing == Standing.RESUMABLE and self.rater_id is not None
        return str(Rater(pk=self.rater_id)) if is_replaced else ""


def visitor_at(*, study: Study, link: PlatformLink, rater_id: UUID | None) -> Visitor:
    """Find out who a visitor is, in the order of trust: link, then the rater of token or cookie."""
    everybody = Participation.objects.filter(study=study).select_related("rater")
    who = partial(Visitor, link=link, rater_id=rater_id)
    if link.refusal is not None:
        return who(standing=Standing.REFUSED)
    known = everybody.filter(external_id=link.external_id).first() if link.external_id else None
    if known is not None:
        return who(standing=claim_on(known, link=link, rater_id=rater_id), claimed=known)
    mine = everybody.filter(rater=rater_id).first() if rater_id else None
    if mine is None or (link.external_id and mine.external_id):
        return who(standing=Standing.NEWCOMER)
    standing = Standing.ADDABLE if link.external_id else Standing.MEMBER
    return who(standing=standing, claimed=mine)


def claim_on(known: Participation, *, link: PlatformLink, rater_id: UUID | None) -> Standing:
    """Judge by what a visitor shows that the participation of the link's id is theirs: an id alone is no secret."""
    if known.rater_id == rater_id:
        return Standing.MEMBER
    is_same_session = bool(link.external_session) and known.external_session == link.external_session
    return Standing.RESUMABLE if is_same_session else Standing.TAKEN


def is_meant(*, rater: Rater, link: PlatformLink) -> bool:
    """Tell whether a link, which may belong to any study, names this rater or nobody at all."""
    if not link.names_somebody:
        return True
    return Participation.objects.filter(rater=rater, external_id=link.external_id).exclude(external_id="").exists()
