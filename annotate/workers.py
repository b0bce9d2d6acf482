"""Know whether a worker lives: each leaves a sign in the cache that fades."""

from django.core.cache import cache
from redis.exceptions import RedisError

SIGN = "worker-seen"
FADES_AFTER = 60  # s


def leave_sign(**_signal: object) -> None:
    """Say that a worker lives; called with each of its heartbeats."""
    cache.set(SIGN, 1, timeout=FADES_AFTER)


def warm_up(**_signal: object) -> None:
    """Load what learning needs as a worker's process starts, so that the first rater after that does not wait."""
    from scoring.pipeline import learn  # noqa: F401 - NumPy and SciPy, which the web side does not need


def is_worker_up() -> bool:
    """Tell whether any worker was seen in the last minute; none is known of while the cache is away."""
    try:
        return cache.get(SIGN) is not None
    except RedisError:  # pages say that no worker is known of, and stay up
        return False
