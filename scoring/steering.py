"""Search for the prompt whose picture is liked best: what is tried next, what is sound, and what is best.

It knows neither database nor network: somebody else writes prompts (`scoring.writers`), and somebody else
draws and judges them. The reward of a picture in iteration i of n is an upper, then a lower, bound,

    reward = mean + boldness_i * sd,   boldness from 1 in the first iteration to -1 in the last,

so that the search looks first where much is unknown, and settles on what is surely liked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from scoring.writers.base import Brief, PromptCandidate, PromptDraft, PromptWriter

BOLDEST, MOST_CAREFUL = 1.0, -1.0
LEAST_FIT = 0.02  # that a rewritten prompt's picture may lie further from the given prompt


@dataclass(frozen=True, kw_only=True, slots=True)
class Liking:
    """How well one picture is expected to be liked, on the study's scale."""

    mean: float  # by the taste that judges
    sd: float
    everybody: float
    everybody_sd: float = 0.0  # of what everybody thinks of the picture, not of one opinion
    fit: float | None = None  # of picture and given prompt, higher for better, where that can be measured


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchTrial:
    """One prompt, drawn and judged; iteration 0 is the prompt as it was given."""

    iteration: int
    variant: int
    prompt: str
    changes: Mapping[str, str]
    picture: str  # names the picture to the judge that drew it
    liking: Liking
    is_sound: bool = True

    def reward(self, boldness: float) -> float:
        """Return the bound that the search goes by."""
        return self.liking.mean + boldness * self.liking.sd


@dataclass(frozen=True, kw_only=True)
class SearchPlan:
    """What to search for, and how long: zero iterations only draw the prompt as it is."""

    prompt: str
    iterations: int
    variants: int
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A picture that was drawn and judged."""

    picture: str
    liking: Liking


Judge = Callable[[Sequence[str]], Sequence[Judged]]  # draws each prompt and says how it is liked


@dataclass(kw_only=True)
class Search:
    """A search that can be taken up where it was left: `trials` holds all that was judged so far."""

    plan: SearchPlan
    writer: PromptWriter
    judge: Judge
    enough_fit: float = inf  # a picture that fits its prompt so well is not refused for less than the unsteered's
    trials: list[SearchTrial] = field(default_factory=list)

    def run(self) -> Iterator[list[SearchTrial]]:
        """Yield the trials of each iteration that is still to do, whole iterations only."""
        for iteration in range(self.next_iteration, self.plan.iterations + 1):
            drafts = self.drafts(iteration) if iteration else [PromptDraft(prompt=self.plan.prompt, changes={})]
            if not drafts:
                return  # the writer can think of nothing new
            found = self.judged(iteration, drafts)
            self.trials += found
            yield found

    @property
    def next_iteration(self) -> int:
        """Give the first iteration that is not done."""
        return max((trial.iteration for trial in self.trials), default=-1) + 1

    def drafts(self, iteration: int) -> list[PromptDraft]:
        """Have prompts written in the light of the trials so far; unsound ones are known to the writer as failures."""
        bold = boldness(iteration, self.plan.iterations)
        worst = min(trial.reward(bold) for trial in self.trials)
        tried = [
            PromptCandidate(
                prompt=trial.prompt,
                score=trial.reward(bold) if trial.is_sound else worst,
                sd=trial.liking.sd,
            )
            for trial in self.trials
        ]
        brief = Brief(
            prompt=self.plan.prompt,
            count=self.plan.variants,
            seed=self.plan.seed + iteration,
            tried=tuple(sorted(tried, key=lambda candidate: -candidate.score)),
        )
        return self.writer.write(brief)

    def judged(self, iteration: int, drafts: Sequence[PromptDraft]) -> list[SearchTrial]:
        """Have drafts drawn and judged."""
        answers = self.judge([draft.prompt for draft in drafts])
        unsteered = self.trials[0].liking if self.trials else answers[0].liking
        return [
            SearchTrial(
                iteration=iteration,
                variant=variant,
                prompt=draft.prompt,
                changes=dict(draft.changes),
                picture=answer.picture,
                liking=answer.liking,
                is_sound=is_sound(answer.liking, unsteered, enough_fit=self.enough_fit),
            )
            for variant, (draft, answer) in enumerate(zip(drafts, answers, strict=True))
        ]


def boldness(iteration: int, iterations: int) -> float:
    """Return how much of its sd a picture is credited in this iteration: 1 at first, -1 at last."""
    if iterations <= 1:
        return MOST_CAREFUL
    share = (iteration - 1) / (iterations - 1)
    return BOLDEST + (MOST_CAREFUL - BOLDEST) * share


def is_sound(liking: Liking, unsteered: Liking, *, enough_fit: float = inf) -> bool:
    """Tell whether a picture is no trick of the judge: everybody's liking and the fit to the prompt did not fall.

    Of everybody's liking the lower bound counts: a bare prompt is unlike what was rated, and high by mere chance.
    The fit is noisy and moves with style alone, so that it may fall by `LEAST_FIT`, and to what is enough.
    """
    if liking.everybody - liking.everybody_sd < unsteered.everybody - unsteered.everybody_sd:
        return False
    if liking.fit is None or unsteered.fit is None:
        return True
    return liking.fit >= min(unsteered.fit - LEAST_FIT, enough_fit)


def best_trial(trials: Sequence[SearchTrial]) -> SearchTrial:
    """Give the sound trial that is surely liked best; the unsteered one is always sound."""
    return max((trial for trial in trials if trial.is_sound), key=lambda trial: trial.reward(MOST_CAREFUL))


def best_per_iteration(trials: Sequence[SearchTrial]) -> list[SearchTrial]:
    """Give the best trial up to and including each iteration."""
    last = max(trial.iteration for trial in trials)
    return [best_trial([trial for trial in trials if trial.iteration <= end]) for end in range(last + 1)]
