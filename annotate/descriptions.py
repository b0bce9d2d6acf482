"""Read a study's description from a TOML or JSON file."""

import json
import tomllib
from pathlib import Path
from typing import Any

from annotate import env
from ratings.exceptions import FileRejectedError

DEMO = env.BASE_DIR / "deploy" / "studies" / "demo.toml"


def read_description(*, path: Path) -> dict[str, Any]:
    """Read a description whose keys are a study's fields."""
    read = json.loads if path.suffix.lower() == ".json" else tomllib.loads
    try:
        description = read(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise FileRejectedError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileRejectedError(f"{path} cannot be read: {error}.") from error
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRejectedError(f"{path} is not valid {path.suffix.lstrip('.').upper() or 'TOML'}: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise FileRejectedError(f"{path} holds a number too long or is nested too deeply.") from error
    if not isinstance(description, dict):
        raise FileRejectedError(f"{path} has to hold a table of the study's fields.")
    return description
