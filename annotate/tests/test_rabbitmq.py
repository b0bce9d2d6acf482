"""The whole loop on RabbitMQ with a cache beside it: raters rate on while the broker is dead, and a run waits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from annotate.benchmarks.installation import Installation, new_installation, wait_for
from annotate.tests.rabbitmq import RabbitMQ, own_cache, rabbitmq
from annotate.tests.test_end_to_end import joined, learned_count, open_study, queued_count, rate

pytestmark = [pytest.mark.slow, pytest.mark.long]

DEPTHS = "from annotate.queue_states import depths; print(depths())"
SEEN = "from annotate.queue_states import workers_seen; print(workers_seen())"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with rabbitmq(tmp_path_factory.mktemp("brokers") / "rabbitmq") as found:
        yield found


@pytest.fixture(scope="module")
def installation(broker: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run a service with one open study of small pictures on this broker."""

    @contextmanager
    def prepare(folder: Path) -> Iterator[Mapping[str, str]]:
        with own_cache(tmp_path_factory.mktemp("caches") / "valkey") as cache:
            yield {"CELERY_BROKER_URL": broker.address, "CACHE_URL": cache}

    with new_installation(preparations=[prepare]) as service:
        open_study(service)
        yield service


def test_the_whole_loop_with_the_broker_dead_for_a_while(
    installation: Installation, broker: RabbitMQ, tmp_path: Path
) -> None:
    likes = ("art", "design", "fashion", "cinema")
    nonces = [nonce for turn in range(3) for nonce in rate(installation, joined(installation), 24, likes=likes[turn])]
    broker.kill()
    assert installation.command("shell", "-c", DEPTHS).strip().endswith("{}")  # unknown, which is not 0
    nonces += rate(installation, joined(installation), 24, likes=likes[3])  # rating goes on
    installation.command("retrain", "--study", "loop")  # asked for while nobody takes messages
    broker.start()
    wait_for(
        lambda: installation.query("SELECT 1 FROM scoring_modelversion WHERE state = 'live'"),
        what=f"a live model; {installation.log[-3000:]}",
        patience=400,
    )
    newcomer = joined(installation)
    wait_for(lambda: queued_count(installation, newcomer), what="a queue chosen by the model")
    nonces += rate(installation, newcomer, 12, likes="art")
    wait_for(lambda: learned_count(installation, newcomer) >= 3, what="a taste learned from the newcomer's ratings")
    assert {str(row[0]) for row in installation.query("SELECT nonce FROM ratings_rating")} == set(nonces)
    assert "'train'" in installation.command("shell", "-c", DEPTHS)
    assert "('train',): 1.0" in installation.command("shell", "-c", SEEN)
    installation.command("export", "loop", "--format", "csv", "--out", str(tmp_path / "dump"))
    assert list((tmp_path / "dump").rglob("ratings*.csv"))
