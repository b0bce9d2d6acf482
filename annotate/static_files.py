"""Static files: collected only when they changed, as that takes longer than all else at a start, and sent lightly."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Send static files with few headers: a page is made of dozens of small ones, whose headers weigh as much again."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> WhiteNoiseFileResponse:
        """Send a file; one that is kept for ever is never asked for again, so it needs no word of its age.

        Nor of its letters: modules are always in UTF-8, and styles are taken to be in what the page is in.
        """
        answer = WhiteNoiseMiddleware.serve(static_file, request)
        answer["X-Content-Type-Options"] = "nosniff"
        if "immutable" in answer.headers.get("Cache-Control", ""):
            del answer["Last-Modified"]
            del answer["ETag"]
            answer["Content-Type"] = answer["Content-Type"].partition(";")[0]
            answer["Cache-Control"] = answer["Cache-Control"].replace("public, ", "")
        return answer


def ensure_collected() -> None:
    """Collect the static files unless those collected are of the present sources."""
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    digest = sources_digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest)


def sources_digest() -> str:
    """Give a digest of the names, sizes and times of all source files."""
    state = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            state.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return state.hexdigest()
