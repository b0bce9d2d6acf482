"""Run the experiment behind `simulate`: how fast each policy learns a new rater's taste."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from scipy.stats import norm

from ratings.services.jobs.progress import Progress
from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.encoders import DEFAULT_KEY
from scoring.ml.evaluation.metrics import (
    bootstrap_mean,
    joined_scores,
    paired_difference,
    per_rater,
    score_prediction,
)
from scoring.ml.reward import RewardModel
from scoring.ml.selection.acquisition import Policy
from scoring.ml.selection.comparison_replay import replay_comparisons
from scoring.ml.selection.replay import Replay, ReplaySession, replay
from scoring.ml.threads import one_thread
from scoring.pipeline.experiments.evaluate import SHOTS, check_writable, fit_to, open_experiment, write_rows
from scoring.pipeline.experiments.experiment_sets import Experiment, ExperimentSource
from scoring.pipeline.experiments.tidy import TidyError

METRICS = ("srocc", "pairwise_accuracy", "rmse", "coverage_80")
COMPARED = "log_likelihood"  # of each two query images that a rater rated differently, in nats; of comparisons alone
LEADS = ("srocc", "pairwise_accuracy", COMPARED)
KNOWING = ", exam known"  # of a policy that aims at the very images it is judged on, as none can in a study
Ask = Literal["ratings", "pairs", "sets"]
CHOSEN: Mapping[Ask, tuple[str, ...]] = {
    "ratings": ("image",),
    "pairs": ("first", "second"),
    "sets": ("first", "second", "third", "fourth"),
}
Row = dict[str, float | int | None]


@dataclass(frozen=True, kw_only=True)
class SimulationRequest:
    """Say what to replay and where to write; `with_others` of the source must be set."""

    source: ExperimentSource
    out: Path
    policies: tuple[Policy, ...]
    budget: int
    encoder_key: str = DEFAULT_KEY
    seed: int = 0
    ask: Ask = "ratings"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Hold, per policy and number of ratings, each metric; and how policies differ."""

    raters: int
    curves: dict[str, dict[int, dict[str, Row]]]
    against_random: dict[str, dict[int, dict[str, Row]]]  # each of `LEADS` above random, paired by rater
    half_the_ratings: dict[str, dict[int, dict[str, Row]]]  # after n above random after 2 n


def simulate_split(request: SimulationRequest, *, progress: Progress) -> Simulation:
    """Write what each policy asked, then measure on the query ratings, also policies that know these images."""
    check_writable(request.out)
    experiment = open_experiment(request.source, request.encoder_key, progress)
    result = fit_to(experiment.snapshot, request.encoder_key, progress)
    raters = _new_raters(experiment)
    replays: dict[str, dict[int, Replay]] = {}
    for policy in request.policies:
        progress(f"replay {policy}", 0.0)
        replays[policy] = _replay_all(result.model, experiment, raters, request, (policy, False), progress)
    write_rows(request.out, ("policy", "rater", "step", *CHOSEN[request.ask]), _rows(experiment, replays))
    for policy in request.policies:
        if policy != "random":
            found = _replay_all(result.model, experiment, raters, request, (policy, True), progress)
            replays[f"{policy}{KNOWING}"] = found
    progress("measure", 1.0)
    return _measured(experiment, raters, replays, request.budget)


def parse_policies(text: str) -> tuple[Policy, ...]:
    """Return the policies of a comma-separated list; raise TidyError at an unknown one."""
    known: tuple[Policy, ...] = get_args(Policy)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise TidyError(f"--policy: {name!r} is unknown; choose some of {', '.join(known)}")
    if not names:
        raise TidyError(f"--policy is empty; choose some of {', '.join(known)}")
    return tuple(policy for name in dict.fromkeys(names) for policy in known if policy == name)


def _new_raters(experiment: Experiment) -> Ints:
    """Return the raters to replay: without training rows, with query rows and rated images."""
    trained = np.unique(experiment.snapshot.ratings.rater)
    asked = np.setdiff1d(np.unique(experiment.query_rows.rater), trained)
    found = np.intersect1d(asked, experiment.others.rater)
    if not len(found):
        raise TidyError(
            f"{experiment.folder}: no rater has query rows, no train rows and other rated images; "
            "use a split that keeps some raters new"
        )
    return np.asarray(found, np.int64)


@one_thread()
def _replay_all(
    model: RewardModel,
    experiment: Experiment,
    raters: Ints,
    request: SimulationRequest,
    kind: tuple[Policy, bool],  # and whether it knows the images to predict
    progress: Progress,
) -> dict[int, Replay]:
    policy, knows_query = kind
    images = model.represent(experiment.snapshot.images)
    found = {}
    for place, rater in enumerate(raters):
        own = experiment.others.rater == rater
        sitting = ReplaySession(
            taste=model.prior(experiment.snapshot.raters.answers(int(rater))),
            images=experiment.others.image[own],
            values=experiment.others.value[own],
            query=experiment.query_rows.image[experiment.query_rows.rater == rater],
            at_once=len(CHOSEN[request.ask]),
            knows_query=knows_query,
        )
        rng = np.random.default_rng([request.seed, int(rater)])
        ask = replay if sitting.at_once == 1 else replay_comparisons
        found[int(rater)] = ask(model, images, sitting, policy=policy, budget=request.budget, rng=rng)
        progress(f"replay {policy}", (place + 1) / len(raters))
    return found


def _rows(experiment: Experiment, replays: dict[str, dict[int, Replay]]) -> list[Sequence[object]]:
    keys, names = experiment.snapshot.raters.keys, experiment.snapshot.images.keys
    return [
        (policy, keys[rater], step, *(experiment.spelled.get(names[image], names[image]) for image in chosen))
        for policy, by_rater in replays.items()
        for rater, found in by_rater.items()
        for step, chosen in enumerate(found.images.reshape(len(found.images), -1).tolist(), start=1)
    ]


def _measured(experiment: Experiment, raters: Ints, replays: dict[str, dict[int, Replay]], budget: int) -> Simulation:
    answers = experiment.answers()
    shots = sorted({shot for shot in SHOTS if shot <= budget} | {budget})
    tables = {
        policy: {shot: _table(experiment, by_rater, answers, shot) for shot in shots}
        for policy, by_rater in replays.items()
    }
    curves = {
        policy: {
            shot: {name: bootstrap_mean(table[name]).as_json() for name in (*METRICS, COMPARED) if name in table}
            for shot, table in by_shot.items()
        }
        for policy, by_shot in tables.items()
    }
    return Simulation(
        raters=len(raters),
        curves=curves,
        against_random=_differences(tables, shots, factor=1),
        half_the_ratings=_differences(tables, shots, factor=2),
    )


def _differences(
    tables: dict[str, dict[int, dict[str, Floats]]], shots: list[int], *, factor: int
) -> dict[str, dict[int, dict[str, Row]]]:
    """Return by how much each figure after n answers is above random choice after factor x n, paired by rater."""
    random = tables.get("random", {})
    return {
        policy: {
            shot: {
                name: paired_difference(by_shot[shot][name], random[factor * shot][name]).as_json()
                for name in LEADS
                if name in by_shot[shot]
            }
            for shot in shots
            if shot and factor * shot in random
        }
        for policy, by_shot in tables.items()
        if policy != "random"
    }


def _table(experiment: Experiment, by_rater: dict[int, Replay], answers: Floats, shot: int) -> dict[str, Floats]:
    """Return each metric per rater after `shot` answers, or all that the rater has."""
    rows = replace(experiment.query_rows, value=answers)
    parts = []
    likelihoods = []
    for rater, found in by_rater.items():
        own = rows.take(rows.rater == rater)
        step = min(shot, len(found.images))
        parts.append(score_prediction(own, found.predictions[step]))
        if found.leads and np.isfinite(own.value).any():
            likelihoods.append(_log_likelihood(own.value, found.leads[step]))
    scored = joined_scores(parts)
    known = np.isfinite(scored.value)
    if not known.any():
        raise TidyError(f"{experiment.folder}: no query row of a new rater has a rating to measure with")
    table = per_rater(scored.take(known))
    return table | ({COMPARED: np.array(likelihoods)} if likelihoods else {})


def _log_likelihood(value: Floats, leads: Floats) -> float:
    """Return the mean log chance that was given to the higher of each two ratings that differ; NaN where none do."""
    first, second = np.triu_indices(len(value), 1)
    sign = np.sign(value[first] - value[second])
    decided = np.isfinite(sign) & (sign != 0)
    return float(norm.logcdf(sign[decided] * leads[decided]).mean()) if decided.any() else float("nan")
