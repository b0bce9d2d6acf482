"""Fit a reward model to a snapshot, choosing by held-out likelihood, and record the choice.

CPU on one core: demo (479 ratings, 240 images) 0.7 s; 68,898 ratings of 5,077 images 35 s; 170,000
ratings of 900 images by 757 raters 54 s. SROCC per rater on unseen images, mean over splits 0 to 3,
beside the best baseline: avt-ai-images known 0.513 (0.336), new with 10, 25, 50 ratings 0.439, 0.459,
0.473 (0.267, 0.282, 0.285); pixel-patterns known 0.640 (0.599), new with 10, 25 ratings 0.642, 0.640
(0.619, 0.620). 80 % intervals hold 78 to 84 %.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scoring.ml.contest import (
    Exam,
    Family,
    FamilyDraft,
    Trial,
    choose_trial,
    draft_family,
    hold_out_images,
    predict_rows,
)
from scoring.ml.cores import one_core
from scoring.ml.data import Ratings, Snapshot, rows_by
from scoring.ml.head import TasteForm
from scoring.ml.joint import align_datasets
from scoring.ml.linear_fit import LinearSettings
from scoring.ml.network_fit import NetworkSettings, is_enough
from scoring.ml.reward import Prediction, RewardModel
from scoring.ml.taste import TastePosterior

Progress = Callable[[str, float], None]
__all__ = ["FitResult", "FitSettings", "fit_reward", "hold_out_images", "learn_tastes", "predict_ratings"]


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Say how to fit; the defaults serve."""

    linear: LinearSettings = field(default_factory=LinearSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    families: tuple[Family, ...] = ("linear", "network")
    strengths: tuple[float, ...] = (np.inf, 300.0, 100.0)
    ranks: tuple[int, ...] = (0, 4, 16)
    shrunk_ranks: tuple[tuple[int, float], ...] = ((8, 30.0), (8, 100.0))  # rank, strength
    seed: int = 0

    # Measured on 300 made-up raters of 900 images with six directions of taste (real image vectors,
    # 30,602 ratings): rank 4 is chosen and gives new raters with 10, 25, 50 ratings SROCC 0.319,
    # 0.369, 0.411; the structure alone 0.272, 0.327, 0.364, the best blend 0.309, 0.362, 0.410.
    def forms(self) -> list[TasteForm]:
        """Return the forms of the taste prior to try."""
        blends = [TasteForm(strength=strength) for strength in self.strengths]
        shrunk = [TasteForm(rank=rank, strength=strength) for rank, strength in self.shrunk_ranks]
        return blends + [TasteForm(rank=rank) for rank in self.ranks] + shrunk


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """Hold the model and the JSON-able record of how it came about."""

    model: RewardModel
    record: dict[str, Any]


@one_core()
def fit_reward(
    snapshot: Snapshot,
    *,
    encoder_key: str,
    settings: FitSettings | None = None,
    progress: Progress | None = None,
) -> FitResult:
    """Fit the reward model; `progress` hears (stage, share done) and may raise to cancel.

    Of several datasets the first is the one to serve: all are mapped to its scale, and every choice is
    made on its ratings.
    """
    digest = snapshot.digest()
    snapshot, heads = align_datasets(snapshot)
    chosen, tell = settings or FitSettings(), progress or _be_silent
    kept, held_out = hold_out_images(snapshot, seed=chosen.seed)
    trials: list[Trial] = []
    exams: dict[Family, Exam] = {}
    for place, family in enumerate(chosen.families):
        if family == "linear" or len(chosen.families) == 1 or is_enough(snapshot.with_ratings(kept)):
            stage = _Stage(tell, f"try {family}", (0.6 * place / len(chosen.families), 0.6 / len(chosen.families)))
            exams[family] = _examine(family, snapshot, (kept, held_out), chosen, stage)
            trials += _tried(exams[family], chosen, encoder_key, stage)
    best = choose_trial(trials, held_out)
    tell("calibrate", 0.6)
    calibration = exams[best.family].calibration(best.model)
    stage = _Stage(tell, f"fit {best.family}", (0.65, 0.35))
    stage(0.0)
    final = draft_family(best.family, snapshot, (chosen.linear, chosen.network), stage)
    model = final.finish(best.form, encoder_key=encoder_key)
    model = replace(model, head=replace(model.head, calibration=calibration))
    tell("done", 1.0)
    record = _record(snapshot, trials, best, final) | {
        "calibration": calibration,
        "data_digest": digest,
        "datasets": [head.as_json() for head in heads],
    }
    return FitResult(model=model, record=record)


@dataclass(frozen=True)
class _Stage:
    """Report the share done of one stage as a share of the whole."""

    tell: Progress
    name: str
    span: tuple[float, float]  # where the stage begins, and how long it is

    def __call__(self, share: float) -> None:
        self.tell(self.name, self.span[0] + self.span[1] * min(share, 1.0))


def _examine(
    family: Family, snapshot: Snapshot, halves: tuple[Ratings, Ratings], settings: FitSettings, stage: _Stage
) -> Exam:
    kept, held_out = halves
    stage(0.0)
    bounds = (settings.linear, settings.network)
    drafted = draft_family(family, snapshot.with_ratings(kept), bounds, lambda share: stage(0.6 * share))
    return Exam.of(drafted, drafted.backbone.represent(snapshot.images), held_out, settings.seed)


def _tried(exam: Exam, settings: FitSettings, encoder_key: str, stage: _Stage) -> list[Trial]:
    found = []
    for place, form in enumerate(settings.forms()):
        stage(0.6 + 0.4 * place / len(settings.forms()))
        found.append(exam.sit(form, encoder_key=encoder_key))
    return found


def _record(
    snapshot: Snapshot,
    trials: list[Trial],
    best: Trial,
    final: FamilyDraft,
) -> dict[str, Any]:
    return {
        "chosen": {"family": best.family, **_named(best.form)},
        "tried": [
            {
                "family": trial.family,
                **_named(trial.form),
                "held_out_log_likelihood": round(trial.score, 5),
            }
            for trial in trials
        ],
        "training_curve": [] if final.trained is None else [list(look) for look in final.trained.curve],
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


def _named(form: TasteForm) -> dict[str, float | int | None]:
    """Return the form in JSON, which has no infinity: null for no learning at all."""
    return {"strength": None if np.isinf(form.strength) else form.strength, "rank": form.rank}


def _be_silent(stage: str, share: float) -> None:
    del stage, share
