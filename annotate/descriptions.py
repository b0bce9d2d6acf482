"""Read a study's description from a TOML or JSON file."""

from pathlib import Path
from typing import Any

from annotate import env
from ratings.exceptions import FileRejectedError
from ratings.files.descriptions import description_in

DEMO = env.BASE_DIR / "deploy" / "studies" / "demo.toml"


def read_description(*, path: Path) -> dict[str, Any]:
    """Read a description whose keys are a study's fields."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileRejectedError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileRejectedError(f"{path} cannot be read: {error}.") from error
    return description_in(text, name=str(path))
