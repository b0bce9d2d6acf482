"""A backend that fails in passing is asked again, a few times; one that refuses is asked once."""

import pytest

from scoring.generators.base import BadRequestError, GeneratorError, RateLimitedError
from scoring.pipeline.steering.steer import MOST_TRIES, retrying


class Backend:
    """Fails a number of times, then answers."""

    def __init__(self, *, failures: int, error: GeneratorError) -> None:
        self.failures = failures
        self.error = error
        self.tries = 0

    def ask(self) -> str:
        """Answer, or fail."""
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error
        return "a picture"


def test_what_fails_in_passing_is_asked_again_after_as_long_as_the_backend_says() -> None:
    backend = Backend(failures=2, error=RateLimitedError("slow down", retry_after_s=0))
    assert (retrying(backend.ask), backend.tries) == ("a picture", 3)


def test_the_last_failure_is_raised_as_it_is() -> None:
    backend = Backend(failures=99, error=RateLimitedError("slow down", retry_after_s=0))
    with pytest.raises(RateLimitedError, match="slow down"):
        retrying(backend.ask)
    assert backend.tries == MOST_TRIES


def test_a_refusal_is_not_asked_again() -> None:
    backend = Backend(failures=99, error=BadRequestError("prompt: empty"))
    with pytest.raises(BadRequestError):
        retrying(backend.ask)
    assert backend.tries == 1
