"""Use resume links up, and replace them."""

from django.db.models import F
from django.utils.translation import gettext

from ratings.exceptions import ResumeLinkSpentError
from ratings.models import Participation
from ratings.selectors.resuming import ResumeLink
from ratings.services.devices import note_move


def use_resume_link(*, link: ResumeLink) -> Participation:
    """Use a link up, and give its participation; of two that use it at once, one is too late."""
    link.require_good()
    if not replace_resume_link(participation=link.participation):
        raise ResumeLinkSpentError(
            gettext("This resume link has just been used on another device: My data there shows a new one.")
        )
    note_move(participation=link.participation)
    return link.participation


def replace_resume_link(*, participation: Participation) -> bool:
    """Revoke all resume links made so far; tell whether this call did so."""
    current = Participation.objects.filter(pk=participation.pk, resume_generation=participation.resume_generation)
    return bool(current.update(resume_generation=F("resume_generation") + 1))
