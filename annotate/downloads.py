"""Send files: a folder as an archive made on the fly, one file with ranges so that it can be resumed; and log that."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar, cast
from zipfile import ZIP_DEFLATED

from django.contrib.auth.models import User
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from zipstream import ZipStream

from annotate.flows.audit import log_download
from ratings.stores.folders import FolderStore

CHUNK = 1 << 20
Answer = TypeVar("Answer", bound=HttpResponseBase)
SENDS = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.FOUND}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


def logged(*, request: HttpRequest, answer: Answer, target: str, file: str) -> Answer:
    """Enter in the audit log that staff take a file out, before its first byte leaves: without the entry, none does.

    This is all that a GET writes in this service; a HEAD takes nothing out.
    """
    if request.method == "GET" and answer.status_code in SENDS:
        part = request.headers.get("Range", "")
        log_download(target=target, file=file, actor=cast("User", request.user), part=part)
    return answer


def zip_chunks(*, store: FolderStore, folder: str, name: str) -> Iterator[bytes]:
    """Give a folder's files as a zip archive, in pieces, without ever holding it whole."""
    archive = ZipStream(compress_type=ZIP_DEFLATED)
    for relative in sorted(store.sizes(folder)):
        archive.add(stored_pieces(store=store, name=f"{folder}/{relative}"), f"{name}/{relative}")
    yield from archive


def stored_pieces(*, store: FolderStore, name: str) -> Iterator[bytes]:
    """Give the bytes of a stored file."""
    with store.open_file(name) as source:
        while piece := source.read(CHUNK):
            yield piece


def file_response(*, request: HttpRequest, store: FolderStore, name: str) -> HttpResponseBase:
    """Answer with a file of a store, or with the part that a Range header asks for; the file never changes.

    One in a bucket is fetched there: the answer is its address, signed for an hour.
    """
    address = store.address_of(name, method=request.method or "GET")
    if address is not None:
        return HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})
    path = store.local_path(name)
    assert path is not None  # noqa: S101 - a store has one or the other
    return path_response(request=request, file=path)


def path_response(*, request: HttpRequest, file: Path) -> HttpResponseBase:
    """Answer with a file on this machine, or with a part of it."""
    size = file.stat().st_size
    tag = f'"{size:x}-{file.stat().st_mtime_ns:x}"'
    headers = {"Accept-Ranges": "bytes", "ETag": tag}
    asked = asked_range(request=request, size=size, tag=tag)
    if asked is None:
        return FileResponse(file.open("rb"), as_attachment=True, filename=file.name, headers=headers)
    if not asked:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers |= {
        "Content-Range": f"bytes {asked[0]}-{asked[-1]}/{size}",
        "Content-Length": str(len(asked)),
        "Content-Disposition": f'attachment; filename="{file.name}"',
    }
    pieces = file_pieces(file=file, first=asked[0], last=asked[-1])
    return StreamingHttpResponse(pieces, status=206, content_type="application/octet-stream", headers=headers)


def asked_range(*, request: HttpRequest, size: int, tag: str) -> range | None:
    """Give the bytes that are asked for, an empty range where there are none such; None for the whole file.

    With `If-Range`, part of another file than the one here is no use: the whole is sent.
    """
    found = RANGE.match(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found[1], found[2]
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(first) > int(last):
        return None
    return range(int(first), min(int(last or size - 1) + 1, size))


def file_pieces(*, file: Path, first: int, last: int) -> Iterator[bytes]:
    """Give the bytes of a file from first to last, both included."""
    left = last - first + 1
    with file.open("rb") as source:
        source.seek(first)
        while left and (piece := source.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
