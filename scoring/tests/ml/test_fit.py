"""The fitted model: it finds taste where there is some, stays calm where there is none."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from scoring.ml.data.arrays import Floats, Ratings
from scoring.ml.evaluation.baselines import ALL_BASELINES, fit_baseline
from scoring.ml.evaluation.metrics import Scored, per_rater
from scoring.ml.linear.backbone import LinearBackbone
from scoring.ml.reward import RewardModel
from scoring.ml.storage import checkpoints
from scoring.ml.training.fit import (
    FitResult,
    fit_reward,
    learn_tastes,
    predict_ratings,
)
from scoring.tests.ml.sets import World, make_world


def split_world(world: World, *, new_raters: int = 6) -> tuple[Ratings, Ratings, Ratings]:
    """Return what to train on, and of the new raters their ratings of known and of new images."""
    ratings = world.snapshot.ratings
    images, raters = len(world.snapshot.images), len(world.snapshot.raters)
    fresh, new = ratings.image >= images * 3 // 4, ratings.rater >= raters - new_raters
    return ratings.take(~fresh & ~new), ratings.take(~fresh & new), ratings.take(fresh)


def srocc(world: World, query: Ratings, mean: Floats) -> float:
    """Return the mean over raters of the rank correlation with true liking."""
    scored = Scored(
        rater=query.rater,
        image=query.image,
        value=world.liking[query.rater, query.image],
        mean=mean,
        sd=np.ones(len(mean)),
    )
    return float(per_rater(scored)["srocc"].mean())


@pytest.fixture(scope="module")
def tasteful() -> tuple[World, FitResult, Ratings, Ratings]:
    world = make_world()
    train, support, query = split_world(world)
    result = fit_reward(world.snapshot.with_ratings(train), encoder_key="made-up")
    return world, result, support, query


Tasteful = tuple[World, FitResult, Ratings, Ratings]


def test_a_known_rater_is_predicted_better_than_the_crowd(tasteful: Tasteful) -> None:
    world, result, _, query = tasteful
    known = query.take(query.rater < 24)
    own = predict_ratings(result.model, world.snapshot, known, result.model.known_raters)
    crowd = predict_ratings(result.model, world.snapshot, known, {})
    assert srocc(world, known, own.mean) > srocc(world, known, crowd.mean) + 0.1
    assert srocc(world, known, own.mean) > 0.85


def test_each_ten_ratings_of_a_new_rater_make_the_prediction_better(tasteful: Tasteful) -> None:
    world, result, support, query = tasteful
    new = query.take(query.rater >= 24)
    found = []
    for shots in (0, 10, 90):
        some = support.take(support.image < shots)
        tastes = learn_tastes(result.model, world.snapshot, some)
        found.append(srocc(world, new, predict_ratings(result.model, world.snapshot, new, tastes).mean))
    assert found[0] + 0.05 < found[1]
    assert found[1] + 0.02 < found[2]


def test_eighty_percent_intervals_hold_about_four_fifths_of_new_ratings(tasteful: Tasteful) -> None:
    world, result, support, query = tasteful
    tastes = {**result.model.known_raters, **learn_tastes(result.model, world.snapshot, support)}
    found = predict_ratings(result.model, world.snapshot, query, tastes)
    inside = np.abs(query.value - found.mean) <= 1.2816 * found.sd
    assert 0.74 < inside.mean() < 0.86


def test_where_people_agree_nothing_is_personalised() -> None:
    world = make_world(taste=0.0)
    train, _, query = split_world(world)
    model = fit_reward(world.snapshot.with_ratings(train), encoder_key="made-up").model
    known = query.take(query.rater < 24)
    own = predict_ratings(model, world.snapshot, known, model.known_raters)
    crowd = predict_ratings(model, world.snapshot, known, {})
    assert srocc(world, known, own.mean) > srocc(world, known, crowd.mean) - 0.01


def test_a_known_image_keeps_the_opinions_seen_in_training(tasteful: Tasteful) -> None:
    world, result, _, _ = tasteful
    images = world.snapshot.images
    strangers = replace(images, keys=tuple(f"new {key}" for key in images.keys))
    known, unknown = result.model.represent(images), result.model.represent(strangers)
    trained = slice(0, 90)
    assert (known.variance[trained] < unknown.variance[trained]).all()
    assert known.consensus[90:] == pytest.approx(unknown.consensus[90:])


def test_the_parts_of_an_explanation_add_up_to_the_prediction(tasteful: Tasteful) -> None:
    world, result, _, _ = tasteful
    images, taste = world.snapshot.images, result.model.known_raters["rater3"]
    found = result.model.explain(images, taste)
    assert found.total() == pytest.approx(result.model.predict(result.model.represent(images), taste).mean)
    assert np.abs(found.parts["others"][:90]).max() > 0.0  # rated in training
    assert not found.parts["others"][90:].any()


def test_an_explanation_finds_taste_and_consensus_in_the_features_that_carry_them(tasteful: Tasteful) -> None:
    world, result, _, _ = tasteful
    parts = result.model.explain(world.snapshot.images, result.model.known_raters["rater3"]).parts
    assert parts["taste: image 1"].std() > 3 * parts["taste: image 2"].std()
    named = result.model.explain(world.snapshot.images, result.model.prior()).renamed(("colour", "shape")).parts
    assert "opinion: shape" in named
    assert "opinion: domain" in named
    assert parts["opinion: image 1"].std() > 3 * parts["opinion: image 2"].std()


def test_updating_one_by_one_is_learning_all_at_once(tasteful: Tasteful) -> None:
    world, result, support, _ = tasteful
    model = result.model
    own = support.take(support.rater == 25)
    seen = model.represent(world.snapshot.images).take(own.image)
    taste = model.prior()
    for row, value in enumerate(own.value):
        taste = model.update(taste, seen.take(np.array([row])), float(value))
    assert taste.mean == pytest.approx(model.posterior(seen, own.value).mean)


def test_the_record_says_what_was_tried_and_chosen(tasteful: Tasteful) -> None:
    world, result, _, _ = tasteful
    tried = result.record["tried"]
    best = max(tried, key=lambda trial: trial["held_out_log_likelihood"])
    assert result.record["chosen"] == {name: best[name] for name in ("factors", "without")}
    assert [count for count, _ in result.record["widths"]] == [0, 5, 10, 25, 50, 100]
    assert result.record["data_digest"] == world.snapshot.with_ratings(split_world(world)[0]).digest()


def test_the_digest_changes_with_any_rating_and_not_with_a_copy() -> None:
    world = make_world(raters=3, images=5)
    ratings = world.snapshot.ratings
    other = replace(ratings, value=ratings.value + np.eye(1, len(ratings), 2)[0] * 1e-9)
    same = world.snapshot.with_ratings(ratings.take(np.arange(len(ratings))))
    assert same.digest() == world.snapshot.digest()
    assert world.snapshot.with_ratings(other).digest() != world.snapshot.digest()


def test_progress_may_cancel_a_fit() -> None:
    class CancelledError(Exception):
        pass

    def stop(stage: str, share: float) -> None:
        del stage
        if share > 0.3:
            raise CancelledError

    with pytest.raises(CancelledError):
        fit_reward(make_world(raters=8, images=20).snapshot, encoder_key="x", progress=stop)


@pytest.mark.parametrize(("raters", "images", "share"), [(1, 12, 1.0), (2, 6, 1.0), (3, 40, 0.2)])
def test_very_few_ratings_still_give_a_finite_model(raters: int, images: int, share: float) -> None:
    world = make_world(raters=raters, images=images, share=share)
    model = fit_reward(world.snapshot, encoder_key="x").model
    found = model.predict(model.represent(world.snapshot.images), model.prior())
    assert np.isfinite(found.mean).all()
    assert (found.sd > 0).all()


def test_a_saved_model_predicts_the_same_after_loading(tasteful: Tasteful, tmp_path: Path) -> None:
    world, result, _, query = tasteful
    checkpoints.save_model(result.model, tmp_path / "m", card={"metrics": {"srocc": 0.5}})
    again = checkpoints.load_model(tmp_path / "m")
    before = predict_ratings(result.model, world.snapshot, query, result.model.known_raters)
    after = predict_ratings(again, world.snapshot, query, again.known_raters)
    assert np.array_equal(before.mean, after.mean)
    assert np.array_equal(before.sd, after.sd)
    card = checkpoints.read_card(tmp_path / "m")
    assert card["metrics"] == {"srocc": 0.5}
    assert card["encoder_key"] == "made-up"
    assert "torch" in card["software"]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_an_incomplete_checkpoint_is_refused(tasteful: Tasteful, tmp_path: Path) -> None:
    checkpoints.save_model(tasteful[1].model, tmp_path / "m", card={})
    weights = tmp_path / "m" / "weights.safetensors"
    for content in (weights.read_bytes()[:-1], b"", None):
        weights.unlink() if content is None else weights.write_bytes(content)
        with pytest.raises(checkpoints.CheckpointError, match="weights cannot be read"):
            checkpoints.load_model(tmp_path / "m")
    with pytest.raises(checkpoints.CheckpointError, match=r"no readable model\.json"):
        checkpoints.load_model(tmp_path / "absent")


def renamed_field(settings: dict[str, Any]) -> Any:
    """Write a model as a version would whose models have a part more."""
    settings["model"]["fields"]["mood"] = settings["model"]["fields"].pop("head")
    return settings


def renamed_kind(settings: dict[str, Any]) -> Any:
    """Write a model as a version would that names its parts by numbers."""
    settings["model"] = {"kind": ["RewardModel", 5], "fields": []}
    return settings


OTHER_VERSIONS: list[Callable[[dict[str, Any]], Any]] = [
    renamed_field,
    renamed_kind,
    lambda settings: {**settings, "format": 5},
    lambda settings: {**settings, "format": ["5", "1"]},
    lambda settings: {**settings, "model": {"sum": settings["model"]}},
    lambda settings: {**settings, "model": {"items": [1, 2]}},
    lambda settings: {**settings, "format": 3, "model": []},
    lambda settings: [settings],
    lambda _settings: "a model",
]


@pytest.mark.parametrize("written", OTHER_VERSIONS)
def test_a_checkpoint_that_another_version_wrote_is_refused_as_one_that_cannot_be_read(
    tasteful: Tasteful, tmp_path: Path, written: Callable[[dict[str, Any]], Any]
) -> None:
    checkpoints.save_model(tasteful[1].model, tmp_path / "m", card={})
    file = tmp_path / "m" / "model.json"
    file.write_text(json.dumps(written(json.loads(file.read_text()))))
    with pytest.raises(checkpoints.CheckpointError):
        checkpoints.load_model(tmp_path / "m")


def test_a_checkpoint_of_the_format_before_is_read_and_predicts_as_it_did(tasteful: Tasteful, tmp_path: Path) -> None:
    world, result, _, query = tasteful
    model = as_before(result.model)
    checkpoints.save_model(model, tmp_path / "m", card={})
    file = tmp_path / "m" / "model.json"
    saved = json.loads(file.read_text())
    fields = saved["model"]["fields"]
    fields["head"]["fields"]["calibration"] = fields["head"]["fields"].pop("widths")["tuple"][0]["tuple"][1]
    backbone = fields["backbone"]["fields"]
    del backbone["likeness"]
    assert isinstance(model.backbone, LinearBackbone)
    seen, consensus = model.backbone.consensus.seen, backbone["consensus"]["fields"]
    items = [[key, {"tuple": list(pair)}] for key, *pair in zip(seen.keys, seen.mean, seen.variance, strict=True)]
    backbone["consensus"] = {
        "kind": "Impression",
        "fields": {"regression": consensus["regression"], "seen": {"items": items}},
    }
    file.write_text(json.dumps({**saved, "format": 3}))
    weights = tmp_path / "m" / "weights.safetensors"
    arrays = {name: array for name, array in load_file(weights).items() if is_former(name)}
    save_file(arrays, weights)
    again = checkpoints.load_model(tmp_path / "m")
    before = predict_ratings(model, world.snapshot, query, {})
    after = predict_ratings(again, world.snapshot, query, {})
    assert np.array_equal(before.mean, after.mean)
    assert np.array_equal(before.sd, after.sd)


def as_before(model: RewardModel) -> RewardModel:
    """Leave of a model what the format before could hold."""
    backbone = model.backbone
    assert isinstance(backbone, LinearBackbone)
    consensus, width = backbone.consensus, sum(block.rotation.shape[1] for block in backbone.features.blocks)
    regression = consensus.regression
    plain = replace(backbone.opinion, rotation=backbone.opinion.rotation[:width])
    plain = replace(plain, variances=plain.variances[: len(backbone.features.blocks)])
    seen = replace(consensus.seen, reach=consensus.seen.reach[:, :0])
    size = len(model.head.mean) - consensus.directions.shape[1]
    return replace(
        model,
        backbone=replace(
            backbone,
            likeness=replace(backbone.likeness, kernels=()),
            opinion=plain,
            consensus=replace(consensus, directions=np.zeros((len(regression.weights), 0)), seen=seen),
        ),
        head=replace(
            model.head,
            mean=model.head.mean[:size],
            factor=model.head.factor[:size, :size],
            widths=((0, 1.1),),
            profile_effects={},
        ),
        known_raters={},
    )


def is_former(name: str) -> bool:
    """Tell whether the format before had this array."""
    return not any(part in name for part in ("likeness", "directions", "seen", "profile"))


def test_a_process_that_only_loads_models_does_without_torch() -> None:
    code = "import sys, scoring.ml.storage.checkpoints; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "transformer" else ()) for name in ALL_BASELINES]
)
def test_a_baseline_predicts_every_query_row(name: str, tasteful: Tasteful) -> None:
    world, _, support, query = tasteful
    train, _, _ = split_world(world)
    blind = replace(query, value=np.full(len(query), np.nan))
    found = fit_baseline(name, world.snapshot.with_ratings(train), support, blind)
    assert np.isfinite(found.mean).all()
    assert (found.sd > 0).all()
    if name == "hierarchical-linear":
        assert srocc(world, query, found.mean) > 0.7
