"""Start the HTTP server around the application: one process that loads the model, watched by a small one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from scoring.server.app import RewardServer
from scoring.server.fetching import Fetcher
from scoring.server.folder import open_folder
from scoring.server.limits import Limits

STOP_SECONDS = 5
SOCKET_MODE = 0o600  # for this user's processes


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where to listen: a Unix socket, or a host and a port."""

    host: str = "127.0.0.1"
    port: int = 8001
    socket: Path | None = None

    def __str__(self) -> str:
        """Give the address as a client is given it."""
        return f"unix:{self.socket}" if self.socket else f"http://{self.host}:{self.port}"


def serve(load: Callable[..., Any], *, address: Address) -> None:
    """Serve until a signal ends it; `load` makes the application in the process that serves, and must be picklable."""
    if address.socket is not None:
        address.socket.parent.mkdir(parents=True, exist_ok=True)
        address.socket.unlink(missing_ok=True)  # of a server that was killed
    server = Granian(
        "reward",
        address=address.host,
        port=address.port,
        uds=address.socket,
        uds_permissions=SOCKET_MODE,
        interface=Interfaces.ASGI,
        workers=1,  # the model is loaded once
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=load, wrap_loader=False)


@dataclass(frozen=True, kw_only=True)
class FolderApplication:
    """Makes the application that serves a released folder."""

    folder: Path
    token: str = ""
    tastes: Path | None = None
    limits: Limits = field(default_factory=Limits)
    fetcher: Fetcher = field(default_factory=Fetcher)

    def __call__(self, *_arguments: object) -> Any:
        """Load the model and give the application."""
        backend = open_folder(self.folder, token=self.token, tastes=self.tastes)
        return RewardServer(backend, limits=self.limits, fetcher=self.fetcher).application()
