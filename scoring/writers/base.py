"""What every prompt writer takes, gives and raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

MOST_DRAFTS = 100


class WriterError(Exception):
    """Prompts could not be written; `code` is stable, `is_retryable` says whether waiting can help."""

    code: ClassVar[str] = "writer_failed"
    is_retryable: ClassVar[bool] = False


class BadBriefError(WriterError):
    """The brief itself asks for something that no writer could give."""

    code = "writer_bad_brief"


class WriterNotConfiguredError(WriterError):
    """An address, a key, a model or an optional package is missing."""

    code = "writer_not_configured"


class WriterRefusedError(WriterError):
    """The writer declined this prompt; another may pass."""

    code = "writer_refused"


class WriterBadOutputError(WriterError):
    """The writer answered with something that is not the prompts asked for."""

    code = "writer_bad_output"


class SubjectLostError(WriterBadOutputError):
    """The writer answered with prompts about something else."""

    code = "writer_lost_subject"


class WriterRetryableError(WriterError):
    """A passing failure: the same brief may succeed later."""

    code = "writer_retryable"
    is_retryable = True


class WriterRateLimitedError(WriterRetryableError):
    """The backend limits requests; retry after `retry_after_s` seconds where it says so."""

    code = "writer_rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class WriterUnavailableError(WriterRetryableError):
    """The backend cannot be reached or reports a fault of its own."""

    code = "writer_unavailable"


class WriterTimedOutError(WriterRetryableError):
    """The backend did not answer in time."""

    code = "writer_timed_out"


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptCandidate:
    """A prompt that was drawn and judged; a score is comparable within one run only."""

    prompt: str
    score: float
    sd: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """What to write: variants of one prompt, in the light of what was tried."""

    prompt: str
    count: int
    seed: int = 0
    tried: tuple[PromptCandidate, ...] = field(default=())  # everything judged so far, the best first

    def __post_init__(self) -> None:
        """Refuse what no writer could write."""
        if not self.prompt.strip():
            raise BadBriefError("prompt: write at least one word")
        if not 1 <= self.count <= MOST_DRAFTS:
            raise BadBriefError(f"count: ask for 1 to {MOST_DRAFTS} prompts, not {self.count}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptDraft:
    """A rewritten prompt about the same subject, and the visual attributes in which it differs from the brief's."""

    prompt: str
    changes: Mapping[str, str]


@runtime_checkable
class PromptWriter(Protocol):
    """Rewrites a prompt; gives up to as many drafts as asked, each new, each about the same subject."""

    @property
    def name(self) -> str:
        """Name the writer as people choose and read it, such as `attributes`."""

    @property
    def key(self) -> str:
        """Name writer, model and settings, for the record of a run."""

    def write(self, brief: Brief) -> list[PromptDraft]:
        """Write drafts, or raise a `WriterError`; fewer than asked only where no more can be thought of."""
