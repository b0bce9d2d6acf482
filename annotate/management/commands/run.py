"""Run everything: services, migrations, demo, web, workers, beat."""

import sys
from argparse import ArgumentParser
from typing import Any, TextIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotate import embedded, env, run_lock, supervisor
from annotate.demo import wants_demo
from annotate.static_files import ensure_collected
from ratings.services.permissions import ensure_groups

ADMIN_NAME = "admin"
PASSWORD_BYTES = 12
OWN_PASSWORD = "the password you gave it"  # noqa: S105 - words about one
HOST_HELP = "address to listen on, by default HOST, or 127.0.0.1; 0.0.0.0 lets other machines in"


class Command(BaseCommand):
    """Everything in one command, for a laptop, a demo or a small study."""

    help = "Start services, migrate, make the demo on an empty database, run web, workers and beat; Ctrl-C stops all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address and whether an empty database gets the demo."""
        parser.add_argument("--host", default=env.text("HOST"), help=HOST_HELP)
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, or 8000")
        parser.add_argument("--workers", type=int, default=2, help="web processes")
        parser.add_argument("--only", nargs="+", choices=supervisor.CHILDREN, help="run no other processes than these")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Run in this folder, unless somebody does."""
        host, port = options["host"], options["port"]
        with self.locked_folder():
            self.run_here(host, port, options)

    def locked_folder(self) -> TextIO:
        """Lock the data folder until what this gives is closed, and end what a killed run left there."""
        try:
            held = run_lock.lock_folder()
        except run_lock.AlreadyRunningError as error:
            raise CommandError(str(error)) from error
        if ended := run_lock.end_leftovers():
            self.stdout.write(f"Ended what a killed run had left in this folder: {ended} process(es).")
        return held

    def run_here(self, host: str, port: int, options: dict[str, Any]) -> None:
        """Prepare, then run until stopped."""
        if not supervisor.is_port_free(host=host, port=port):
            raise CommandError(f"Port {port} is in use: stop what runs there, or choose another with PORT={port + 1}.")
        call_command("migrate", interactive=False, verbosity=0)
        ensure_collected()
        ensure_groups()
        entrance = ensure_admin()
        children = supervisor.service_children(host=host, port=port, web_workers=options["workers"])
        children = [child for child in children if child.name in (options["only"] or supervisor.CHILDREN)]
        if not options["no_demo"] and wants_demo():
            children.append(supervisor.demo_child())
        embedded.adopt_valkey()
        supervisor.Supervisor(children, output=sys.stdout).run(when_started=lambda: self.announce(host, port, entrance))

    def announce(self, host: str, port: int, entrance: str) -> None:
        """Say where to look and how to get in."""
        address = f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0'} else host}:{port}"  # noqa: S104
        self.stdout.write(
            f"\n  Pamela is starting.\n\n  Raters   {address}/\n  Admin    {address}/admin/"
            f"   user {ADMIN_NAME}, {entrance}\n  API      {address}/api/docs/\n\n  Ctrl-C stops everything.\n"
        )
        self.stdout.flush()


def ensure_admin() -> str:
    """Make the first administrator with a random password; give that once, and later where to read or change it.

    What is printed at each start stands in logs and on screens for as long as these are kept.
    """
    user = User.objects.filter(username=ADMIN_NAME).first()
    if env.is_production():
        return OWN_PASSWORD
    password = env.ensure_secret("ADMIN_PASSWORD", size=PASSWORD_BYTES)
    is_given = bool(env.text("ADMIN_PASSWORD"))
    if user is None and not User.objects.filter(is_superuser=True).exists():
        User.objects.create_superuser(ADMIN_NAME, password=password)
        return OWN_PASSWORD if is_given else f"password {password} (shown this once; change it in the admin)"
    if is_given or user is None or not user.check_password(password):
        return OWN_PASSWORD
    return f"password in {env.secret_file('ADMIN_PASSWORD')}"
