#!/usr/bin/env python
"""Run a command; on the embedded default the database and the broker are started first."""

import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from annotate import embedded, env

WITHOUT_SERVICES = {
    "help",
    "collectstatic",
    "compilemessages",
    "makemessages",
    "--help",
    "-h",
    "--version",
    "version",
    "write_docs",
}


def main() -> None:
    """Start the embedded services where they are ours, then hand over to Django."""
    env.select_settings()
    asks_for_help = not sys.argv[1:] or WITHOUT_SERVICES & {sys.argv[1], *sys.argv[2:]}
    try:
        if not asks_for_help:
            embedded.ensure_services()
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
