"""The refusals of the reward server, as HTTP errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.exceptions import (
    ModelConflictError,
    ModelError,
    ModelMissingError,
    ModelUnreadableError,
    ScoringForbiddenError,
    UnknownTokenError,
)

STATUS_OF_MODEL: tuple[tuple[type[Exception], int], ...] = (
    (UnknownTokenError, 401),
    (ScoringForbiddenError, 403),
    (ModelMissingError, 409),
    (ModelConflictError, 409),
    (ModelUnreadableError, 503),
    (ModelError, 400),
)


@dataclass(kw_only=True)
class RefusedError(Exception):
    """A request that gets no scores: status, stable code, one sentence, and the fields it is about."""

    status: int
    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None  # seconds

    def __str__(self) -> str:
        """Give the sentence."""
        return self.message

    @property
    def body(self) -> dict[str, object]:
        """Give the one shape that all errors of the API have."""
        return {"code": self.code, "message": self.message, "fields": dict(self.fields)}

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers that go with it."""
        found = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return found | ({"WWW-Authenticate": "Bearer"} if self.status == UNAUTHORISED else {})


UNAUTHORISED = 401


def invalid(name: str, sentence: str) -> RefusedError:
    """Refuse a field of the request."""
    return RefusedError(status=400, code="invalid", message=f"{name}: {sentence}", fields={name: sentence})


def forbidden(message: str) -> RefusedError:
    """Refuse a caller who is known and may not ask this."""
    return RefusedError(status=403, code="permission_denied", message=message)


def unauthorised(message: str) -> RefusedError:
    """Refuse a caller who is not known."""
    return RefusedError(status=UNAUTHORISED, code="authentication_failed", message=message)


def overloaded(message: str, *, seconds: float) -> RefusedError:
    """Ask a caller to come back."""
    return RefusedError(status=429, code="overloaded", message=message, retry_after=max(1, round(seconds)))


def unknown_images(names: Mapping[str, str]) -> RefusedError:
    """Refuse references to pictures that are not known, by field."""
    first = next(iter(names.values()))
    return RefusedError(
        status=400,
        code="unknown_image",
        message=f"The model does not know image {first}: add it to the study and wait for its embedding, or send it.",
        fields=dict(names),
    )


def refused(error: ModelError) -> RefusedError:
    """Turn an error of a model or a token into an HTTP error."""
    status = next(status for kind, status in STATUS_OF_MODEL if isinstance(error, kind))
    return RefusedError(status=status, code=error.code, message=error.message, fields=error.fields)
