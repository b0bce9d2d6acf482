"""A language model's program ranks pictures for people of opposite tastes, with the official client."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

import scoring
from scoring.tests.server.http_calls import free_port, running
from scoring.tests.server.taste_world import make_release, picture

pytestmark = pytest.mark.slow
REPOSITORY = str(Path(scoring.__file__).parents[1])


def test_pictures_are_ranked_for_two_people_of_opposite_tastes(tmp_path: Path) -> None:
    release, port = make_release(tmp_path), free_port()
    (tmp_path / "red.png").write_bytes(picture(0.9, seed=200))
    (tmp_path / "blue.png").write_bytes(picture(0.1, seed=201))
    server = ["-m", "scoring.server", str(release), "--port", str(port), "--tastes", str(tmp_path / "tastes")]
    tools = ["-m", "scoring.client.mcp_server", "--url", f"http://127.0.0.1:{port}"]
    command = StdioServerParameters(
        command=sys.executable, args=tools, env={"PYTHONPATH": REPOSITORY}, cwd=tmp_path, encoding="utf-8"
    )

    async def ask() -> list[Any]:
        async with Client(command) as client:
            terms = {"paths": ["blue.png", "red.png"], "prompts": ["a field", "a field"]}
            calls = [await client.call_tool("score_pictures", {**terms, "rater": name}) for name in ("red", "blue")]
            return [call.structured_content for call in calls]

    with running(server, port=port, folder=release, PYTHONPATH=REPOSITORY), ThreadPoolExecutor(1) as thread:
        red, blue = thread.submit(asyncio.run, ask()).result(timeout=120)
    assert [row["path"] for row in red["scores"]] == ["red.png", "blue.png"]
    assert [row["path"] for row in blue["scores"]] == ["blue.png", "red.png"]
    assert (red["rater"], red["model_version"]) == ("red", "v7")
    best = red["scores"][0]
    assert best["lower"] == pytest.approx(best["mean"] - best["sd"], abs=2e-4)
