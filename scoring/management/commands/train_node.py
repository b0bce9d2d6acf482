"""Do one machine's part in training a network together with others."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.management.terminal import ending_cleanly
from ratings.stores.folders import training_store
from scoring.exceptions import LaunchError


class Command(BaseCommand):
    """Train with the other pods of a JobSet; what pods run, and nobody by hand."""

    help = (
        "Do one machine's part in training a network that several train together: take the task from the store of "
        "files, meet the others, train, and have the first put the network there. The pods of a JobSet run this where "
        "TRAINING_LAUNCHER is jobset."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which training it is, and this machine's place in it."""
        parser.add_argument("name", metavar="NAME", help="name of the training, and of its folder in the store")
        parser.add_argument("--index", type=int, required=True, help="number of this machine, from 0")
        parser.add_argument("--nodes", type=int, required=True, help="number of machines")
        parser.add_argument("--processes", type=int, required=True, help="processes on each of them, one for each GPU")
        parser.add_argument("--first", required=True, metavar="HOST:PORT", help="where machine 0 is met")
        parser.add_argument("--address", required=True, help="address by which the others reach this machine")

    def handle(self, **options: Any) -> None:
        """Train, and say whether the network was this machine's to hand over."""
        from scoring.pipeline.launching.node import NodePlace, train_node

        place = NodePlace(
            meeting=options["name"],
            index=options["index"],
            nodes=options["nodes"],
            address=options["address"],
            first=options["first"],
        )
        try:
            with ending_cleanly():
                has_network = train_node(store=training_store(), place=place, processes=options["processes"])
        except LaunchError as error:
            raise CommandError(error.message) from error
        said = "the network is in the store." if has_network else "another machine hands the network over."
        self.stdout.write(f"Trained: {said}")
