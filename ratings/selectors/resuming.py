"""Resume links: made for one participation, good for one use within some weeks, and never an API token."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.core import signing
from django.utils.translation import gettext, ngettext

from ratings.exceptions import NotFoundError, ResumeLinkSpentError
from ratings.models import Participation
from ratings.selectors.participations import LONGEST_TOKEN, key_of_token, uuid_of

RESUME_DAYS = 30
RESUME_SALT = "ratings.resume"
FIRST_GENERATION = 0  # those who began when the API token was the link, and may have noted it down


@dataclass(frozen=True, kw_only=True)
class ResumeLink:
    """Whose participation a link leads to, and whether it still works."""

    participation: Participation
    generation: int | None  # none where the link is too old

    @property
    def is_good(self) -> bool:
        """Tell whether the link was neither used nor replaced and is not too old."""
        return self.generation == self.participation.resume_generation

    def require_good(self) -> None:
        """Raise where the link does not work any more."""
        if not self.is_good:
            raise ResumeLinkSpentError(
                ngettext(
                    "This resume link was used or replaced, or is older than {count} day. The device on which you "
                    "continued shows a new one under My data; or come back from the platform that invited you.",
                    "This resume link was used or replaced, or is older than {count} days. The device on which you "
                    "continued shows a new one under My data; or come back from the platform that invited you.",
                    RESUME_DAYS,
                ).format(count=RESUME_DAYS)
            )


@cache
def resume_signer() -> signing.TimestampSigner:
    """Give the signer of resume links, made once."""
    return signing.TimestampSigner(salt=RESUME_SALT)


def resume_token(*, participation: Participation) -> str:
    """Give the token of the resume link that works now."""
    return resume_signer().sign(f"{participation.pk.hex}-{participation.resume_generation}")


def access_resume_link(*, token: str) -> ResumeLink:
    """Find the participation of a resume link; raise for a link that leads to none."""
    name, generation = read_token(token) if len(token) <= LONGEST_TOKEN else ("", None)
    key = uuid_of(name)
    participation = Participation.objects.select_related("study", "rater").filter(pk=key).first() if key else None
    if participation is None:
        raise NotFoundError(
            gettext("This link does not lead to any ratings, or no longer does: check that you copied all of it.")
        )
    return ResumeLink(participation=participation, generation=generation)


def read_token(token: str) -> tuple[str, int | None]:
    """Give key and generation that a token was signed for: blank for a forged one, no generation for an old one."""
    signer = resume_signer()
    try:
        text = signer.unsign(token, max_age=timedelta(days=RESUME_DAYS))
    except signing.SignatureExpired:  # the caller says so, and to whom it belonged
        return signer.unsign(token).partition("-")[0], None
    except signing.BadSignature:  # forged, or a link of the time when the API token was the link
        key = key_of_token(token)
        return (key.hex, FIRST_GENERATION) if key else ("", None)
    name, _, generation = text.partition("-")
    return name, int(generation)
