"""A language model as writer, through any chat endpoint that speaks OpenAI's protocol (vLLM, Ollama, hosted ones)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import openai

from scoring.prompts.attributes import keeps_subject, parse_prompt
from scoring.writers.base import (
    Brief,
    PromptDraft,
    SubjectLostError,
    WriterBadOutputError,
    WriterError,
    WriterNotConfiguredError,
    WriterRateLimitedError,
    WriterRefusedError,
    WriterTimedOutError,
    WriterUnavailableError,
)
from scoring.writers.settings import WriterSettings

NAME = "chat"
SHOWN = 10  # of what was tried, the best first
SHOWN_WORST = 3
ROUNDS = 2  # the second asks again for what the first left open
SERVER_FAULT = 500
LONGEST = 2000  # characters of a draft

TASK = (
    "You rewrite prompts for an image generator so that one particular person likes the picture more. "
    "Keep the subject and its words; change how it is shown: palette, lighting, composition, viewpoint, density, "
    "texture, medium. Learn from the scores of what was tried: keep what the best have in common, and try something "
    "new in each variant. Every variant differs from all that was tried."
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"prompts": {"type": "array", "items": {"type": "string"}}},
    "required": ["prompts"],
    "additionalProperties": False,
}
FORMATS: tuple[dict[str, Any], ...] = (
    {"type": "json_schema", "json_schema": {"name": "prompts", "schema": SCHEMA, "strict": True}},
    {"type": "json_object"},
)

Answer = TypeVar("Answer")


class ChatWriter:
    """Asks for variants as JSON, with the best candidates so far as context; refuses those that lose the subject."""

    name = NAME

    def __init__(self, settings: WriterSettings) -> None:
        """Need an address and a model."""
        if not settings.chat_base or not settings.chat_model:
            raise WriterNotConfiguredError("Set WRITER_API_BASE and WRITER_MODEL to a chat endpoint and its model")
        self.key = f"{NAME}:{settings.chat_base}:{settings.chat_model}"
        self._model = settings.chat_model
        self._client = openai.OpenAI(
            base_url=settings.chat_base,
            api_key=settings.chat_key or "none",
            timeout=settings.timeout_s,
            max_retries=0,  # the caller decides on retries
        )

    def write(self, brief: Brief) -> list[PromptDraft]:
        """Write drafts; ask once more for those that were prose, repeated, or about something else."""
        seen = {brief.prompt, *(candidate.prompt for candidate in brief.tried)}
        drafts: list[PromptDraft] = []
        failure: WriterError | None = None
        for turn in range(ROUNDS):
            try:
                prompts = self._ask(brief, count=brief.count - len(drafts), seed=brief.seed + turn)
            except WriterBadOutputError as error:
                failure = error
                continue
            fresh = [prompt for prompt in dict.fromkeys(prompts) if prompt not in seen]
            kept = [prompt for prompt in fresh if keeps_subject(brief.prompt, prompt)]
            if len(kept) < len(fresh):
                failure = SubjectLostError("the writer's prompts are about something else than the prompt it was given")
            seen |= set(kept)
            drafts += [draft_of(brief.prompt, prompt) for prompt in kept]
            if len(drafts) >= brief.count:
                break
        if not drafts and failure is not None:
            raise failure
        return drafts[: brief.count]

    def _ask(self, brief: Brief, *, count: int, seed: int) -> list[str]:
        """Ask once, in the strictest format that the server knows."""
        messages: list[Any] = [
            {"role": "system", "content": TASK},
            {"role": "user", "content": question_of(brief, count)},
        ]
        for place, shape in enumerate(FORMATS):
            try:
                answer = with_domain_errors(
                    lambda shape=shape: self._client.chat.completions.create(  # type: ignore[misc]
                        model=self._model, messages=messages, response_format=shape, temperature=0.9, seed=seed
                    )
                )
            except UnknownFormatError:
                if place + 1 == len(FORMATS):
                    raise
                continue
            return prompts_of(answer)
        raise AssertionError("unreachable: the last format answers or raises")


class UnknownFormatError(WriterBadOutputError):
    """The server does not take the request as it was put."""


def question_of(brief: Brief, count: int) -> str:
    """Put the brief into words."""
    lines = [f"Subject: {brief.prompt}", ""]
    shown = [*brief.tried[:SHOWN], *brief.tried[SHOWN:][-SHOWN_WORST:]]
    if shown:
        lines += ["Tried so far, the best first (score, prompt):"]
        lines += [f"{candidate.score:.3f}  {candidate.prompt}" for candidate in shown]
        lines.append("")
    lines.append(f'Write {count} new variants. Answer with JSON only: {{"prompts": ["...", "..."]}}')
    return "\n".join(lines)


def prompts_of(answer: Any) -> list[str]:
    """Read the prompts; prose around one JSON object is forgiven, prose alone is not."""
    try:
        choice = answer.choices[0]
        text = choice.message.content or ""
    except (AttributeError, IndexError, TypeError) as error:
        raise WriterBadOutputError("the chat endpoint answered without a message") from error
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        raise WriterRefusedError("the writer declines this prompt; change its words")
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1])["prompts"]
    except (ValueError, KeyError, TypeError) as error:
        raise WriterBadOutputError("the writer answered in prose where JSON was asked for") from error
    prompts = [" ".join(one.split()) for one in found if isinstance(one, str)] if isinstance(found, list) else []
    usable = [prompt for prompt in prompts if 0 < len(prompt) <= LONGEST]
    if not usable:
        raise WriterBadOutputError("the writer answered without a single prompt")
    return usable


def draft_of(prompt: str, rewritten: str) -> PromptDraft:
    """Say which attributes of the vocabulary a rewritten prompt states otherwise."""
    before, after = parse_prompt(prompt).stated, parse_prompt(rewritten).stated
    changes = {name: value for name, value in after.items() if before.get(name) != value}
    return PromptDraft(prompt=rewritten, changes=changes)


def with_domain_errors(ask: Callable[[], Answer]) -> Answer:
    """Ask, and turn what goes wrong into this project's errors."""
    try:
        return ask()
    except openai.APITimeoutError as error:
        raise WriterTimedOutError("the chat endpoint did not answer in time") from error
    except openai.APIConnectionError as error:
        raise WriterUnavailableError(f"the chat endpoint cannot be reached: {error}") from error
    except openai.APIStatusError as error:
        raise failure_of(error) from error
    except (openai.APIError, ValueError) as error:
        raise WriterBadOutputError(f"the chat endpoint answered with something unreadable: {error}") from error


def failure_of(error: openai.APIStatusError) -> WriterError:
    """Name what a status means."""
    if isinstance(error, openai.RateLimitError):
        after = error.response.headers.get("retry-after", "")
        pause = float(after) if after.replace(".", "", 1).isdigit() else None
        return WriterRateLimitedError("the chat endpoint asks for patience", retry_after_s=pause)
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError):
        return WriterNotConfiguredError(f"Check WRITER_API_BASE, WRITER_API_KEY and WRITER_MODEL: {error.message}")
    if error.status_code >= SERVER_FAULT:
        return WriterUnavailableError(f"the chat endpoint reports a fault of its own: {error.message}")
    return UnknownFormatError(f"the chat endpoint does not take this request: {error.message}")
