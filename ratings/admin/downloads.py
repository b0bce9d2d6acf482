"""Send files: a folder as an archive made on the fly, one file with ranges so that it can be resumed."""

import re
import zipfile
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

CHUNK = 1 << 20
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


def folder_files(*, folder: Path) -> list[tuple[str, Path]]:
    """List the files below a folder by their relative names."""
    return sorted((file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file())


class Outlet(RawIOBase):
    """A file to write to whose content is taken out again piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        """Keep a piece until it is taken."""
        self.pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Give what was written since the last time."""
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def zip_chunks(*, folder: Path, name: str) -> Iterator[bytes]:
    """Give a folder's files as a zip archive, in pieces, without ever holding it whole."""
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for relative, file in folder_files(folder=folder):
            with file.open("rb") as source, archive.open(f"{name}/{relative}", "w", force_zip64=True) as entry:
                while piece := source.read(CHUNK):
                    entry.write(piece)
                    yield outlet.taken()
    yield outlet.taken()


def file_response(*, request: HttpRequest, file: Path) -> HttpResponseBase:
    """Answer with a file, or with the part that a Range header asks for."""
    size = file.stat().st_size
    asked = RANGE.match(request.headers.get("Range", ""))
    if asked is None:
        return FileResponse(file.open("rb"), as_attachment=True, filename=file.name, headers={"Accept-Ranges": "bytes"})
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {
        "Content-Range": f"bytes {first}-{last}/{size}",
        "Content-Length": str(last - first + 1),
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.name}"',
    }
    pieces = file_pieces(file=file, first=first, last=last)
    return StreamingHttpResponse(pieces, status=206, content_type="application/octet-stream", headers=headers)


def file_pieces(*, file: Path, first: int, last: int) -> Iterator[bytes]:
    """Give the bytes of a file from first to last, both included."""
    left = last - first + 1
    with file.open("rb") as source:
        source.seek(first)
        while left and (piece := source.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
