"""Fit a reward model to a snapshot in one recipe, check its options on images and raters held out, and record them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scoring.ml.data.arrays import Ratings, Snapshot, rows_by
from scoring.ml.data.joint import align_datasets
from scoring.ml.evaluation.calibration import calibrate
from scoring.ml.evaluation.held_out import (
    Fold,
    HeldOutErrors,
    held_out_errors,
    held_out_score,
    hold_out,
    hold_out_images,
    predict_rows,
)
from scoring.ml.linear.factors import with_factors
from scoring.ml.linear.fit import LinearDraft, LinearSettings, draft_linear
from scoring.ml.progress import Progress, no_progress
from scoring.ml.reward import Prediction, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.threads import limit_to_one_thread, one_thread
from scoring.ml.training.final_fit import fit_final_model

MOST_TWICE = 1_000_000  # ratings up to which the trials and the model itself are fitted side by side
__all__ = ["FitResult", "FitSettings", "fit_reward", "hold_out_images", "learn_tastes", "predict_ratings"]


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Set how to fit; the defaults are those of a study."""

    linear: LinearSettings = field(default_factory=LinearSettings)
    factors: bool = True  # whether collaborative factors are tried
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """Hold the model and the JSON-able record of how it came about."""

    model: RewardModel
    record: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FitOption:
    """Hold one way to fit, and its errors on held-out images and raters."""

    factors: bool
    without: tuple[int, ...]  # sets that are left out
    errors: Sequence[HeldOutErrors]

    @property
    def score(self) -> float:
        """Return the mean log likelihood, in nats per rating."""
        return held_out_score(self.errors) if self.errors else 0.0


@one_thread()
def fit_reward(
    snapshot: Snapshot,
    *,
    encoder_key: str,
    settings: FitSettings | None = None,
    progress: Progress = no_progress,
) -> FitResult:
    """Fit the reward model; `progress` is called with (stage, share done) and may raise to cancel.

    Of several datasets the first is the one to serve: all are mapped to its scale, every choice is made on its
    ratings, and another set is left out where it makes predictions of them worse.
    """
    digest = snapshot.digest()
    snapshot, heads = align_datasets(snapshot)
    chosen, tell = settings or FitSettings(), progress
    folds = hold_out(snapshot, seed=chosen.seed)
    is_small = len(snapshot.ratings) <= MOST_TWICE
    with ThreadPoolExecutor(max_workers=1, initializer=limit_to_one_thread) as pool:
        early = pool.submit(draft_linear, snapshot, chosen.linear) if is_small else None
        selection = _ModelSelection(snapshot=snapshot, folds=folds, settings=chosen, tell=tell, pool=pool)
        tried = selection.evaluate_options()
        best = max(tried, key=lambda option: option.score)
        tell("fit", 0.7)
        whole = early.result() if early and not best.without else None
    draft = whole or draft_linear(_without(snapshot, best.without), chosen.linear)
    draft = (with_factors(draft) if best.factors else None) or draft
    model = fit_final_model(draft, encoder_key=encoder_key)
    measured = calibrate(best.errors)
    model = replace(model, head=replace(model.head, widths=measured.widths, stretches=measured.stretches))
    tell("done", 1.0)
    record = _record(snapshot, tried, best, draft) | {
        "widths": [list(node) for node in measured.widths],
        "stretches": [[count, *stretch] for count, stretch in measured.stretches],
        "data_digest": digest,
        "datasets": [head.as_json() for head in heads],
    }
    return FitResult(model=model, record=record)


@dataclass(frozen=True, kw_only=True)
class _ModelSelection:
    """Evaluate the options on every fold."""

    snapshot: Snapshot
    folds: Sequence[Fold]
    settings: FitSettings
    tell: Progress
    pool: ThreadPoolExecutor  # where a trial without factors is measured while those with factors are fitted

    def evaluate_options(self) -> list[FitOption]:
        """Fit without factors and with them, with all sets and without each."""
        tried = self._evaluate(())
        for place in range(1, len(self.snapshot.datasets)):
            tried += self._evaluate((place,))
        harmful = tuple(option.without[0] for option in tried if option.without and option.score > tried[0].score)
        if len(harmful) > 1:
            tried += self._evaluate(harmful)
        return tried

    def _evaluate(self, without: tuple[int, ...]) -> list[FitOption]:
        plain: list[HeldOutErrors] = []
        extended: list[HeldOutErrors] = []
        has_factors = self.settings.factors
        for place, fold in enumerate(self.folds):
            self.tell("try", 0.7 * place / len(self.folds))
            draft = draft_linear(_without(self.snapshot.with_ratings(fold.train), without), self.settings.linear)
            measured = self.pool.submit(self._errors, draft, fold)
            wide = with_factors(draft) if has_factors else None
            has_factors = wide is not None
            if wide is not None:
                self.tell("try", 0.7 * (place + 0.5) / len(self.folds))
                extended += self._errors(wide, fold)
            plain += measured.result()
        found = [FitOption(factors=False, without=without, errors=plain)]
        return [*found, FitOption(factors=True, without=without, errors=extended)] if has_factors else found

    def _errors(self, draft: LinearDraft, fold: Fold) -> list[HeldOutErrors]:
        return held_out_errors(fit_final_model(draft, encoder_key=""), self.snapshot, fold)


def _without(snapshot: Snapshot, sets: Sequence[int]) -> Snapshot:
    ratings = snapshot.ratings
    return snapshot.with_ratings(ratings.take(~np.isin(ratings.dataset, sets))) if sets else snapshot


def _record(snapshot: Snapshot, tried: Sequence[FitOption], best: FitOption, final: LinearDraft) -> dict[str, Any]:
    def named(option: FitOption) -> dict[str, Any]:
        return {"factors": option.factors, "without": [snapshot.datasets[place] for place in option.without]}

    return {
        "chosen": named(best),
        "tried": [{**named(option), "held_out_log_likelihood": round(option.score, 5)} for option in tried],
        "factors": len(final.backbone.factors),
        "raters": len(np.unique(snapshot.ratings.rater)),
        "images": len(np.unique(snapshot.ratings.image)),
        "ratings": len(snapshot.ratings),
    }


def predict_ratings(
    model: RewardModel,
    snapshot: Snapshot,
    ratings: Ratings,
    tastes: Mapping[str, TastePosterior],
) -> Prediction:
    """Predict each of these ratings, each rater with their taste or, without one, the prior."""
    keys = snapshot.raters.keys
    found = {
        rater: tastes.get(keys[rater]) or model.prior(snapshot.raters.answers(rater))
        for rater in np.unique(ratings.rater).tolist()
    }
    return predict_rows(model, model.represent(snapshot.images), ratings, found)


def learn_tastes(
    model: RewardModel,
    snapshot: Snapshot,
    ratings: Ratings,
    start: Mapping[str, TastePosterior] | None = None,
) -> dict[str, TastePosterior]:
    """Learn from these ratings each rater's taste, from `start` or else from the prior."""
    representation = model.represent(snapshot.images)
    tastes = {}
    for rater, rows in rows_by(ratings.rater).items():
        key = snapshot.raters.keys[rater]
        before = (start or {}).get(key) or model.prior(snapshot.raters.answers(rater))
        seen = representation.take(ratings.image[rows])
        tastes[key] = model.posterior(seen, ratings.value[rows], before)
    return tastes
