"""Which answers go into a dump."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from ratings.choices import Policy
from ratings.values.shapes import Note, fields_of, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class DumpFilters:
    """The choice of answers; the default is what a published set would hold."""

    include_repeats: Annotated[
        bool,
        Note("Keep repeated showings.", option="without-repeats", without="Leave out repeated showings."),
    ] = True
    include_practice: Annotated[bool, Note("Keep uncounted practice ratings.")] = False
    include_simulated: Annotated[bool, Note("Keep raters that are programs.", label="Include simulated raters")] = False
    include_pictures: Annotated[
        bool, Note("Put the pictures into an hf dump.", label="Include the pictures (Hugging Face only)")
    ] = False
    include_free_text: Annotated[
        bool, Note("Keep answers in free text, which may name people.", label="Include answers in free text")
    ] = False
    for_publication: Annotated[
        bool,
        Note(
            "Say of each rater's profile what earlier dumps for publication said, band newcomers among themselves, "
            "and give days for times, rounded sizes of screens, and no paths of pictures.",
            label="For publication: coarser, and profiles as earlier such dumps gave them",
        ),
    ] = False
    leave_out_flagged: Annotated[
        bool, Note("Drop raters with a confirmed flag.", label="Leave out raters with a confirmed flag")
    ] = False
    only_test_slice: Annotated[
        bool, Note("Keep only what was drawn at random.", label="Only the test slice, drawn at random")
    ] = False
    since: Annotated[datetime | None, Note("Only ratings from this date (and time) on.", label="From this day on")] = (
        None
    )
    until: Annotated[datetime | None, Note("Only ratings before this date (and time).", label="Before this day")] = None
    domains: Annotated[tuple[str, ...], Note("Only images of these domains.", option="domain")] = ()
    consent_versions: Annotated[tuple[str, ...], Note("Only these consent versions.", option="consent-version")] = ()
    policies: Annotated[
        tuple[str, ...], Note(f"Only these policies, of {', '.join(Policy.values)}.", option="policy")
    ] = ()

    @property
    def unusual(self) -> dict[str, Any]:
        """Give the filters that differ from their defaults, by name."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields_of(DumpFilters)}
        return {name: value for name, (value, usual) in values.items() if value != usual}

    def as_json(self) -> dict[str, Any]:
        """Give what a row or a manifest can hold."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DumpFilters":
        """Read what a row holds; what is not named keeps its default."""
        return loaded(cls, stored)
