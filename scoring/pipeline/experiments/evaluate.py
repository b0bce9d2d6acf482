"""Run the experiments behind `evaluate`: train, adapt, predict, and read the query's ratings only then."""

import csv
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ratings.exceptions import RecordError
from ratings.services.datasets.published import Reported
from ratings.services.jobs.progress import Progress
from scoring.ml.data.arrays import Floats, Ints, Ratings, Snapshot
from scoring.ml.data.joint import join_snapshots
from scoring.ml.encoders import DEFAULT_KEY, build_encoder
from scoring.ml.evaluation.baselines import ALL_BASELINES, fit_baseline, mean_of_others
from scoring.ml.evaluation.metrics import (
    Scored,
    compare_all,
    group_accuracy,
    group_codes,
    noise_ceiling,
    score_prediction,
    summarise,
)
from scoring.ml.reward import Prediction, RewardModel
from scoring.ml.taste.intervals import LEVELS
from scoring.ml.threads import one_thread
from scoring.ml.training.fit import FitResult, fit_reward, learn_tastes, predict_ratings
from scoring.pipeline.experiments.experiment_sets import Experiment, ExperimentSource, load_experiment, load_set
from scoring.pipeline.experiments.published import prepare_published
from scoring.pipeline.experiments.tidy import Pair, TidyError
from scoring.pipeline.launching.choice import chosen_launcher

SHOTS = (0, 1, 5, 10, 25, 50, 100)  # ratings of a new rater after which a curve looks
__all__ = [
    "DEFAULT_KEY",
    "SHOTS",
    "Evaluation",
    "EvaluationRequest",
    "ExperimentSource",
    "TidyError",
    "check_writable",
    "evaluate_published",
    "evaluate_split",
    "fit_to",
    "known_baselines",
    "open_experiment",
    "write_rows",
]  # what commands name; they do not reach the model code themselves

EVERYBODY = "everybody"  # this model without taste
OTHERS = "mean of others"  # an oracle: it reads what other raters say of the very images that are asked for
FEWEST_REPEATS = 30  # second ratings that are enough to measure reliability


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """Say what to evaluate and where to write."""

    source: ExperimentSource
    out: Path
    json: Path | None = None  # where all figures go as well
    encoder_key: str = DEFAULT_KEY
    baselines: tuple[str, ...] = ()
    others: tuple[Path, ...] = ()  # tidy sets to train on as well
    ablate: bool = False  # also fit without each of them, and put that beside
    parts: Mapping[str, Sequence[Pair]] = field(default_factory=dict)  # query rows that are measured by themselves, too
    reported: Reported = field(default_factory=dict)  # what a paper says of these parts
    notes: tuple[str, ...] = ()  # what was left out before


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Hold what an evaluation found; `metrics` and `shots` are empty without a single query rating.

    `shots` has the metrics of raters without training rows, after the first n of their support
    rows; `ceiling` is the SROCC that a perfect model could reach, where raters rated images twice.
    """

    predicted: int
    scored: int
    record: dict[str, Any]
    metrics: dict[str, dict[str, dict[str, float | int | None]]]
    differences: dict[str, dict[str, dict[str, float | int | None]]]  # paired, this model less each other
    shots: dict[int, dict[str, dict[str, float | int | None]]]
    parts: dict[str, dict[str, dict[str, dict[str, float | int | None]]]]  # `metrics` of each part of the query
    ceiling: dict[str, float | int | None] | None
    reported: Reported = field(default_factory=dict)  # what a paper says of the same parts
    notes: tuple[str, ...] = ()  # what was left out


def evaluate_split(request: EvaluationRequest, *, progress: Progress) -> Evaluation:
    """Write prediction, sd and intervals for every query row, then measure those with a rating."""
    for file in filter(None, (request.out, request.json)):
        check_writable(file)
    experiment = open_experiment(request.source, request.encoder_key, progress)
    others = open_others(request, progress)
    result = fit_to(join_snapshots(experiment.snapshot, others), request.encoder_key, progress)
    found = adapted(result.model, experiment, experiment.support)
    _write_predictions(request.out, experiment, found)
    predictions = {"pamela": found, EVERYBODY: for_everybody(result.model, experiment)}
    if request.ablate:
        predictions |= ablated(experiment, others, request.encoder_key, progress)
    for place, name in enumerate(request.baselines):
        progress(f"baseline {name}", place / len(request.baselines))
        predictions[name] = fit_baseline(
            name, experiment.snapshot, experiment.support, experiment.query_rows, chosen_launcher()
        )
    progress("measure", 1.0)
    measured = replace(
        _measured(experiment, predictions, result, parts=request.parts),
        reported=request.reported,
        notes=(*request.notes, *experiment.notes),
    )
    if request.json:
        request.json.write_text(json.dumps(asdict(measured), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return measured


def evaluate_published(request: EvaluationRequest, *, fold: int | None, progress: Progress) -> Evaluation:
    """Evaluate a published set on its own parts, each of them measured by itself; the request's split is not read."""
    try:
        encoder = build_encoder(request.encoder_key)
    except ValueError as error:
        raise TidyError(str(error)) from error
    with tempfile.TemporaryDirectory() as scratch:
        try:
            prepared = prepare_published(
                request.source.folder,
                scratch=Path(scratch) / request.source.folder.resolve().name,
                encoder=encoder,
                cache=request.source.cache,
                fold=fold,
                progress=progress,
            )
        except RecordError as error:
            raise TidyError(error.message) from error
        source = replace(request.source, folder=prepared.folder, split=prepared.split)
        tidy = replace(request, source=source, parts=prepared.parts, reported=prepared.reported, notes=prepared.notes)
        return evaluate_split(tidy, progress=progress)


def fit_to(snapshot: Snapshot, encoder_key: str, progress: Progress) -> FitResult:
    """Fit; what cannot be learned from is said in a sentence."""
    try:
        return fit_reward(snapshot, encoder_key=encoder_key, progress=progress)
    except ValueError as error:
        raise TidyError(f"there is nothing to learn from the train rows: {error}") from error


@one_thread()
def adapted(model: RewardModel, experiment: Experiment, support: Ratings) -> Prediction:
    """Predict the query rows after learning from these support rows."""
    learned = learn_tastes(model, experiment.snapshot, support, start=model.known_raters)
    tastes = {**model.known_raters, **learned}
    return predict_ratings(model, experiment.snapshot, experiment.query_rows, tastes)


@one_thread()
def for_everybody(model: RewardModel, experiment: Experiment) -> Prediction:
    """Predict the query rows as of raters of whom nothing is known: what the model says without taste."""
    prior = model.prior()
    return predict_ratings(
        model, experiment.snapshot, experiment.query_rows, dict.fromkeys(experiment.snapshot.raters.keys, prior)
    )


def ablated(
    experiment: Experiment, others: Mapping[str, Snapshot], encoder_key: str, progress: Progress
) -> dict[str, Prediction]:
    """Say what each set adds: predict by models that were fitted without it."""
    found = {}
    for place, name in enumerate(others):
        progress(f"without {name}", place / len(others))
        rest = {other: snapshot for other, snapshot in others.items() if other != name}
        model = fit_reward(join_snapshots(experiment.snapshot, rest), encoder_key=encoder_key).model
        found[f"without {name}"] = adapted(model, experiment, experiment.support)
    return found


def open_others(request: EvaluationRequest, progress: Progress) -> dict[str, Snapshot]:
    """Read the sets to train on as well; no two may have one name."""
    encoder = build_encoder(request.encoder_key)
    found: dict[str, Snapshot] = {}
    for place, folder in enumerate(request.others):
        progress(f"read {folder.name}", place / len(request.others))
        if folder.name in found:
            raise TidyError(f"--with names two folders called {folder.name}; rename one of them")
        if folder.resolve() == request.source.folder.resolve():
            raise TidyError(f"--with {folder} is the set to evaluate, whose query ratings must stay unread")
        found[folder.name] = load_set(folder, encoder, cache=request.source.cache)
    return found


def open_experiment(source: ExperimentSource, encoder_key: str, progress: Progress) -> Experiment:
    """Read a set under a split; embedding reports progress."""
    try:
        encoder = build_encoder(encoder_key)
    except ValueError as error:
        raise TidyError(str(error)) from error
    return load_experiment(source, encoder, progress)


def _measured(
    experiment: Experiment,
    predictions: dict[str, Prediction],
    result: FitResult,
    *,
    parts: Mapping[str, Sequence[Pair]],
) -> Evaluation:
    answers = experiment.answers()
    predictions = {**predictions, OTHERS: mean_of_others(replace(experiment.query_rows, value=answers))}
    scored = {name: _scored(experiment, found, answers) for name, found in predictions.items()}
    known, prompts = len(scored["pamela"].value), group_codes(experiment.prompts)
    return Evaluation(
        predicted=len(answers),
        scored=known,
        record=result.record,
        metrics={name: _figures(table, prompts) for name, table in scored.items()} if known else {},
        differences=compare_all(scored, "pamela") if known else {},
        shots=_shots(result.model, experiment, answers) if known else {},
        parts=_parts(experiment, predictions, answers, parts=parts),
        ceiling=_ceiling(experiment) if known else None,
    )


def _figures(scored: Scored, prompts: Ints) -> dict[str, dict[str, float | int | None]]:
    """Give every metric, and where raters judged several images of a prompt how well these are ordered."""
    within = group_accuracy(scored, prompts[scored.image])
    return summarise(scored) | ({} if within is None else {"prompt_accuracy": within})


def _parts(
    experiment: Experiment,
    predictions: Mapping[str, Prediction],
    answers: Floats,
    *,
    parts: Mapping[str, Sequence[Pair]],
) -> dict[str, dict[str, dict[str, dict[str, float | int | None]]]]:
    """Measure every model on each part of the query that has ratings."""
    found, prompts = {}, group_codes(experiment.prompts)
    for part, pairs in parts.items():
        asked = frozenset(pairs)
        within = np.array([pair in asked for pair in experiment.written])
        of_part = np.where(within, answers, np.nan)
        if np.isfinite(of_part).any():
            found[part] = {
                name: _figures(_scored(experiment, prediction, of_part), prompts)
                for name, prediction in predictions.items()
            }
    return found


def _scored(experiment: Experiment, found: Prediction, answers: Floats, among: Ints | None = None) -> Scored:
    """Put predictions beside the ratings there are, of some raters."""
    usable = (
        np.isfinite(answers) if among is None else np.isfinite(answers) & np.isin(experiment.query_rows.rater, among)
    )
    known = np.flatnonzero(usable)
    return score_prediction(replace(experiment.query_rows, value=answers), found).take(known)


def _shots(
    model: RewardModel, experiment: Experiment, answers: Floats
) -> dict[int, dict[str, dict[str, float | int | None]]]:
    """Measure new raters after the first n of their support rows, as far as each has so many."""
    support, curve = experiment.support, {}
    given = np.bincount(support.rater, minlength=len(experiment.snapshot.raters))
    trained = np.bincount(experiment.snapshot.ratings.rater, minlength=len(given))
    for shots in SHOTS:
        raters = np.flatnonzero((given >= max(shots, 1)) & (trained == 0))
        if not len(raters):
            continue
        rows = [np.flatnonzero(support.rater == rater)[:shots] for rater in raters]
        table = _scored(experiment, adapted(model, experiment, support.take(np.concatenate(rows))), answers, raters)
        if len(table.value):
            curve[shots] = summarise(table)
    return curve


def _ceiling(experiment: Experiment) -> dict[str, float | int | None] | None:
    pairs = experiment.repeats()
    if len(pairs) < FEWEST_REPEATS:
        return None
    _, rater = np.unique([rater for rater, _ in pairs], return_inverse=True)
    twice = np.array([values[:2] for values in pairs.values()])
    table = Scored(
        rater=rater, image=np.arange(len(pairs)), value=twice[:, 0], mean=twice[:, 1], sd=np.ones(len(pairs))
    )
    counts = [len(pairs.get(pair, (0.0,))) for pair in experiment.query]
    return {**noise_ceiling(table, counts).as_json(), "repeats": len(pairs)}


def _write_predictions(out: Path, experiment: Experiment, found: Prediction) -> None:
    scale = experiment.scale
    columns = {"prediction": scale.from_unit(found.mean), "sd": (scale.high - scale.low) * found.sd}
    for level in LEVELS:
        half = found.half_width(level)
        columns[f"low_{round(100 * level)}"] = scale.from_unit(np.clip(found.mean - half, 0.0, 1.0))
        columns[f"high_{round(100 * level)}"] = scale.from_unit(np.clip(found.mean + half, 0.0, 1.0))
    rows = (
        (rater, image, *(f"{value:.6g}" for value in values))
        for (rater, image), values in zip(experiment.written, np.column_stack(list(columns.values())), strict=True)
    )
    write_rows(out, ("rater", "image", *columns), rows)


def check_writable(out: Path) -> None:
    """Refuse, before any work, a file that could not be written in the end."""
    if out.is_dir():
        raise TidyError(f"--out {out} is a folder; name a file")
    if not out.parent.is_dir():
        raise TidyError(f"--out {out}: the folder {out.parent} does not exist; create it first")


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file beside its place, then rename it."""
    with tempfile.NamedTemporaryFile(
        "w", dir=out.parent, suffix=".part", delete=False, newline="", encoding="utf-8"
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    draft = Path(file.name)
    draft.chmod(0o644)
    draft.replace(out)


def known_baselines(names: Sequence[str]) -> tuple[str, ...]:
    """Return the baselines of these names, all for `all`; raise TidyError at an unknown one."""
    if list(names) in (["all"], ["none"]):
        return tuple(ALL_BASELINES) if "all" in names else ()
    for name in names:
        if name not in ALL_BASELINES:
            raise TidyError(f"--baselines: {name!r} is unknown; choose all, none or some of {', '.join(ALL_BASELINES)}")
    return tuple(names)
