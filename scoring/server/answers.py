"""Write scores as JSON, as NumPy arrays, or as safetensors; never as pickle."""

import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors.numpy import save

from scoring.ml.scores import Scores
from scoring.server.backend import Case
from scoring.server.errors import RefusedError

JSON, NPZ, SAFETENSORS = "application/json", "application/x-npz", "application/x-safetensors"


@dataclass(frozen=True, kw_only=True)
class ScoreResponse:
    """A body and its type."""

    media_type: str
    body: bytes


def answer(case: Case, scores: Scores, judged: list[bool], *, media_type: str) -> ScoreResponse:
    """Write the scores of a case in the form asked for."""
    writers: dict[str, Callable[[Case, Scores, list[bool]], bytes]] = {
        JSON: as_json,
        NPZ: as_npz,
        SAFETENSORS: as_safetensors,
    }
    return ScoreResponse(media_type=media_type, body=writers[media_type](case, scores, judged))


def facts_of(case: Case) -> dict[str, Any]:
    """Give what holds for all scores of an answer."""
    return {
        "study": case.judge.study,
        "model_version": case.judge.version,
        "encoder": case.judge.model.encoder_key,
        "scale": {"min": case.judge.scale.low, "max": case.judge.scale.high},
        "k": case.k,
        "raters": [{"rater": rater.name, "ratings": rater.taste.count} for rater in case.raters],
    }


def as_json(case: Case, scores: Scores, judged: list[bool]) -> bytes:
    """Write one item for each rater and image, the images of the first rater first."""
    return json.dumps(as_dict(case, scores, judged), allow_nan=False).encode()


def as_dict(case: Case, scores: Scores, judged: list[bool]) -> dict[str, Any]:
    """Give the JSON form as a dictionary."""
    items = [
        {
            "image": picture.name,
            "rater": rater.name,
            "mean": float(scores.mean[row, place]),
            "rating": float(scores.rating[row, place]),
            "sd": float(scores.sd[row, place]),
            "lower": float(scores.lower[row, place]),
            "percentile": none_if_nan(float(scores.percentile[row, place])),
            "prompt_judged": judged[place],
        }
        for row, rater in enumerate(case.raters)
        for place, picture in enumerate(case.pictures)
    ]
    return {**facts_of(case), "items": items}


def none_if_nan(number: float) -> float | None:
    """Give nothing for what is no number, which JSON has no word for."""
    return None if math.isnan(number) else number


def arrays_of(scores: Scores, judged: list[bool]) -> dict[str, Any]:
    """Give the arrays (raters, images), and for each image whether its prompt was judged."""
    return {
        "mean": scores.mean,
        "rating": scores.rating,
        "sd": scores.sd,
        "lower": scores.lower,
        "percentile": scores.percentile,
        "prompt_judged": np.array(judged),
    }


def as_npz(case: Case, scores: Scores, judged: list[bool]) -> bytes:
    """Write a zip of arrays as `numpy.load` reads it with pickle forbidden; names are arrays of text."""
    file = io.BytesIO()
    np.savez(
        file,
        **arrays_of(scores, judged),
        images=np.array([picture.name for picture in case.pictures]),
        raters=np.array([rater.name for rater in case.raters]),
        model_version=np.array(case.judge.version),
    )
    return file.getvalue()


def as_safetensors(case: Case, scores: Scores, judged: list[bool]) -> bytes:
    """Write arrays as safetensors, with everything else as JSON in the header's `scores`."""
    facts = {**facts_of(case), "images": [picture.name for picture in case.pictures]}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays_of(scores, judged).items()}
    return save(arrays, metadata={"model_version": case.judge.version, "scores": json.dumps(facts)})


def negotiated(accept: str) -> str:
    """Choose the form that a client likes best; the first of ours where it likes several alike."""
    wanted = dict(map(weighed, accept.split(","))) if accept.strip() else {"*/*": 1.0}
    weights = {
        ours: max(wanted.get(name, 0.0) for name in (ours, "application/*", "*/*")) for ours in (JSON, NPZ, SAFETENSORS)
    }
    best = max(weights, key=lambda ours: weights[ours])
    if not weights[best]:
        raise RefusedError(
            status=406, code="not_acceptable", message=f"Scores come as {JSON}, {NPZ} or {SAFETENSORS}: accept one."
        )
    return best


def weighed(part: str) -> tuple[str, float]:
    """Read one media range and its weight."""
    name, *parameters = (word.strip() for word in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                return name.lower(), float(value)
            except ValueError:  # no weight: not wanted
                return name.lower(), 0.0
    return name.lower(), 1.0
