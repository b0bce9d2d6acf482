"""What trackers of experiments are given: which ended runs they do not have yet, and the facts of one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone, translation

from ratings.choices import JobState
from scoring.metrics import VersionMetrics
from scoring.models import ModelVersion, TrackedRun, TrainingRun
from scoring.trackers.facts import TrackedFacts
from scoring.verdicts import MODELS, promotion, verdict_on

LOGGED = (JobState.SUCCEEDED, JobState.FAILED)  # what was cancelled, or found nothing to learn, is not
CASES = ("low", "high", "raters", "images", "repeats", "pairs")
NAMED_BY = ("level", "ratings", "more")  # what tells the entries of a list apart
APART = ("fit", "software", "scale", "dividing", "parts")  # no figures, or given in another way


def unlogged_runs(*, tracker: str) -> QuerySet[TrainingRun]:
    """Give the ended runs that were not logged to a tracker, the oldest first."""
    logged = TrackedRun.objects.filter(run=OuterRef("pk"), tracker=tracker)
    return TrainingRun.objects.filter(~Exists(logged), state__in=LOGGED, finished_at__isnull=False).order_by("pk")


def retried_runs(*, trackers: Sequence[str]) -> QuerySet[TrackedRun]:
    """Give what failed and is to be tried again now."""
    return TrackedRun.objects.filter(state=JobState.FAILED, due_at__lte=timezone.now(), tracker__in=trackers)


def run_facts(*, run: TrainingRun) -> TrackedFacts:
    """Say of an ended run what a tracker keeps; nothing in it is about a rater, or written by a person."""
    version: ModelVersion | None = getattr(run, "model_version", None)
    study, ended = run.study.slug, run.finished_at or timezone.now()
    labels = {"run": str(run.pk), "encoder_key": run.encoder_key, "data_digest": run.data_digest}
    facts: dict[str, Any] = {"settings": {"encoder_key": run.encoder_key}, "figures": {}, "verdict": ""}
    if version is not None:
        facts = version_facts(version)
        labels |= version_labels(version)
    if run.error_code:
        labels["error_code"] = run.error_code
    return TrackedFacts(
        key=uuid5(NAMESPACE_URL, f"pamela:{study}:{run.pk}:{run.created_at.isoformat()}").hex,
        name=f"{study} {version or f'run {run.pk}'}",
        study=study,
        is_finished=run.state == JobState.SUCCEEDED,
        started_at=run.started_at or run.created_at,
        ended_at=ended,
        labels=labels,
        **facts,
    )


def version_facts(version: ModelVersion) -> dict[str, Any]:
    """Give settings, figures and verdict of a version."""
    measured = version.measured
    stored = {name: value for name, value in measured.as_json().items() if name not in APART}
    with translation.override("en"):
        verdict = verdict_on(measured=measured, name=str(version), model_names=MODELS).sentence
    return {
        "settings": version_settings(version, measured),
        "figures": {**dict(flat_figures(stored)), **part_figures(measured), **source_figures(measured)},
        "verdict": verdict,
    }


def version_settings(version: ModelVersion, measured: VersionMetrics) -> dict[str, str]:
    """Give how a version was made, as words."""
    fit = measured.fit
    chosen = fit.get("chosen") or {}
    plain = {f"fit/{name}": value for name, value in fit.items() if isinstance(value, str | int | float)}
    found = {
        "encoder_key": version.encoder_key,
        "learned_scale": measured.scale,
        "fit/with_factors": chosen.get("factors"),
        "fit/left_out_sets": ", ".join(chosen.get("without") or []),
        **plain,
        **{f"software/{name}": number for name, number in measured.software.items()},
    }
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def version_labels(version: ModelVersion) -> dict[str, str]:
    """Give where a version comes from, and whether it went live."""
    measured = version.measured
    with translation.override("en"):
        point = promotion(measured).point
    return {
        "version": str(version),
        "data_digest": version.data_digest,
        "live_before": measured.live.version if measured.live else "",
        "went_live": "no" if version.promoted_at is None else "yes",
        "promotion": ". ".join(part for part in (point.answer, point.evidence) if part),
    }


def source_figures(measured: VersionMetrics) -> dict[str, float]:
    """Give how much a version learned from each set; `own` are the study's own ratings."""
    return {
        f"sources/{source.name or 'own'}/{name}": float(getattr(source, name))
        for source in measured.sources
        for name in ("ratings", "share", "weight_share")
    }


def part_figures(measured: VersionMetrics) -> dict[str, float]:
    """Give what carries a prediction by kind of part: single ones are named by words of the pictures' descriptions."""
    found: defaultdict[str, float] = defaultdict(float)
    for part, share in measured.parts.items():
        found[f"parts/{part.partition(':')[0]}"] += share
    return dict(found)


def flat_figures(stored: Any, *, name: str = "") -> Iterator[tuple[str, float]]:
    """Give every number of stored metrics under a name of its own, with the ends of its interval beside it."""
    if isinstance(stored, Mapping) and "value" in stored:
        yield from ((name, float(stored["value"])) for _ in range(stored["value"] is not None))
        cases = ((case, stored.get(case)) for case in CASES)
        yield from ((f"{name}_{case}", float(value)) for case, value in cases if value is not None)
    elif isinstance(stored, Mapping):
        for key, value in stored.items():
            yield from flat_figures(value, name=f"{name}/{key}" if name else str(key))
    elif isinstance(stored, list | tuple):
        for entry in stored:
            by = next(key for key in NAMED_BY if key in entry)
            rest = {key: value for key, value in entry.items() if key != by}
            yield from flat_figures(rest, name=f"{name}/{entry[by]}")
    elif isinstance(stored, int | float) and not isinstance(stored, bool):
        yield name, float(stored)
