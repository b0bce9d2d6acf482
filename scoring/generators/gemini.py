"""Google's image models (Nano Banana), through their own library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2 as httpx
from google import genai
from google.genai import errors, types
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

NAME = "gemini"
REFUSALS = ("SAFETY", "PROHIBITED", "BLOCK", "RECITATION", "SPII", "IMAGE_OTHER")
UNAUTHORISED = frozenset({401, 403, 404})
TOO_MANY, SERVER_FAULT = 429, 500


class GeminiImages:
    """Asks `models/MODEL:generateContent` for an image; equal requests give equal pictures as far as the model does."""

    name = NAME

    def __init__(self, settings: GeneratorSettings) -> None:
        """Need a key."""
        if not settings.gemini_key:
            raise NotConfiguredError("Set GEMINI_API_KEY to a key of the Gemini API")
        self._model = settings.gemini_model
        self.key = f"{NAME}:{settings.gemini_model}"
        options = types.HttpOptions(timeout=round(1000 * settings.timeout_s), base_url=settings.gemini_base or None)
        self._client = genai.Client(api_key=settings.gemini_key, http_options=options)

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order."""
        return each(self._draw, requests)

    def _draw(self, request: ImageRequest) -> Image.Image:
        config = types.GenerateContentConfig(response_modalities=["IMAGE"], seed=request.seed)
        try:
            answer = self._client.models.generate_content(model=self._model, contents=request.prompt, config=config)
        except errors.APIError as error:
            raise refusal_of(error) from error
        except httpx.TimeoutException as error:
            raise TimedOutError("the Gemini API did not answer in time") from error
        except httpx.HTTPError as error:
            raise UnavailableError(f"the Gemini API cannot be reached: {error}") from error
        except ValueError as error:
            raise BadOutputError(f"the Gemini API answered with something unreadable: {error}") from error
        return picture_of(content_of(answer), request)


def content_of(answer: Any) -> bytes:
    """Give the bytes of the first picture, or say why there is none."""
    blocked = getattr(answer.prompt_feedback, "block_reason", None)
    if blocked:
        raise PromptRefusedError("the Gemini API declines this prompt; change its words")
    for candidate in answer.candidates or ():
        for part in getattr(candidate.content, "parts", None) or ():
            if part.inline_data is not None and part.inline_data.data:
                return bytes(part.inline_data.data)
        reason = str(getattr(candidate.finish_reason, "value", candidate.finish_reason) or "")
        if any(word in reason for word in REFUSALS):
            raise PromptRefusedError("the Gemini API declines this prompt; change its words")
    raise BadOutputError("the Gemini API answered without a picture")


def refusal_of(error: errors.APIError) -> GeneratorError:
    """Name what a status means."""
    if error.code == TOO_MANY:
        return RateLimitedError("the Gemini API asks for patience", retry_after_s=delay_of(error))
    if error.code in UNAUTHORISED or "API key" in str(error.message):
        return NotConfiguredError(f"Check GEMINI_API_KEY and GEMINI_MODEL: {error.message}")
    if error.code >= SERVER_FAULT:
        return UnavailableError(f"the Gemini API reports a fault of its own: {error.message}")
    return BadOutputError(f"the Gemini API does not take this request: {error.message}")


def delay_of(error: errors.APIError) -> float | None:
    """Read the pause that a RetryInfo names, such as 17s."""
    details = error.details if isinstance(error.details, dict) else {}
    inner = details.get("error", details)
    for detail in inner.get("details", ()) if isinstance(inner, dict) else ():
        delay = str(detail.get("retryDelay", "")).removesuffix("s")
        if delay.replace(".", "", 1).isdigit():
            return float(delay)
    return None
