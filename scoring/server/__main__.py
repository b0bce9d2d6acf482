"""Serve a released model: python -m scoring.server FOLDER."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from scoring.server.fetching import Fetcher
from scoring.server.folder import FolderError, open_folder
from scoring.server.launch import Address, FolderApplication, serve

WRONG_INPUT = 2


def main(words: list[str]) -> int:
    """Read the command line and serve; 2 with one line for what cannot be served."""
    parser = ArgumentParser(prog="python -m scoring.server", description=__doc__)
    parser.add_argument("folder", type=Path, help="what export_model wrote")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets other machines in")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--socket", type=Path, help="listen on this Unix socket instead")
    parser.add_argument("--token", type=Path, metavar="FILE", help="file with the token that callers have to show")
    parser.add_argument("--tastes", type=Path, metavar="DIR", help="folder of tastes: DIR/NAME.safetensors")
    parser.add_argument("--fetch-from", nargs="+", default=[], metavar="HOST", help="hosts to fetch pictures from")
    given = parser.parse_args(words)
    try:
        token = given.token.read_text().strip() if given.token else ""
        backend = open_folder(given.folder, token=token)
    except (FolderError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_INPUT
    address = Address(host=given.host, port=given.port, socket=given.socket)
    sys.stdout.write(f"Scoring with {backend.name} at {address}\n")
    sys.stdout.flush()
    application = FolderApplication(
        folder=given.folder.resolve(),
        token=token,
        tastes=given.tastes.resolve() if given.tastes else None,
        fetcher=Fetcher(hosts=tuple(given.fetch_from)),
    )
    serve(application, address=address)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
