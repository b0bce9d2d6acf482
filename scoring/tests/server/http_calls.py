"""Call a reward server over HTTP as other programs do, and start one in a process of its own."""

import http.client
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PATIENCE = 120.0  # s, on a busy machine
Part = tuple[str, bytes | str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Decode the body."""
        return json.loads(self.body)


def form_of(parts: Sequence[Part]) -> tuple[bytes, str]:
    """Write a multipart body: bytes are files."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, value in parts:
        file = '; filename="picture"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        body += head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running reward server."""

    port: int
    process: subprocess.Popen[bytes]

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Send one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=names)
            answer = connection.getresponse()
            return Reply(
                status=answer.status,
                headers=dict(answer.getheaders()),
                body=answer.read(),
            )
        finally:
            connection.close()

    def score(self, body: Any, **headers: str) -> Reply:
        """Ask for scores in JSON."""
        headers = {"Content_Type": "application/json", **headers}
        return self.call(
            "POST", "/api/v1/score", body if isinstance(body, bytes) else json.dumps(body).encode(), **headers
        )

    def score_form(self, *parts: Part, **headers: str) -> Reply:
        """Ask for scores of files."""
        body, kind = form_of(parts)
        return self.call("POST", "/api/v1/score", body, Content_Type=kind, **headers)

    def is_ready(self) -> bool:
        """Ask whether it can score."""
        with suppress(OSError, http.client.HTTPException):  # nobody listens, or not yet
            return self.call("GET", "/readyz").status == http.client.OK
        return False


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Serves a release with limits and a token of the test's own.
WITH_LIMITS = """
import sys
from pathlib import Path
from scoring.server.launch import Address, FolderApplication, serve
from scoring.server.limits import Limits

if __name__ == "__main__":
    application = FolderApplication(folder=Path("."), token="{token}", limits=Limits({limits}))
    serve(application, address=Address(port={port}))
"""


@contextmanager
def running(command: Sequence[str], *, port: int, folder: Path, **environment: str) -> Iterator[Server]:
    """Run a server in a folder until the end of the block, and wait until it is ready."""
    log = folder / f"log-{port}"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, stdout=out, stderr=out, env={**environment, "PATH": ""}
        )
    server = Server(port=port, process=process)
    try:
        wait_for(lambda: process.poll() is not None or server.is_ready(), what="a ready server", log=log)
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        finally:
            for pid in family:
                with suppress(psutil.NoSuchProcess):  # ended, as it should
                    psutil.Process(pid).kill()


def wait_for(look: Callable[[], object], *, what: str, log: Path | None = None) -> None:
    """Look until what is waited for is there."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}: {log.read_text() if log else ''}")
        time.sleep(0.1)  # between two looks
