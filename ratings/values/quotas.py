"""How many images of a domain or generator a study puts to one rater at most."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ratings.values.shapes import Note, checked, json_of, loaded


@dataclass(frozen=True, kw_only=True)
class GroupQuotas:
    """Most images of a group per rater, by the group's name; groups that are not named have no limit."""

    domain: Annotated[
        Mapping[str, int],
        Note("The quota of each domain by its name, a whole number from 0.", lowest=0, left_out_blank=True),
    ] = field(default_factory=dict)
    generator: Annotated[
        Mapping[str, int],
        Note("The quota of each generator by its name, a whole number from 0.", lowest=0, left_out_blank=True),
    ] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, int]]:
        """Give what a study's row holds: quotas by name, by what an image has."""
        return json_of(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "GroupQuotas":
        """Read what a row holds."""
        return loaded(cls, stored)


def checked_quotas(given: Any) -> GroupQuotas:
    """Take the quotas that an author gives; raise for what is none."""
    return checked(GroupQuotas, given, place="a table of quotas")
