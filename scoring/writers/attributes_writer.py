"""The offline writer: moves visual attributes, keeps the subject word for word, and learns from what was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from scoring.prompts.attributes import (
    ATTRIBUTE_NAMES,
    VOCABULARY,
    Attributes,
    edit_prompt,
    parse_prompt,
)
from scoring.writers.base import Brief, PromptCandidate, PromptDraft

PARENTS = 4  # the best so far, whose attributes are recombined
MUTATIONS = 1.5  # attributes that a child draws again, on average
SHARE_NEW = 0.25  # of drafts that owe nothing to the best so far, so that a search does not settle too soon
MOST_DRAWS = 200  # per draft asked for, before it is given up

Values = dict[str, str]


class AttributesWriter:
    """Explores at random while nothing is known, then crosses and mutates the best; deterministic from its brief.

    The search is a small genetic algorithm over the seven attributes of the vocabulary: uniform crossover
    of two of the best, and a mutation of each attribute with probability `MUTATIONS` / 7.
    """

    name = "attributes"
    key = "attributes-2"  # raise the number whenever equal briefs would give other drafts

    def write(self, brief: Brief) -> list[PromptDraft]:
        """Write drafts that were neither tried nor written before."""
        rng = np.random.default_rng((brief.seed, len(brief.tried)))
        start = completed_values(brief.prompt)
        seen = {key_of(completed_values(candidate.prompt)) for candidate in brief.tried} | {key_of(start)}
        parents = [completed_values(candidate.prompt) for candidate in best_of(brief.tried)]
        drafts: list[PromptDraft] = []
        for _ in range(MOST_DRAWS * brief.count):
            if len(drafts) == brief.count:
                break
            values = child(parents, rng) if parents and rng.random() >= SHARE_NEW else random_values(start, rng)
            if key_of(values) not in seen:
                seen.add(key_of(values))
                drafts.append(draft_of(brief.prompt, start, values))
        return drafts


def completed_values(prompt: str) -> Values:
    """Give every attribute of a prompt a value; what it leaves open as `edit_prompt` settles it."""
    return asdict(parse_prompt(prompt).completed().attributes)


def key_of(values: Mapping[str, str]) -> tuple[str, ...]:
    """Tell combinations of attributes apart."""
    return tuple(values[name] for name in ATTRIBUTE_NAMES)


def best_of(tried: Sequence[PromptCandidate]) -> list[PromptCandidate]:
    """Give the best so far."""
    return sorted(tried, key=lambda candidate: -candidate.score)[:PARENTS]


def child(parents: Sequence[Values], rng: np.random.Generator) -> Values:
    """Take each attribute from one of two of the best, or draw it again."""
    one, other = (parents[place] for place in rng.integers(len(parents), size=2))
    return {
        name: any_value(name, rng)
        if rng.random() < MUTATIONS / len(ATTRIBUTE_NAMES)
        else (one if rng.random() < 0.5 else other)[name]
        for name in ATTRIBUTE_NAMES
    }


def random_values(start: Values, rng: np.random.Generator) -> Values:
    """Draw about half of the attributes again, and keep the others as the prompt has them."""
    return {name: any_value(name, rng) if rng.random() < 0.5 else start[name] for name in ATTRIBUTE_NAMES}


def any_value(name: str, rng: np.random.Generator) -> str:
    """Draw a value of an attribute."""
    known = tuple(VOCABULARY[name])
    return known[int(rng.integers(len(known)))]


def draft_of(prompt: str, start: Values, values: Values) -> PromptDraft:
    """Write the prompt with these attributes, and say which of them moved."""
    return PromptDraft(
        prompt=edit_prompt(prompt, asdict(Attributes(**values))),
        changes={name: values[name] for name in ATTRIBUTE_NAMES if values[name] != start[name]},
    )
