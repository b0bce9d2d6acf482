"""The ends that taking part can have, and where each sends a rater: a code, an address, or both."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from ratings.choices import End
from ratings.sentences import staff_gettext
from ratings.values.platform_links import FIELD_OF_PARAMETER, SHARED_NAME
from ratings.values.shapes import Note, ShapeError, checked_list, json_of, loaded

LONGEST_CODE = 60  # characters
LONGEST_ADDRESS = 500
# As we write a place for a value, and as Prolific and SONA write theirs.
PLACEHOLDER = re.compile(r"\{\{%\s*(\w+)\s*%\}\}|\{([^{}]*)\}|%([A-Z_]{4,})%")
OWN_NAMES = ("code", "end", "study")
PLATFORM_NAMES = tuple(name for name in FIELD_OF_PARAMETER if name != SHARED_NAME)
KNOWN_NAMES = (*OWN_NAMES, *PLATFORM_NAMES)
SHOWN_NAMES = (
    *("{code}", "{end}", "{study}", "{external_id}", "{external_session}"),
    *("{PROLIFIC_PID}", "{SESSION_ID}", "{SURVEY_CODE}", "{workerId}", "{assignmentId}", "{participantId}"),
)


@dataclass(frozen=True, kw_only=True)
class StudyEnd:
    """What one end of a study gives a rater to take back to the platform that they came from."""

    end: Annotated[End, Note(f"One of {', '.join(End.values[1:])}.", tells_apart=True)]
    code: Annotated[str, Note(f"What is entered on the platform, at most {LONGEST_CODE} characters.")] = ""
    address: Annotated[str, Note("Where the rater is sent, https, with placeholders such as {code}.")] = ""

    def as_json(self) -> dict[str, Any]:
        """Give what a study's row holds."""
        return json_of(self)


def stored_ends(stored: Iterable[Mapping[str, Any]]) -> tuple[StudyEnd, ...]:
    """Read the ends of a study's row."""
    return tuple(loaded(StudyEnd, one) for one in stored)


def checked_ends(given: Any) -> tuple[StudyEnd, ...]:
    """Take the ends that an author gives; raise for an address that leads nowhere."""
    ends = checked_list(StudyEnd, given, entry="end")
    for number, one in enumerate(ends, start=1):
        if one.end == End.COMPLETE:
            raise ShapeError(
                staff_gettext(
                    "the end “complete” has the study's completion_code and completion_url: leave it out here."
                )
            )
        if len(one.code) > LONGEST_CODE:
            raise ShapeError(
                staff_gettext("end {number}: the code is longer than {longest_code} characters.").format(
                    number=number, longest_code=LONGEST_CODE
                )
            )
        fault = fault_of_address(one.address)
        if fault:
            raise ShapeError(
                staff_gettext("end {number}, {value}: {fault}").format(number=number, value=one.end.value, fault=fault)
            )
    return ends


def fault_of_address(address: str) -> str:
    """Say why nobody can be sent to an address; nothing where they can, and where it is blank."""
    if not address:
        return ""
    if len(address) > LONGEST_ADDRESS:
        return staff_gettext("the address is longer than {longest} characters.").format(longest=LONGEST_ADDRESS)
    if not is_web_address(PLACEHOLDER.sub("x", address)):
        return staff_gettext("the address must begin with https:// and a host, without spaces.")
    unknown = next((name for name in placeholders(address) if name.casefold() not in KNOWN_NAMES), None)
    if unknown is None:
        return ""
    sentence = staff_gettext("the address has “{{{name}}}”, which is no placeholder{meant}")
    return sentence.format(name=unknown, meant=meant(unknown))


def is_web_address(address: str) -> bool:
    """Tell whether an address begins with https:// and a host, and has no spaces."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that hold no address of version 6
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not any(letter.isspace() for letter in address)


def placeholders(address: str) -> list[str]:
    """Name the placeholders of an address."""
    return [next(name for name in found if name is not None) for found in map(groups, PLACEHOLDER.finditer(address))]


def groups(found: re.Match[str]) -> tuple[str | None, ...]:
    """Give the name of a placeholder in the place of the way it is written."""
    return found.groups()


def meant(unknown: str) -> str:
    """Name the placeholder that may have been meant, or all."""
    close = get_close_matches(unknown.casefold(), KNOWN_NAMES, n=1)
    shown = next((name for name in SHOWN_NAMES if close and name.strip("{}").casefold() == close[0]), "")
    if shown:
        return staff_gettext(": did you mean {name}?").format(name=shown)
    return staff_gettext(": there are {names}.").format(names=", ".join(SHOWN_NAMES))


def filled_address(address: str, *, values: Mapping[str, str]) -> str:
    """Put values into the placeholders of an address, by our own names or a platform's."""

    def value_of(found: re.Match[str]) -> str:
        name = next(name for name in found.groups() if name is not None).casefold()
        return quote(values.get(FIELD_OF_PARAMETER.get(name, name), ""), safe="")

    return PLACEHOLDER.sub(value_of, address)
