"""Any image endpoint that speaks OpenAI's protocol: theirs, or one of your own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import openai
from PIL import Image

from scoring.generators.answers import each, picture_of
from scoring.generators.base import (
    BadOutputError,
    GeneratorError,
    ImageRequest,
    NotConfiguredError,
    PromptRefusedError,
    RateLimitedError,
    TimedOutError,
    UnavailableError,
)
from scoring.generators.settings import GeneratorSettings
from scoring.server.fetching import Fetcher, FetchError
from scoring.server.hosts import AddressError, any_address, host_of, is_public, parts_of

NAME = "openai"
THEIRS = "api.openai.com"  # takes neither a seed nor any size
THEIR_SIZE = "1024x1024"
REFUSALS = frozenset({"content_policy_violation", "moderation_blocked", "content_filter"})
SERVER_FAULT = 500

Answer = TypeVar("Answer")


class OpenAIImages:
    """Asks `POST {base}/images/generations`; one picture a request, so that each has its own seed.

    Equal requests give equal pictures only where the server honours `seed`.
    """

    name = NAME

    def __init__(self, settings: GeneratorSettings) -> None:
        """Need a model, and a key for OpenAI's own service."""
        self._is_theirs = urlsplit(settings.images_base).hostname == THEIRS
        if not settings.images_model:
            raise NotConfiguredError("Set IMAGES_API_MODEL to the model that the image endpoint serves")
        if self._is_theirs and not settings.images_key:
            raise NotConfiguredError("Set IMAGES_API_KEY, or IMAGES_API_BASE to an endpoint that needs none")
        self._model = settings.images_model
        self._timeout = settings.timeout_s
        self._base = settings.images_base
        self.key = f"{NAME}:{settings.images_base}:{settings.images_model}"
        self._client = openai.OpenAI(
            base_url=settings.images_base,
            api_key=settings.images_key or "none",
            timeout=settings.timeout_s,
            max_retries=0,  # the caller decides on retries
        )

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order."""
        return each(self._draw, requests)

    def _draw(self, request: ImageRequest) -> Image.Image:
        size = THEIR_SIZE if self._is_theirs else f"{request.width}x{request.height}"
        extra: dict[str, Any] = {} if self._is_theirs else {"seed": request.seed}
        answer = with_domain_errors(
            lambda: self._client.images.generate(
                model=self._model, prompt=request.prompt, n=1, size=size, extra_body=extra
            )
        )
        return picture_of(self._content(answer), request)

    def _content(self, answer: Any) -> bytes:
        """Give the bytes, which come in the answer or at an address."""
        try:
            first = answer.data[0]
            if first.b64_json:
                return base64.b64decode(first.b64_json, validate=True)
            address = str(first.url or "")
        except (AttributeError, IndexError, TypeError, binascii.Error) as error:
            raise BadOutputError("the image endpoint answered without a picture") from error
        return self._fetched(address)

    def _fetched(self, address: str) -> bytes:
        """Fetch a picture from the address that the endpoint named: on the endpoint's own host, or on a public one."""
        try:
            host = host_of(parts_of(address))
        except AddressError as error:
            raise BadOutputError("the image endpoint answered without a picture") from error
        fetcher = Fetcher(
            hosts=(host,),
            seconds=self._timeout,
            may_connect=any_address if host == host_of(parts_of(self._base)) else is_public,
        )
        try:
            return fetcher.fetch(address)
        except FetchError as error:
            raise UnavailableError(f"the picture could not be fetched: its address {error}") from error


def with_domain_errors(ask: Callable[[], Answer]) -> Answer:
    """Ask, and turn what goes wrong into this project's errors."""
    try:
        return ask()
    except openai.APITimeoutError as error:
        raise TimedOutError("the image endpoint did not answer in time") from error
    except openai.APIConnectionError as error:
        raise UnavailableError(f"the image endpoint cannot be reached: {error}") from error
    except openai.APIStatusError as error:
        raise refusal_of(error) from error
    except (openai.APIError, ValueError) as error:
        raise BadOutputError(f"the image endpoint answered with something unreadable: {error}") from error


def refusal_of(error: openai.APIStatusError) -> GeneratorError:
    """Name what a status means."""
    if isinstance(error, openai.RateLimitError):
        return RateLimitedError(
            "the image endpoint asks for patience", retry_after_s=seconds(error.response.headers.get("retry-after"))
        )
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError):
        return NotConfiguredError(f"Check IMAGES_API_KEY, IMAGES_API_BASE and IMAGES_API_MODEL: {error.message}")
    if error.status_code >= SERVER_FAULT:
        return UnavailableError(f"the image endpoint reports a fault of its own: {error.message}")
    if error.code in REFUSALS or "content_policy" in error.message:
        return PromptRefusedError("the image endpoint declines this prompt; change its words")
    return BadOutputError(f"the image endpoint does not take this request: {error.message}")


def seconds(header: str | None) -> float | None:
    """Read a Retry-After in seconds; a date counts as unknown."""
    try:
        return float(header) if header else None
    except ValueError:  # a date: the usual pause will do
        return None
