"""What a crowd platform's link says of its visitor: who they are and in which session, or why it names nobody."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from ratings.choices import LinkFaultKind

LONGEST_ID = 200  # characters
LONGEST_EXAMPLE = 200

PERSON = "external_id"
SESSION = "external_session"
# How platforms name the person and the session: our own names, Prolific, MTurk, CloudResearch Connect, SONA.
FIELD_OF_PARAMETER = {
    "external_id": PERSON,
    "prolific_pid": PERSON,
    "workerid": PERSON,
    "participantid": PERSON,
    "survey_code": PERSON,
    "id": PERSON,
    "external_session": SESSION,
    "session_id": SESSION,
    "assignmentid": SESSION,
}
SHARED_NAME = "id"  # of SONA's guides, but anybody's word: taken where the value looks like SONA's
SONA_CODE = re.compile(r"[1-9]\d{1,6}|.*survey_code.*")
PREVIEW_WORD = "assignment_id_not_available"  # MTurk's, before a worker has accepted the task
NO_VALUE_WORDS = frozenset(
    {
        *("null", "undefined", "none", "nil", "nan", "na", "n/a", "preview"),
        *("pid", "participant_id", "worker_id", "study_id", "trackingid"),  # the field's name in place of its value
    }
)
# Braces, brackets, dollar and percent signs mark a template's fields; no platform puts them into an id.
TEMPLATE_MARKS = frozenset("{}[]<>$%")
FENCED_NAME = re.compile(r"(__|@@|##|\*\|).+(__|@@|##|\|\*)")


@dataclass(frozen=True, kw_only=True)
class LinkFault:
    """A parameter of a link whose value is no id."""

    kind: LinkFaultKind
    parameter: str
    value: str

    @property
    def field(self) -> str:
        """Tell whether it should have named the person or the session."""
        return FIELD_OF_PARAMETER[self.parameter.casefold()]

    @property
    def example(self) -> str:
        """Give the parameter as it stood in the link, fit to be stored and shown."""
        shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in self.value)
        return f"{self.parameter}={shown}"[:LONGEST_EXAMPLE]

    @property
    def sentence(self) -> str:
        """Tell the visitor what is wrong with their link, and what to do."""
        again = gettext(
            "Open the study again from the platform that invited you; if this comes back, tell the researchers."
        )
        if self.kind == LinkFaultKind.PREVIEW:
            return gettext(
                "This is a preview: accept the task on the platform that sent you here, and open it from there."
            )
        return f"{self.reason} {again}"

    @property
    def reason(self) -> str:
        """Say why the link names nobody."""
        held = self.value.strip()
        if self.kind == LinkFaultKind.AMBIGUOUS:
            return gettext("This link names two people, so it does not say who you are.")
        if self.kind == LinkFaultKind.MALFORMED:
            too_odd = gettext("The id in this link is longer than {count} characters or has characters no id has.")
            return too_odd.format(count=LONGEST_ID)
        if held:
            unfilled = gettext("This link does not say who you are: it has “{held}” where your id should be.")
            return unfilled.format(held=held)
        return gettext("This link does not say who you are: it has nothing where your id should be.")


@dataclass(frozen=True, kw_only=True)
class PlatformLink:
    """The ids of a link, each a clean one or blank, and what was no id."""

    external_id: str = ""
    external_session: str = ""
    faults: tuple[LinkFault, ...] = ()

    def __post_init__(self) -> None:
        """Hold no id that was not checked."""
        for text in self.fields.values():
            if text != text.strip() or fault_kind(text) is not None:
                raise ValueError(f"{text!r} is no clean id: read it with read_link.")

    @property
    def refusal(self) -> LinkFault | None:
        """Give the fault for which nobody can take part by this link; a faulty session alone is none."""
        serious = (fault for fault in self.faults if fault.kind == LinkFaultKind.PREVIEW or self.lacks_person(fault))
        return next(serious, None)

    @property
    def names_somebody(self) -> bool:
        """Tell whether the link says, or was meant to say, who the visitor is."""
        return bool(self.external_id) or self.refusal is not None

    @property
    def fields(self) -> dict[str, str]:
        """Give what the link says under our own names, blanks left out."""
        said = {PERSON: self.external_id, SESSION: self.external_session}
        return {name: value for name, value in said.items() if value}

    def lacks_person(self, fault: LinkFault) -> bool:
        """Tell whether the fault stands in the place of the only id."""
        return fault.field == PERSON and not self.external_id


NO_LINK = PlatformLink()


def read_link(parameters: Iterable[tuple[str, str]]) -> PlatformLink:
    """Read the parameters of a link, those with a name that no platform uses left out."""
    known = [(name, value) for name, value in parameters if is_platforms(name.casefold(), value.strip().casefold())]
    faults = [fault for name, value in known if (fault := fault_of(name, value)) is not None]
    person, doubts = one_id(PERSON, known)
    session, further = one_id(SESSION, known)
    return PlatformLink(external_id=person, external_session=session, faults=(*faults, *doubts, *further))


def is_platforms(name: str, value: str) -> bool:
    """Tell whether a parameter is one of a platform's."""
    return name in FIELD_OF_PARAMETER and (name != SHARED_NAME or SONA_CODE.fullmatch(value) is not None)


def one_id(field: str, parameters: list[tuple[str, str]]) -> tuple[str, list[LinkFault]]:
    """Give the one clean id of a field; two that differ are none."""
    found = {
        value.strip(): name
        for name, value in parameters
        if FIELD_OF_PARAMETER[name.casefold()] == field and fault_of(name, value) is None
    }
    if len(found) > 1:
        name, values = next(iter(found.values())), " and ".join(found)
        return "", [LinkFault(kind=LinkFaultKind.AMBIGUOUS, parameter=name, value=values)]
    return next(iter(found), ""), []


def fault_of(parameter: str, value: str) -> LinkFault | None:
    """Say why a value is no id; none where it is one."""
    kind = fault_kind(value.strip())
    return None if kind is None else LinkFault(kind=kind, parameter=parameter, value=value)


def fault_kind(text: str) -> LinkFaultKind | None:
    """Judge a trimmed text: what is wrong with it as an id."""
    if text.casefold() == PREVIEW_WORD:
        return LinkFaultKind.PREVIEW
    if len(text) > LONGEST_ID or not text.isprintable():
        return LinkFaultKind.MALFORMED
    return LinkFaultKind.UNFILLED if is_unfilled(text) else None


def is_unfilled(text: str) -> bool:
    """Tell whether a platform or a template left its own word in the place of an id."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    is_word = not plain or plain in NO_VALUE_WORDS or plain in FIELD_OF_PARAMETER or plain.endswith("_not_available")
    return is_word or bool(TEMPLATE_MARKS & set(plain)) or FENCED_NAME.fullmatch(plain) is not None
