"""Archive studies and images, or restore them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.management.terminal import named_study
from ratings.selectors.picture_names import images_here
from ratings.services.archiving import archive_images, archive_study, restore_images, restore_study


class Command(BaseCommand):
    """Put studies and images away with all their data, or bring them back."""

    help = (
        "Archive studies, which closes them, and images that no study shows: they keep their data and are hidden from "
        "lists; archived images cannot be added to studies. With --restore they come back, studies closed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("--studies", nargs="*", default=(), metavar="SLUG", help="Studies by their slugs.")
        parser.add_argument("--images", nargs="*", default=(), help="Images: id, SHA-256 or its beginning.")
        parser.add_argument("--restore", action="store_true", help="Bring them back.")

    def handle(self, **options: Any) -> None:
        """Find what is meant, act, and say what changed."""
        if not (options["studies"] or options["images"]):
            raise CommandError("Name some --studies or --images.", returncode=2)
        move_study, move_images = (
            (restore_study, restore_images) if options["restore"] else (archive_study, archive_images)
        )
        studies = [named_study(slug=slug) for slug in options["studies"]]
        try:
            images = images_here(names=options["images"])
            moved = move_images(images=[image.pk for image in images], actor=None)
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        for study in studies:
            move_study(study=study, actor=None)
        done = "restored" if options["restore"] else "archived"
        self.stdout.write(f"{done.capitalize()}: studies {len(studies)}, images {moved}.")
