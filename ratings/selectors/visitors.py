"""Who visits a study: the person of the link first, then the rater of the token or the cookie."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.utils.translation import gettext_lazy

from ratings.models import Participation, Rater, Study
from ratings.values.platform_links import PlatformLink

TAKEN_SENTENCE = gettext_lazy(
    "Someone is already taking part with the id in this link. If that is you, continue in the browser where you "
    "started, open your resume link, or come from the platform in the same session. If someone else sent you the link, "
    "ask for your own."
)


class VisitorKind(StrEnum):
    """Where a visitor stands with a study."""

    NEWCOMER = "newcomer"  # may join
    MEMBER = "member"  # takes part, and is signed in
    RESUMABLE = "resumable"  # takes part, as id and session of the link show, and is not signed in
    ADDABLE = "addable"  # takes part without an external id so far; the link brings one
    TAKEN = "taken"  # the link's id takes part already, and nothing shows that it is this visitor
    REFUSED = "refused"  # the link names nobody, though it should


@dataclass(frozen=True, kw_only=True)
class StudyVisitor:
    """Somebody who visits a study; what they may see of a participation is only `mine`."""

    kind: VisitorKind
    link: PlatformLink
    claimed: Participation | None = None
    rater_id: UUID | None = None  # of the token or the cookie

    @property
    def mine(self) -> Participation | None:
        """Give the visitor's participation, if it is certain that it is theirs."""
        return self.claimed if self.kind == VisitorKind.MEMBER else None

    @property
    def obstacle(self) -> str:
        """Tell the visitor why they cannot take part by this link, and what to do; blank where they can."""
        refusal = self.link.refusal
        if refusal is not None:
            return refusal.sentence
        return str(TAKEN_SENTENCE) if self.kind == VisitorKind.TAKEN else ""

    @property
    def signed_out(self) -> str:
        """Name the rater who is signed out when this visitor goes on; blank for nobody."""
        is_replaced = self.kind == VisitorKind.RESUMABLE and self.rater_id is not None
        return str(Rater(pk=self.rater_id)) if is_replaced else ""


def visitor_at(*, study: Study, link: PlatformLink, rater_id: UUID | None) -> StudyVisitor:
    """Find out who a visitor is, in the order of trust: link, then the rater of token or cookie."""
    everybody = Participation.objects.filter(study=study).select_related("rater")
    who = partial(StudyVisitor, link=link, rater_id=rater_id)
    if link.refusal is not None:
        return who(kind=VisitorKind.REFUSED)
    known = everybody.filter(external_id=link.external_id).first() if link.external_id else None
    if known is not None:
        return who(kind=claim_on(known, link=link, rater_id=rater_id), claimed=known)
    mine = everybody.filter(rater=rater_id).first() if rater_id else None
    if mine is None or (link.external_id and mine.external_id):
        return who(kind=VisitorKind.NEWCOMER)
    kind = VisitorKind.ADDABLE if link.external_id else VisitorKind.MEMBER
    return who(kind=kind, claimed=mine)


def claim_on(known: Participation, *, link: PlatformLink, rater_id: UUID | None) -> VisitorKind:
    """Judge by what a visitor shows that the participation of the link's id is theirs: an id alone is no secret."""
    if known.rater_id == rater_id:
        return VisitorKind.MEMBER
    is_same_session = bool(link.external_session) and known.external_session == link.external_session
    return VisitorKind.RESUMABLE if is_same_session else VisitorKind.TAKEN


def is_meant(*, rater: Rater, link: PlatformLink) -> bool:
    """Tell whether a link, which may belong to any study, names this rater or nobody at all."""
    if not link.names_somebody:
        return True
    return Participation.objects.filter(rater=rater, external_id=link.external_id).exclude(external_id="").exists()
