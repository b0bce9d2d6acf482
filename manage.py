#!/usr/bin/env python
"""Run a command; on the embedded default the database and the broker are started first."""

import subprocess
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from annotate import embedded, env

WITHOUT_SERVICES = {
    "help",
    "version",
    "collectstatic",
    "compilemessages",
    "makemessages",
    "write_docs",
    "evaluate",
    "simulate",
}
ASKS_FOR_HELP = {"--help", "-h", "--version"}


def start_services() -> None:
    """Start the embedded services; say in a sentence why they do not start, which is the machine's matter."""
    try:
        embedded.ensure_services()
    except (OSError, subprocess.CalledProcessError) as error:
        reason = str(error) if isinstance(error, OSError) else "its own messages are above"
        sys.exit(
            f"pamela: the database or the broker did not start in {env.data_dir()} ({reason}); see to it that the disk "
            "has space, and that the folder is yours to write."
        )


def main() -> None:
    """Start the embedded services where they are ours, then hand over to Django."""
    env.select_settings()
    command = sys.argv[1] if sys.argv[1:] else "help"
    is_alone = command in WITHOUT_SERVICES or ASKS_FOR_HELP & set(sys.argv[1:])
    try:
        if not is_alone:
            start_services()
        execute_from_command_line(sys.argv)
    except env.ConfigurationError as error:
        sys.exit(f"pamela: {error}")
    except OperationalError as error:
        sys.exit(
            f"pamela: the database cannot be reached ({str(error).strip().splitlines()[0]}); start it and try again"
        )
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
