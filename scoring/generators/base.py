"""What every image generator takes, gives and raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from PIL import Image

DEFAULT_SIDE = 768
MIN_SIDE = 64
MAX_SIDE = 2048


class GeneratorError(Exception):
    """A picture could not be made; `code` is stable, `is_retryable` says whether waiting can help."""

    code: ClassVar[str] = "generator_failed"
    is_retryable: ClassVar[bool] = False


class BadRequestError(GeneratorError):
    """The request itself cannot be drawn by any generator."""

    code = "generator_bad_request"


class PromptRefusedError(GeneratorError):
    """The generator declined this prompt; another prompt may pass."""

    code = "generator_prompt_refused"


class NotConfiguredError(GeneratorError):
    """A key, a model or an optional package is missing."""

    code = "generator_not_configured"


class BadOutputError(GeneratorError):
    """The generator answered with something that is not the pictures asked for."""

    code = "generator_bad_output"


class BudgetSpentError(GeneratorError):
    """As many pictures were drawn as the settings allow."""

    code = "generator_budget_spent"


class RetryableError(GeneratorError):
    """A temporary failure: the same request may succeed later."""

    code = "generator_retryable"
    is_retryable = True


class RateLimitedError(RetryableError):
    """The backend limits requests; retry after `retry_after_s` seconds where it says so."""

    code = "generator_rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(RetryableError):
    """The backend cannot be reached or reports a fault of its own."""

    code = "generator_unavailable"


class TimedOutError(RetryableError):
    """The backend did not answer in time."""

    code = "generator_timed_out"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRequest:
    """One picture to make; equal requests to one generator key give equal pictures."""

    prompt: str
    seed: int = 0
    width: int = DEFAULT_SIDE
    height: int = DEFAULT_SIDE

    def __post_init__(self) -> None:
        """Refuse what no generator could draw."""
        if not self.prompt.strip():
            raise BadRequestError("prompt: write at least one word")
        for name, side in (("width", self.width), ("height", self.height)):
            if not MIN_SIDE <= side <= MAX_SIDE:
                raise BadRequestError(f"{name}: give {MIN_SIDE} to {MAX_SIDE} pixels, not {side}")


@runtime_checkable
class Generator(Protocol):
    """Makes pictures from requests, one RGB picture of the asked size per request, in order."""

    @property
    def name(self) -> str:
        """Name the generator as people choose and read it, such as `sketch`."""

    @property
    def key(self) -> str:
        """Name generator, weights and settings; a picture is cached under key and request."""

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request, or raise a `GeneratorError`."""
