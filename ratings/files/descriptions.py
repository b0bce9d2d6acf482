"""Read a study's description from the text of a TOML or JSON file."""

import json
import tomllib
from pathlib import PurePath
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.sentences import staff_gettext


def description_in(text: str, *, name: str) -> dict[str, Any]:
    """Read a description whose keys are a study's fields; the name of its file says which language it is in.

    Raises `FileRejectedError` for what is no table in that language.
    """
    suffix = PurePath(name).suffix.lower()
    read = json.loads if suffix == ".json" else tomllib.loads
    try:
        description = read(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRejectedError(
            staff_gettext("{name} is not valid {upper}: {error}.").format(
                name=name, upper=suffix.lstrip(".").upper() or "TOML", error=error
            )
        ) from error
    except (ValueError, RecursionError) as error:
        raise FileRejectedError(
            staff_gettext("{name} holds a number too long or is nested too deeply.").format(name=name)
        ) from error
    if not isinstance(description, dict):
        raise FileRejectedError(staff_gettext("{name} has to hold a table of the study's fields.").format(name=name))
    return description
