"""The words of a design on raters' pages: whole sentences, so that every language can say them in its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """What the pages of a design call its items and acts."""

    act: "StrPromise"
    what: "StrPromise"  # raters do
    stage: "StrPromise"
    skip: "StrPromise"
    keep: "StrPromise"  # instead of skipping
    back: "StrPromise"
    start: "StrPromise"
    go_on: "StrPromise"
    go_on_at: Callable[[int], str]  # the place of the next item
    asked: Callable[[Any], str]  # (study) how much is asked
    done: Callable[[Any], str]  # (participation) how much was done
    place_of: "StrPromise"  # {place} of {quota}: how far somebody is
    taken_back: "StrPromise"
    not_saved: "StrPromise"

    def on_screen(self) -> dict[str, str]:
        """Give the words that scripts say, in the language of the page."""
        return {name: str(getattr(self, name)) for name in ("place_of", "taken_back", "not_saved")}


def pictures(count: int) -> str:
    """Count pictures."""
    return ngettext("%(count)s picture", "%(count)s pictures", count) % {"count": count}


def rated(count: int) -> str:
    """Thank for so many pictures."""
    return ngettext(
        "You rated %(count)s picture. All of it is saved.", "You rated %(count)s pictures. All of it is saved.", count
    ) % {"count": count}


def compared(count: int) -> str:
    """Thank for so many pairs."""
    return ngettext(
        "You compared %(count)s pair. All of it is saved.", "You compared %(count)s pairs. All of it is saved.", count
    ) % {"count": count}


RATING_WORDS = PageWords(
    act=_("Rate"),
    what=_("You see one picture after another and rate each with a single tap or key."),
    stage=_("Picture"),
    skip=_("Skip this picture?"),
    keep=_("Rate it after all"),
    back=_("Back to rating"),
    start=_("Start rating"),
    go_on=_("Continue rating"),
    go_on_at=lambda place: gettext("Continue at picture %(place)s") % {"place": place},
    asked=lambda study: pictures(study.quota),
    done=lambda part: rated(part.done),
    place_of=_("Picture {place} of {quota}"),
    taken_back=_("Rating taken back."),
    not_saved=_("One rating could not be saved."),
)
PAIR_WORDS = PageWords(
    act=_("Choose"),
    what=_("You see two pictures at a time and choose the one you prefer, with a single tap or key."),
    stage=_("Pictures"),
    skip=_("Skip this pair?"),
    keep=_("Choose after all"),
    back=_("Back to choosing"),
    start=_("Start choosing"),
    go_on=_("Continue choosing"),
    go_on_at=lambda place: gettext("Continue at pair %(place)s") % {"place": place},
    asked=lambda study: ngettext("%(count)s pair", "%(count)s pairs", study.quota) % {"count": study.quota},
    done=lambda part: compared(part.done),
    place_of=_("Pair {place} of {quota}"),
    taken_back=_("Choice taken back."),
    not_saved=_("One choice could not be saved."),
)
