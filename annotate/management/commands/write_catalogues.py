"""Bring the catalogues of translations up to date with what code and templates say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Extract the sentences, keep their translations, and compile."""

    help = "Update and compile the catalogues from code and templates; needs requirements-dev.txt, no GNU gettext."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the languages."""
        parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help="such as de or zh-hans; all without one")
        parser.add_argument(
            "--admin",
            action="store_true",
            help="the admin's words, in annotate/admin/locale, instead of the raters'; begins a language that has none",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write the catalogues and say how much is missing."""
        from annotate import catalogues  # Babel, which only those have who work on the code

        known = catalogues.translated_languages()
        unknown = sorted(set(options["languages"]) - set(known))
        if unknown:
            raise CommandError(f"There is no catalogue for {unknown[0]!r}: the languages are {', '.join(known)}.")
        write = catalogues.write_admin_catalogue if options["admin"] else catalogues.write_catalogue
        present = catalogues.admin_languages() if options["admin"] else known
        for language in options["languages"] or present:
            missing = write(language)
            self.stdout.write(f"{language}: {f'{missing} sentences lack a translation' if missing else 'complete'}")
