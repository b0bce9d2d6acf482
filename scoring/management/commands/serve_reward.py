"""Serve scores of pictures to other programs, with the studies' live models or with a released one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """The reward server: a process of its own, which loads models and encoder once."""

    help = (
        "Score pictures for other programs over HTTP (POST /api/v1/score). Without --port it listens on the socket "
        "that the web process passes requests on to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and a folder in place of the database."""
        parser.add_argument("--model", type=Path, metavar="FOLDER", help="serve what export_model wrote instead")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on, with --port")
        parser.add_argument("--port", type=int, help="listen on this port, not on the socket")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Serve until a signal ends it."""
        from scoring.pipeline.serving.reward_server import StudyApplication
        from scoring.server.folder import FolderError, open_folder
        from scoring.server.launch import Address, FolderApplication, serve

        address = Address(
            host=options["host"], port=options["port"] or 0, socket=None if options["port"] else settings.REWARD_SOCKET
        )
        if options["model"] is None:
            self.tell(f"Scoring at {address}")
            serve(StudyApplication(limits=settings.REWARD_LIMITS, hosts=settings.REWARD_FETCH_HOSTS), address=address)
            return
        try:
            name = open_folder(options["model"]).name
        except FolderError as error:
            raise CommandError(str(error), returncode=2) from error
        self.tell(f"Scoring with {name} at {address}")
        serve(FolderApplication(folder=options["model"].resolve(), limits=settings.REWARD_LIMITS), address=address)

    def tell(self, line: str) -> None:
        """Say what is served where."""
        self.stdout.write(line)
        self.stdout.flush()
