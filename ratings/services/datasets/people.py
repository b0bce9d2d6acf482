"""Which columns describe the raters: by their names, by a rule that anybody can check, never addresses or names."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.files.numbers import is_blank
from ratings.files.table_files import Row, plain_cell
from ratings.files.text_files import without_strays
from ratings.sentences import staff_gettext
from ratings.services.datasets.rows import LeftOut

DEMOGRAPHICS = frozenset(
    (
        *("age", "age_band", "age_group", "age_range", "birth_year", "gender", "sex", "country", "nationality"),
        *("region", "education", "education_level", "occupation", "profession", "language", "native_language"),
        *("ethnicity", "race", "religion", "income", "handedness", "vision", "colorblind", "colourblind", "art"),
        *("art_experience", "art_interest", "art_training", "art_education", "photo_experience", "expertise"),
        *("photography_experience", "photo_interest", "design_experience", "experience"),
    )
)
OF_SOMEBODY = ("rater_", "participant_", "user_", "annotator_", "worker_", "respondent_", "subject_")
OF_A_PROFILE = ("profile", "demo", "demographic", "personality")  # what begins so says itself what it is
ART_INTEREST = "vaiak"  # the questionnaire of that name, as in LAPIS
PRIVATE = frozenset(
    (
        *(
            "ip",
            "ipaddress",
            "agent",
            "useragent",
            "browser",
            "device",
            "email",
            "mail",
            "phone",
            "telephone",
            "mobile",
        ),
        *("address", "street", "postcode", "zip", "zipcode", "latitude", "longitude", "lat", "lon", "lng", "gps"),
        *("coordinates", "firstname", "lastname", "surname", "fullname", "username", "nickname", "login"),
        *("birthday", "birthdate", "dob", "ssn", "passport"),
    )
)
NAMES = frozenset(("first", "last", "full", "middle", "maiden", "real"))  # words that make a name a person's
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
NEVER_STORED = staff_gettext_lazy("columns that name or locate somebody, never stored")
PROFILES = ("metadata", "profile", "info", "attributes", "demographics")  # such as participant_metadata: all facts
COUNTRIES = ("country", "nation")  # where NA is Namibia
WITHDRAWN = frozenset(("CONSENT_REVOKED", "DATA_EXPIRED"))  # Prolific's words for an answer that was taken back
TRUTHS = {"true": True, "false": False}


def words_of(name: str) -> list[str]:
    """Take a column's name apart: `userAgent` and `user_agent` are two words."""
    return [word.lower() for word in WORDS.findall(name)]


@lru_cache(maxsize=4096)
def is_private(name: str) -> bool:
    """Tell whether a column names or locates somebody: addresses, coordinates, names, devices."""
    words = [word for word in words_of(name) if f"{word}_" not in OF_SOMEBODY and word not in OF_A_PROFILE]
    is_name = words[-1:] == ["name"] and (len(words) == 1 or not NAMES.isdisjoint(words))
    return is_name or not PRIVATE.isdisjoint(words) or "".join(words) in PRIVATE


@lru_cache(maxsize=4096)
def is_demographic(name: str) -> bool:
    """Tell whether a column is named as a demographic, with or without whose it is before it."""
    words = "_".join(words_of(name))
    if is_private(name):
        return False
    own = next((words.removeprefix(whose) for whose in OF_SOMEBODY if words.startswith(whose)), words)
    return own in DEMOGRAPHICS or words.startswith(OF_A_PROFILE) or ART_INTEREST in words


def left_out_column(name: str) -> LeftOut:
    """Say why a column is passed over."""
    return LeftOut(
        what=str(NEVER_STORED) if is_private(name) else staff_gettext("columns that are not read"), name=name
    )


def rater_attributes(cells: Row, *, asked: Collection[str] = ()) -> dict[str, Any]:
    """Take the cells of a row that describe the rater, by name or because they were asked for."""
    found: Row = {}
    for name, cell in cells.items():
        if isinstance(cell, dict):
            found |= struct_attributes(name, cell)
        elif name.lower() in asked or is_demographic(name):
            found[name] = cell
    return facts(found)


def struct_attributes(name: str, cell: Mapping[str, Any]) -> Row:
    """Open a cell that holds a profile, or a rater with demographics among the rest."""
    inner = {str(key): value for key, value in cell.items() if not is_private(str(key))}
    if is_demographic(name) or is_profile(name):
        return inner
    is_somebody = f"{name.lower()}_" in OF_SOMEBODY
    return {key: value for key, value in inner.items() if is_somebody and is_demographic(key)}


def is_profile(name: str) -> bool:
    """Tell whether a column is named as a rater's profile."""
    whose = next((one for one in OF_SOMEBODY if name.lower().startswith(one)), "")
    return bool(whose) and name.lower().removeprefix(whose) in PROFILES


def facts(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the cells that say something."""
    plain = {without_strays(name): plain_cell(value) for name, value in cells.items() if says_something(name, value)}
    return {name: yes_or_no(name, value) for name, value in plain.items() if value is not None}


def says_something(name: str, value: Any) -> bool:
    """Tell whether a cell holds anything; NA is Namibia among countries, and nothing elsewhere."""
    if value in WITHDRAWN:
        return False
    is_country = value == "NA" and any(word in name.lower() for word in COUNTRIES)
    return is_country or not is_blank(value)


def yes_or_no(name: str, value: Any) -> Any:
    """Read what CSV makes of true and false, in a column that asks so, such as `is_simulated` of a dump."""
    return TRUTHS.get(value.lower(), value) if name.startswith("is_") and isinstance(value, str) else value
