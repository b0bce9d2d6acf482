"""Choose the next pair to compare by the criterion that ratings are chosen by, and replay such choices.

For the pair with design difference d = phi_1 - phi_2 and noise R, the sum of both images', tau = d' C d + R and
a = d . mean / sqrt(s tau). A choice takes the share u of the covariance along C d (`TastePosterior.choose`); over both
outcomes, of probability Phi(a) and Phi(-a), it is expected to be

    E[u] = N(a)^2 / (Phi(a) Phi(-a)),

so that with M the second moments of the target's design rows a pair reduces its variance by E[u] d' C M C d / tau. A
rating is the same with u = 1. Pairs that the rater surely decides one way teach little, however different the images.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.selection.acquisition import AcquisitionRequest, Policy, drawn_place, target_moments
from scoring.ml.selection.replay import Replay, ReplaySession, session_request
from scoring.ml.taste.posterior import Outcome

MOST_PAIRS = 2000  # that are looked at for one choice


@dataclass(frozen=True, kw_only=True)
class ChosenPair:
    """Hold the rows of two candidates and the probability of the pair."""

    rows: tuple[int, int]
    propensity: float


def choose_pair(
    policy: Policy, request: AcquisitionRequest, asked: Ints, rng: np.random.Generator
) -> ChosenPair | None:
    """Draw the next pair of candidates, none of `asked` (A, 2), first row below second; none where all were asked."""
    count = len(request.candidates)
    first, second = np.triu_indices(count, 1)
    open_pairs = np.flatnonzero(~np.isin(first * count + second, asked[:, 0] * count + asked[:, 1]))
    if not len(open_pairs):
        return None
    share = min(1.0, MOST_PAIRS / len(open_pairs))
    looked = rng.choice(open_pairs, size=min(MOST_PAIRS, len(open_pairs)), replace=False, shuffle=False)
    pairs = np.column_stack([first[looked], second[looked]])
    scores = np.zeros(len(pairs)) if policy == "random" else expected_reduction(request, pairs, rng)
    place, chance = drawn_place(scores, np.ones(len(pairs), bool), request.settings, rng)
    return ChosenPair(rows=(int(pairs[place, 0]), int(pairs[place, 1])), propensity=share * chance)


def expected_reduction(request: AcquisitionRequest, pairs: Ints, rng: np.random.Generator) -> Floats:
    """Return by how much a choice between each pair (P, 2) is expected to reduce the target's variance, (P,)."""
    model, taste = request.model, request.taste
    phi, noise = model.design(request.candidates), model.noise(request.candidates)
    factor = np.sqrt(taste.spread) * taste.factor
    difference = phi[pairs[:, 0]] - phi[pairs[:, 1]]
    rows = difference @ factor  # (P, k), in coordinates where the covariance is the identity
    total = np.square(rows).sum(axis=1) + taste.spread * noise[pairs].sum(axis=1)
    away = difference @ taste.mean / np.sqrt(total)
    moved = ((rows @ target_moments(request, factor, rng)) * rows).sum(axis=1)
    return np.asarray(expected_share(away) * np.maximum(moved, 0.0) / total)


def expected_share(away: Floats) -> Floats:
    """Return E[u] = N(a)^2 / (Phi(a) Phi(-a)); in logarithms, so that what is sure stays finite."""
    return np.asarray(np.exp(2.0 * norm.logpdf(away) - norm.logcdf(away) - norm.logcdf(-away)))


def replay_pairs(
    model: RewardModel,
    images: RepresentedImages,
    sitting: ReplaySession,
    *,
    policy: Policy,
    budget: int,
    rng: np.random.Generator,
) -> Replay:
    """Ask for up to `budget` comparisons, one at a time; the higher rating is preferred, equal ones are a tie."""
    target, taste = images.take(sitting.query), sitting.taste
    candidates = images.take(sitting.images)
    found, asked = [model.predict(target, taste)], np.zeros((0, 2), np.int64)
    for step in range(budget):
        request = session_request(model, sitting, taste, candidates, target, step)
        chosen = choose_pair(policy, request, asked, rng)
        if chosen is None:
            break
        rows = np.array(chosen.rows)
        taste = model.choose(taste, candidates.take(rows), outcome_of(*sitting.values[rows]))
        found.append(model.predict(target, taste))
        asked = np.vstack([asked, rows])
    return Replay(images=sitting.images[asked], predictions=tuple(found))


def outcome_of(first: float, second: float) -> Outcome:
    """Say what somebody who gave these ratings says of the pair."""
    if first == second:
        return "tie"
    return "first" if first > second else "second"
