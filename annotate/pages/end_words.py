"""What a rater reads at each end of a study."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ratings.choices import End

HEADINGS: Mapping[End, Promise] = {
    End.COMPLETE: gettext_lazy("Done. Thank you!"),
    End.PARTIAL: gettext_lazy("Thank you for what you did"),
    End.FULL: gettext_lazy("There was nothing left to show you"),
    End.SCREENED_OUT: gettext_lazy("This study needs other people"),
    End.DEVICE: gettext_lazy("This study needs another device"),
    End.VISION: gettext_lazy("Your part ends here"),
    End.DECLINED: gettext_lazy("You are not taking part"),
    End.FAILED_ATTENTION: gettext_lazy("Your part ends here"),
    End.TIMED_OUT: gettext_lazy("The time is up"),
}
# Where something was rated, the page says how much instead.
SENTENCES: Mapping[End, Promise] = {
    End.FULL: gettext_lazy("This study is full: all its places are taken."),
    End.SCREENED_OUT: gettext_lazy(
        "Thank you for your answers. This study is looking for people who answer them differently."
    ),
    End.VISION: gettext_lazy(
        "Thank you for looking. In this study, everyone has to tell certain colours and greys apart on their screen."
    ),
    End.DECLINED: gettext_lazy("That is fine. Nothing about you was stored."),
    End.FAILED_ATTENTION: gettext_lazy("Too many of the checks between the pictures were not answered as they asked."),
    End.TIMED_OUT: gettext_lazy("The study closed before you had finished."),
}


def words_of_end(end: End) -> dict[str, object]:
    """Give the heading of an end's page, and a sentence where there is one."""
    return {"heading": HEADINGS[end], "sentence": SENTENCES.get(end, "")}
