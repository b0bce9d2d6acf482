"""Let a language model ask a Pamela server what one person likes: `python -m pamela_client.mcp_server --url …`.

It speaks the Model Context Protocol over its standard input and output. Nothing on the server changes unless it is
started with `--writes`, and the only files that it reads or writes are those below `--folder`.
"""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import httpx
from PIL import Image

from .asynchronous import AsyncPamela
from .errors import PamelaError
from .plans import EVERYBODY
from .shapes import DumpFacts

if TYPE_CHECKING:  # an optional extra
    from mcp.server import MCPServer

INSTRUCTIONS = (
    "Pamela predicts how much one person, or everybody, likes a picture, on the scale of a study. Name raters by their "
    "id, and trust a difference only where it is well above the standard deviations."
)
MISSING = "The MCP server needs the package mcp: install pamela-client with its extra `mcp`."
FIGURES = ("rating", "mean", "sd", "lower")
ROUNDED = 4  # decimals: more would be noise to a reader

Mode: TypeAlias = Literal["self", "global"]
ToolFunction: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class ServerTools:
    """What a language model may do with a server, in somebody's name."""

    client: AsyncPamela
    folder: Path

    async def list_studies(self) -> list[dict[str, Any]]:
        """List the studies that this token sees: slug, title, state and design."""
        studies = await self.client.studies()
        return [{"slug": one.slug, "title": one.title, "state": one.state, "design": one.design} for one in studies]

    async def score_pictures(
        self, paths: list[str], prompts: list[str] | None = None, rater: str = EVERYBODY, study: str = ""
    ) -> dict[str, Any]:
        """Score picture files for one rater, or for everybody, best first: the rating expected on the study's scale.

        `mean` orders them and may lie beyond the ends of the scale; `sd` is the spread of one rating.
        """
        files = [picture_below(self.folder, path) for path in paths]
        found = await self.client.score(files, prompts, raters=rater, study=study)
        one = found.of_one()
        rows = [
            {"path": paths[place], **{name: round(float(getattr(one, name)[place]), ROUNDED) for name in FIGURES}}
            for place in (-one.mean).argsort(kind="stable")
        ]
        return {"rater": rater, "model_version": one.model_version, "scores": rows}

    async def steering_progress(self, study: str, number: int) -> dict[str, Any]:
        """Tell how far a steering run is, and which pictures it found."""
        return await self.client.steering(study, number)

    async def list_dumps(self, study: str) -> list[dict[str, Any]]:
        """List the dumps of a study, the newest first: version, format, state and rows."""
        return [
            {"version": dump.version, "format": dump.format, "state": dump.state, "rows": dump.rows}
            for dump in await self.client.dumps(study)
        ]

    async def fetch_dump(self, study: str, version: int) -> list[str]:
        """Fetch the files of a dump that is ready into a new folder, and give where they lie."""
        dump = ready_dump(await self.client.dumps(study), study=study, version=version)
        folder = self.folder / f"{dump.study}-v{dump.version}"
        if folder.exists():
            raise PamelaError(f"There is {folder.name} already: move it away, and fetch the dump again.")
        return [str(path) for path in await self.client.save_dump(dump, folder)]

    async def start_steering(
        self, study: str, prompt: str, rater: str, mode: Mode = "self", iterations: int = 5
    ) -> list[int]:
        """Order pictures that a rater ("self") or everybody ("global") should like; give the numbers of the runs."""
        runs = await self.client.steer(study, prompt, raters=rater, modes=[mode], iterations=iterations)
        return [int(run["id"]) for run in runs]

    def readers(self) -> list[ToolFunction]:
        """Give what changes nothing on the server."""
        return [self.list_studies, self.score_pictures, self.steering_progress, self.list_dumps, self.fetch_dump]

    def writers(self) -> list[ToolFunction]:
        """Give what costs the server work."""
        return [self.start_steering]


def ready_dump(dumps: list[DumpFacts], *, study: str, version: int) -> DumpFacts:
    """Give a dump whose files are there."""
    found = next((dump for dump in dumps if dump.version == version), None)
    if found is None:
        raise PamelaError(f"{study} has no dump {version}.")
    if not found.files:
        raise PamelaError(f"Dump {version} of {study} has no files yet: it is {found.state}.")
    return found


def picture_below(folder: Path, path: str) -> Path:
    """Give a file below a folder; raise where it lies elsewhere or is no picture, so that nothing else is sent out."""
    found = (folder / path).resolve()
    if folder.resolve() not in found.parents:
        raise PamelaError(f"{path} does not lie below {folder}, the folder that this server may read.")
    if not found.is_file():
        raise PamelaError(f"There is no file {path}.")
    try:
        with Image.open(found) as picture:
            picture.verify()
    except Exception as error:  # Pillow raises whatever its decoders do
        raise PamelaError(f"{path} is no picture.") from error
    return found


def named_failures(function: ToolFunction) -> ToolFunction:
    """Let a tool's failure reach the model as its sentence."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(function)
    async def call(*args: Any, **arguments: Any) -> Any:
        """Call the tool."""
        try:
            return await function(*args, **arguments)
        except (PamelaError, ValueError, OSError, httpx.HTTPError) as error:
            raise ToolError(str(error)) from error

    return call


def build_server(tools: ServerTools, *, writes: bool) -> "MCPServer[Any]":
    """Offer the tools; those that write only when asked for."""
    try:
        from mcp.server import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError as error:
        raise PamelaError(MISSING) from error
    server: MCPServer[Any] = MCPServer("pamela", instructions=INSTRUCTIONS)
    for reader in tools.readers():
        server.tool(annotations=ToolAnnotations(read_only_hint=True))(named_failures(reader))
    for writer in tools.writers() if writes else []:
        server.tool(annotations=ToolAnnotations(read_only_hint=False))(named_failures(writer))
    return server


def arguments_parser() -> argparse.ArgumentParser:
    """Describe the command."""
    parser = argparse.ArgumentParser(prog="python -m pamela_client.mcp_server", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the site, or of a reward server")
    parser.add_argument("--token-file", type=Path, help="a file that holds the token")
    parser.add_argument("--folder", type=Path, default=Path(), help="pictures are read and dumps written below it")
    parser.add_argument("--writes", action="store_true", help="offer also what costs the server work: steering")
    return parser


def main() -> None:
    """Serve until the other side closes."""
    given = arguments_parser().parse_args()
    token = given.token_file.read_text().strip() if given.token_file else ""
    try:
        tools = ServerTools(client=AsyncPamela(given.url, token), folder=given.folder)
        build_server(tools, writes=given.writes).run()
    except PamelaError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
