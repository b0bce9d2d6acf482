#!/usr/bin/env python
"""Run a command; on the embedded default the database and the broker are started first."""

import sys

from django.core.management import execute_from_command_line

from annotate import embedded, env

WITHOUT_SERVICES = {"help", "collectstatic", "compilemessages", "makemessages", "--help", "-h", "--version", "version"}


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


if __name__ == "__main__":
    main()
