"""Serve pictures from the local disk (with object storage their addresses point there), and the service worker."""

import errno
import mimetypes

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

FOR_EVER = "public, max-age=31536000, immutable"
NO_SUCH_FILE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}
SERVICE_WORKER = settings.BASE_DIR / "frontend" / "static" / "js" / "service-worker.js"


@require_safe
def media(request: HttpRequest, path: str) -> FileResponse:  # noqa: ARG001
    """Send a picture; its name is unguessable and what it names never changes."""
    try:
        file = default_storage.open(path)
    except (SuspiciousFileOperation, ValueError) as error:  # a name that leads outside, or holds a NUL character
        raise Http404 from error
    except OSError as error:
        if error.errno not in NO_SUCH_FILE:
            raise
        raise Http404 from error
    kind, _ = mimetypes.guess_type(path)
    return FileResponse(file, content_type=kind or "application/octet-stream", headers={"Cache-Control": FOR_EVER})


@require_safe
def service_worker(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """Send the script under the one address that does not change: it may act on pages in its own folder only."""
    file = SERVICE_WORKER.open("rb")
    return FileResponse(file, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})
