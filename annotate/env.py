"""Typed reads of the environment: the only place that looks at `os.environ`."""

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from annotate.variables import VARIABLES

SHORTEST_KEY = 32  # characters of a secret
FEWEST_CHARACTERS = 10  # different ones in it
BASE_DIR = Path(__file__).resolve().parent.parent


class ConfigurationError(Exception):
    """Say which variable is missing or malformed, and how to correct it."""


def text(name: str) -> str:
    """Read a declared variable; an unset or blank one gives its default."""
    return os.environ.get(name, "").strip() or VARIABLES[name].default


def whole_number(name: str) -> int:
    """Read an integer."""
    value = text(name)
    try:
        return int(value)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}.") from error


def switch(name: str) -> bool:
    """Read a yes/no value."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} must be yes or no, not {value!r}.")


def words(name: str) -> list[str]:
    """Read a comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, values: Sequence[str]) -> str:
    """Read one of a few words."""
    value = text(name)
    if value not in values:
        raise ConfigurationError(f"{name} must be {' or '.join(map(repr, values))}, not {value!r}.")
    return value


def required(name: str) -> str:
    """Read a value that production cannot start without."""
    value = text(name)
    if not value:
        raise ConfigurationError(f"{name} is not set: production needs it, see docs/reference/settings.md.")
    return value


def is_production() -> bool:
    """Tell whether missing settings stop the start instead of getting a local default."""
    return choice("PAMELA_MODE", ("local", "production")) == "production"


def data_dir() -> Path:
    """Give the folder that everything made at run time lies under."""
    return Path(text("DATA_DIR") or BASE_DIR / "var").expanduser().resolve()


def ensure_secret(name: str, *, size: int = 48) -> str:
    """Read a secret; outside production a missing one is made of random bytes and kept in the data folder."""
    value = text(name)
    if value:
        return value
    if is_production():
        return required(name)
    path = secret_file(name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(size))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def secret_file(name: str) -> Path:
    """Give the file that keeps a secret which nobody has named."""
    return data_dir() / "secrets" / name.lower()


def require_safe_production(*, secret_key: str, is_debugging: bool) -> None:
    """Refuse what must never face the network; raises `ConfigurationError`."""
    if is_debugging:
        raise ConfigurationError("DEBUG must be 'no' in production: its pages show settings and code to everybody.")
    if len(secret_key) < SHORTEST_KEY or len(set(secret_key)) < FEWEST_CHARACTERS:
        raise ConfigurationError(
            "SECRET_KEY can be guessed: make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )


def cluster_api() -> str:
    """Give the address of the Kubernetes API: the one named, else that of the cluster that this process runs in."""
    inside = os.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    host = f"[{inside}]" if ":" in inside else inside
    return text("KUBERNETES_API") or (f"https://{host}:{port}" if inside else "")


def share_metrics(folder: Path) -> None:
    """Let this machine's web processes count together, in files of a folder; before the first counter is made."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def shared_metrics() -> str:
    """Give the folder in which processes count together; nothing where each counts alone."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def refuse_telemetry() -> None:
    """Have the libraries of trackers say nothing to their makers; before the first is loaded."""
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")


def child_environment(**extra: str) -> dict[str, str]:
    """Give this process's environment with additions, for a child process."""
    return {**os.environ, **extra}


def select_settings() -> None:
    """Point Django at this project's settings unless the environment names others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotate.settings")
