"""Collaborative factors: what raters of like taste say of an image counts, and a rating never counts for itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from scoring.ml.data.arrays import Floats, Ratings, Snapshot
from scoring.ml.evaluation.metrics import srocc
from scoring.ml.linear.factor_fit import leading_axes
from scoring.ml.linear.factors import with_factors
from scoring.ml.linear.fit import LinearDraft, LinearSettings, draft_linear
from scoring.ml.training.fit import FitResult, fit_reward, learn_tastes, predict_ratings
from scoring.tests.ml.sets import make_world

RATERS, IMAGES = 60, 90


def divided() -> tuple[Snapshot, Floats, Floats]:
    """Return ratings that two hidden sides of images divide, unknown to features; the liking, and the first side."""
    world = make_world(raters=RATERS, images=IMAGES, taste=0.0, share=0.5)
    rng = np.random.default_rng(1)
    sides = rng.standard_normal((2, IMAGES))
    liking = world.liking + 0.12 * rng.standard_normal((RATERS, 2)) @ sides
    ratings = world.snapshot.ratings
    value = liking[ratings.rater, ratings.image] + 0.1 * rng.standard_normal(len(ratings))
    return world.snapshot.with_ratings(replace(ratings, value=value)), liking, sides[0]


def drafted(snapshot: Snapshot) -> LinearDraft:
    return draft_linear(snapshot, LinearSettings())


@pytest.fixture(scope="module")
def result() -> FitResult:
    return fit_reward(divided()[0], encoder_key="made-up")


def test_what_others_of_like_taste_say_of_an_image_predicts_ratings_not_yet_given(result: FitResult) -> None:
    snapshot, liking, _ = divided()
    ratings = snapshot.ratings
    given = np.zeros((RATERS, IMAGES), bool)
    given[ratings.rater, ratings.image] = True
    rater, image = np.nonzero(~given)
    asked = Ratings.of(rater, image, np.zeros(len(rater)))
    own = predict_ratings(result.model, snapshot, asked, result.model.known_raters).mean
    crowd = predict_ratings(result.model, snapshot, asked, {}).mean
    gains = [
        srocc(liking[one, image[rater == one]], own[rater == one])
        - srocc(liking[one, image[rater == one]], crowd[rater == one])
        for one in range(RATERS)
    ]
    assert result.record["chosen"]["factors"]
    assert result.record["factors"] >= 2
    assert np.mean(gains) > 0.15


def test_a_new_rater_profits_from_factors_after_a_dozen_ratings(result: FitResult) -> None:
    snapshot, _, side = divided()
    wanted = 0.5 + 0.2 * side
    rows = np.arange(12)
    support = Ratings.of(np.zeros(12, int), rows, wanted[rows])
    tastes = learn_tastes(result.model, snapshot, support)
    asked = Ratings.of(np.zeros(IMAGES - 12, int), np.arange(12, IMAGES), np.zeros(IMAGES - 12))
    found = predict_ratings(result.model, snapshot, asked, tastes).mean
    assert srocc(wanted[12:], found) > 0.6


def test_the_parts_of_an_explanation_still_add_up(result: FitResult) -> None:
    images = divided()[0].images
    taste = result.model.known_raters["rater3"]
    found = result.model.explain(images, taste)
    assert found.total() == pytest.approx(result.model.predict(result.model.represent(images), taste).mean)
    assert np.abs(found.parts["raters alike"]).max() > 0.02


def test_a_rating_has_no_say_in_what_it_is_explained_by() -> None:
    snapshot = divided()[0]
    draft = drafted(snapshot)
    everybody = np.arange(len(draft.raters))
    widened = with_factors(draft, everybody)
    assert widened is not None
    own = widened.evidence.phi.factors
    order = np.argsort(snapshot.ratings.rater, kind="stable")
    shared = widened.backbone.represent(snapshot.images).z[:, draft.backbone.taste.rotation.shape[1] :]
    assert not np.allclose(own, shared[snapshot.ratings.image[order]])
    strangers = with_factors(draft, everybody[1:])
    assert strangers is not None
    rows = slice(int(draft.evidence.edges[0]), int(draft.evidence.edges[1]))
    seen = strangers.backbone.represent(snapshot.images).z[:, draft.backbone.taste.rotation.shape[1] :]
    assert np.allclose(strangers.evidence.phi.factors[rows], seen[snapshot.ratings.image[order]][rows])


def test_where_people_agree_there_are_no_factors() -> None:
    world = make_world(raters=30, images=60, taste=0.0)
    record = fit_reward(world.snapshot, encoder_key="made-up").record
    assert record["factors"] == 0


@pytest.mark.parametrize(("raters", "images"), [(1, 8), (2, 3)])
def test_too_few_ratings_give_no_factors_and_no_error(raters: int, images: int) -> None:
    draft = drafted(make_world(raters=raters, images=images).snapshot)
    widened = with_factors(draft, np.arange(raters))
    assert widened is None or np.isfinite(widened.evidence.phi.factors).all()


def test_two_camps_have_one_direction_and_no_more_by_chance() -> None:
    camps = np.zeros((12, 30))  # half of the raters have said nothing
    camps[:6] = np.outer([1, -1, 1, -1, 1, -1], np.tile([1, -1], 15))
    expected = np.tile([1, -1], 15) / np.sqrt(30)
    for matrix, own in ((camps, expected), (camps.T, np.repeat([1, 0], 6) * np.tile([1, -1], 6) / np.sqrt(6))):
        axes = leading_axes(csr_array(matrix), 7)
        assert axes.shape == (len(own), 1)
        assert axes[:, 0] * np.sign(axes[0, 0]) == pytest.approx(own)
        assert np.array_equal(leading_axes(csr_array(matrix), 7), axes)
