"""ComfyUI's nodes, loaded and run as ComfyUI does.

The protocol is read from `custom_nodes/example_node.py.example` (comfyanonymous/ComfyUI, commit 0b5953d):
NODE_CLASS_MAPPINGS, INPUT_TYPES with `required`, RETURN_TYPES, FUNCTION, CATEGORY and OUTPUT_NODE. IMAGE is a tensor
(N, H, W, C) from 0 to 1, as `comfy_extras/nodes_images.py` slices it (commit 0413db9).
"""

import importlib.util
import inspect
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pytest_django.live_server_helper import LiveServer

from annotate.env import BASE_DIR
from ratings.models import Delivery
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_staff, make_study
from scoring.client import Pamela
from scoring.tests.server.http_calls import free_port, running, wait_for
from scoring.tests.server.taste_world import make_release

pytestmark = pytest.mark.slow
TYPES = {"IMAGE", "STRING", "FLOAT", "INT"}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Install the client, copy the folder into custom_nodes and load it as ComfyUI does: from its own path."""
    site, custom = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("custom_nodes")
    (site / "pamela_client").symlink_to(BASE_DIR / "scoring" / "client")
    (custom / "pamela").symlink_to(BASE_DIR / "scoring" / "client" / "comfyui")
    sys.path.append(str(site))
    name = str(custom / "pamela")
    spec = importlib.util.spec_from_file_location(name, custom / "pamela" / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    assert set(module.NODE_DISPLAY_NAME_MAPPINGS) == set(module.NODE_CLASS_MAPPINGS)
    yield module.NODE_CLASS_MAPPINGS
    sys.path.remove(str(site))


def executed(node: Any, **inputs: Any) -> Any:
    """Run a node as ComfyUI does: all inputs by name, with the declared defaults, to the method that FUNCTION names."""
    declared = node.INPUT_TYPES()["required"]
    defaults = {name: kind[1]["default"] for name, kind in declared.items() if len(kind) > 1}
    assert set(inputs) <= set(declared)
    found = getattr(node(), node.FUNCTION)(**{**defaults, **inputs})
    outputs = found["result"] if isinstance(found, dict) else found
    assert len(outputs) == len(node.RETURN_TYPES)
    return outputs


def batch(*colours: tuple[int, int, int]) -> Any:
    """Give a batch of plain pictures."""
    pixels = np.stack([np.broadcast_to(np.array(colour, np.float32) / 255, (48, 48, 3)) for colour in colours])
    return import_module("torch").tensor(pixels)


def test_every_node_keeps_the_protocol(nodes: dict[str, Any]) -> None:
    assert set(nodes) == {"PamelaScore", "PamelaPickBest", "PamelaSendToRate"}
    for node in nodes.values():
        required = node.INPUT_TYPES()["required"]
        assert all(isinstance(kind[0], list) or kind[0] in TYPES for kind in required.values())
        assert all(isinstance(kind, tuple) for kind in required.values())
        assert set(node.RETURN_TYPES) <= TYPES
        assert (len(node.RETURN_NAMES), node.CATEGORY) == (len(node.RETURN_TYPES), "Pamela")
        inspect.signature(getattr(node, node.FUNCTION)).bind(None, **dict.fromkeys(required))
    assert [name for name, node in nodes.items() if getattr(node, "OUTPUT_NODE", False)] == ["PamelaSendToRate"]
    assert nodes["PamelaScore"].IS_CHANGED(url="a") != nodes["PamelaScore"].IS_CHANGED(url="a")


def test_the_best_of_a_batch_depends_on_whose_taste_it_is(nodes: dict[str, Any], tmp_path: Path) -> None:
    release, port = make_release(tmp_path), free_port()
    command = ["-m", "scoring.server", str(release), "--port", str(port), "--tastes", str(tmp_path / "tastes")]
    images = batch((40, 60, 220), (220, 60, 40))
    with running(command, port=port, folder=release, PYTHONPATH=str(BASE_DIR)):
        for rater, place in (("red", 1), ("blue", 0)):
            terms = {"image": images, "url": f"http://127.0.0.1:{port}", "rater": rater, "prompt": "a field"}
            image, best, score = executed(nodes["PamelaPickBest"], **terms, figure="mean")
            assert (best, image.shape, bool((image[0] == images[place]).all())) == (place, (1, 48, 48, 3), True)
            lines, mean = executed(nodes["PamelaScore"], **terms)
            assert lines.splitlines()[place].startswith(f"{place}: {score:.2f} ± ")
            assert mean < score


@pytest.mark.django_db(transaction=True)
def test_pictures_are_sent_to_be_rated_once(nodes: dict[str, Any], live_server: LiveServer, tmp_path: Path) -> None:
    make_study(slug="harbour")
    token = tmp_path / "token.txt"
    token.write_text(make_api_key(user=make_staff("artist", group="researcher")))
    terms = {
        "image": batch((10, 20, 30), (200, 100, 0), (10, 20, 30)),
        "url": live_server.url,
        "token_file": str(token),
        "study": "harbour",
        "prompt": "a boat",
    }
    for count in (1, 2):
        said: list[Any] = []
        sender = threading.Thread(target=lambda: said.append(executed(nodes["PamelaSendToRate"], **terms)))  # noqa: B023
        sender.start()
        wait_for(lambda: Delivery.objects.count() == count, what="a delivery")  # noqa: B023
        for delivery in Delivery.objects.filter(state="queued"):
            run_job(Delivery._meta.label, delivery.pk)
        sender.join()
        assert said == [("2 pictures sent to harbour.",)]
    with Pamela(live_server.url, token.read_text()) as client:
        rows = client.images("harbour")
    assert [(row["prompt"], row["generator"]) for row in rows] == [("a boat", "ComfyUI")] * 2
