"""What the raters' scripts say: taken from the same catalogues as the pages, and handed to each page as one table."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

PLURAL_PERIOD = 100  # every rule for the languages here looks at the last two digits, and at small numbers themselves


def script_words(*pages: str) -> dict[str, Any]:
    """Give the words of some pages, or of all, in the language of the page: single ones, and those after a number."""
    wanted = [WORDS[name] for name in pages or WORDS]
    texts = {name: text for words in wanted for name, text in words().items()}
    return {"texts": texts, "counted": {} if pages and "made" not in pages else counted_words()}


def page_words() -> dict[str, str]:
    """Give the words of joining, and of pages with something to copy."""
    return {
        "back": gettext("Back"),
        "copied": gettext("Copied"),
        "redirect": gettext("You will be taken back in {seconds} s."),
        "save": gettext("Save and continue"),
        "step": gettext("Step {place} of {count}"),
    }


def rating_words() -> dict[str, str]:
    """Give the words of the rating page."""
    return {
        "best": gettext("Which one do you like best?"),
        "both": gettext("Tie"),
        "break": gettext("{done} of {quota} done. You are well on your way."),
        "check": gettext("This is not a picture to judge."),
        "early": gettext("A moment to look first, then press."),
        "first": gettext("{caption}, first"),
        "left": pgettext("the picture on the left", "Left"),
        "less": gettext("Show less"),
        "lower": pgettext("the picture below", "Lower"),
        "more": gettext("Show all"),
        "no_connection": gettext("No connection. Your answers are kept."),
        "not_set": gettext("not set yet"),
        "past": gettext("{picture}: {said}. Change it"),
        "picture": gettext("Picture {place}"),
        "practice": gettext("Practice"),
        "practice_place": gettext("Practice picture"),
        "progress": gettext("{done} of {quota} done"),
        "question": gettext("Which picture do you prefer?"),
        "rating": gettext("Your rating"),
        "rating_between": gettext("Your rating, from {low} to {high}"),
        "ready": gettext("Ready on this device: {count}"),
        "right": pgettext("the picture on the right", "Right"),
        "said_before": gettext("You said: {said}. Choose again, or keep it."),
        "says": gettext("{place}. It says: {sentence}"),
        "second": gettext("{caption}, second"),
        "set": gettext("OK"),
        "skipped": gettext("Skipped."),
        "slow": gettext("Saving is slow. Your answers are kept."),
        "unkept": unkept(),
        "upper": pgettext("the picture above", "Upper"),
        "worst": gettext("And which one least?"),
    }


def unkept() -> str:
    """Say that answers wait in a page that this browser forgets once it is closed."""
    return gettext(
        "Your answers are not sent yet, and this browser cannot keep them. "
        "Leave this page open: it sends them as soon as it can."
    )


def made_words() -> dict[str, str]:
    """Give the words of the page Made for you."""
    return {
        "alike": gettext("You like both equally."),
        "anybody": gettext("The version everyone gets"),
        "away": gettext("You are offline. What you did is kept, and will be sent when the connection is back."),
        "chosen": gettext("Chosen for you"),
        "how_far": gettext("Progress of {prompt}"),
        "made_for_you": gettext("Made for you"),
        "no_load": gettext("This picture does not load. Try again later."),
        "one_here": gettext("Here it is. Do you like it?"),
        "other_rater": gettext("Someone else is using this browser now. Open your resume link to go on."),
        "rating_of": gettext("Your rating of {name}"),
        "signed_out": gettext("You are no longer signed in. Open your resume link, or join the study again."),
        "stop": gettext("Stop this"),
        "two_here": gettext("Here they are. Rate both to see which one was made for you."),
        "undo": gettext("Undo"),
        "unkept": unkept(),
        "yours_better": gettext("You like the one made for you better."),
        "other_better": gettext("You like the other one better. We learn from that too."),
        "you_said": gettext("You said {value}"),
        "you_said_label": gettext("You said {value}: “{label}”"),
    }


def subject_words() -> dict[str, str]:
    """Give the subjects of pictures that are offered where a study names none of its own."""
    return {
        "a vase and fruit on a table": gettext("a vase and fruit on a table"),
        "mountains above a lake": gettext("mountains above a lake"),
        "a walker in a narrow street": gettext("a walker in a narrow street"),
        "a portrait in a statement hat": gettext("a portrait in a statement hat"),
        "a jazz concert poster": gettext("a jazz concert poster"),
        "a path through the forest": gettext("a path through the forest"),
    }


def counted_words() -> dict[str, list[str]]:
    """Give each sentence that follows a number for every number below twice the period of the plural rules."""
    return {"wishes_left": shared_forms([wishes_left(count) for count in range(2 * PLURAL_PERIOD)])}


def wishes_left(count: int) -> str:
    """Say how many wishes are left, the number left open."""
    return ngettext("{count} wish left today", "{count} wishes left today", count)


def shared_forms(sentences: list[str]) -> list[Any]:
    """Put the sentences of the numbers 0, 1, 2 … into a short form: each different one once, and the place of each."""
    forms = list(dict.fromkeys(sentences))
    return [forms, "".join(str(forms.index(sentence)) for sentence in sentences)]


WORDS: dict[str, Callable[[], dict[str, str]]] = {"page": page_words, "rating": rating_words, "made": made_words}
