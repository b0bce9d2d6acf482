"""Write a table of plain values as TOML, which the standard library only reads."""

import json
import re
from collections.abc import Mapping
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_of(table: Mapping[str, Any]) -> str:
    """Write a table with a line for each key; a value that is none is left out, since TOML has no null."""
    return "".join(f"{key_of(key)} = {value_of(value)}\n" for key, value in table.items() if value is not None)


def key_of(key: str) -> str:
    """Write a key, in quotes where it needs them."""
    return key if BARE.fullmatch(key) else text_of(key)


def text_of(text: str) -> str:
    """Write a text as TOML has it on one line: as JSON, whose escapes it shares, but for the one that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def value_of(value: Any) -> str:
    """Write a value."""
    if isinstance(value, Mapping):
        parts = (f"{key_of(key)} = {value_of(one)}" for key, one in value.items() if one is not None)
        return f"{{ {', '.join(parts)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(value_of(one) for one in value)}]"
    return text_of(value) if isinstance(value, str) else json.dumps(value)
