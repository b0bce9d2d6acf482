"""The prior of tastes: it finds the few directions in which raters differ, and leaves the others alone."""

import numpy as np
import pytest

from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.prior import DesignRows, Evidence, fit_head, posteriors, prior_of

SIZE, NOISE = 12, 0.04


def make_head() -> TasteHead:
    """Start with every direction alike, and too wide."""
    root = np.concatenate([[0.3, 0.3], np.full(SIZE, 1.0)])
    return TasteHead(
        mean=np.array([0.5, 1.0, *np.zeros(SIZE)]), factor=np.diag(root), noise=0.1, shape=10.0, offset=0.5
    )


def make_evidence(raters: int = 200, each: int = 30, seed: int = 0) -> Evidence:
    """Let raters differ strongly along one direction of z, hardly elsewhere; bias 0.1 apart."""
    rng = np.random.default_rng(seed)
    phi = np.column_stack([np.ones(raters * each), rng.normal(0, 0.1, raters * each), np.zeros((raters * each, SIZE))])
    phi[:, 2:] = 0.3 * rng.standard_normal((raters * each, SIZE))
    weights = np.zeros((raters, 2 + SIZE))
    weights[:, 0], weights[:, 1] = 0.5 + 0.1 * rng.standard_normal(raters), 1.0
    weights[:, 2:] = 0.05 * rng.standard_normal((raters, SIZE))
    weights[:, 2] += rng.standard_normal(raters)
    value = (phi * np.repeat(weights, each, axis=0)).sum(axis=1) + np.sqrt(NOISE) * rng.standard_normal(len(phi))
    edges = np.arange(0, raters * each + 1, each)
    design = DesignRows(z=phi[:, 2:], image=np.arange(len(phi)), centred=phi[:, 1], factors=phi[:, :0])
    return Evidence(phi=design, value=value, extra=np.zeros(len(phi)), weight=np.ones(len(phi)), edges=edges)


def test_many_raters_free_the_direction_in_which_they_differ_and_shrink_the_others() -> None:
    head = fit_head(make_head(), make_evidence(), strength=1.0)
    spread = np.diag(head.factor @ head.factor.T)[2:]
    assert spread[0] == pytest.approx(1.0, abs=0.25)
    assert spread[1:].max() < 0.15
    assert head.noise == pytest.approx(NOISE, rel=0.2)


def test_an_infinite_strength_keeps_the_structure_and_still_learns_the_noise() -> None:
    head = fit_head(make_head(), make_evidence(), strength=np.inf)
    assert np.diag(head.factor) == pytest.approx(np.diag(make_head().factor))
    assert head.noise < 0.06


def test_a_prior_with_free_directions_predicts_new_raters_better() -> None:
    learners, strangers = make_evidence(), make_evidence(seed=1)
    few, rest = strangers.few(5, np.random.default_rng(0)), strangers

    def error(strength: float) -> float:
        head = fit_head(make_head(), learners, strength=strength)
        tastes = posteriors(head, few)
        pairs = zip(tastes, rest.raters(), strict=True)
        return float(
            np.mean([np.square(rest.value[rows] - rest.phi[rows] @ taste.mean).mean() for taste, rows in pairs])
        )

    assert error(1.0) < error(100.0) < error(np.inf)


def test_a_rater_without_ratings_keeps_the_prior() -> None:
    head, nobody = make_head(), make_evidence(raters=3).few(0, np.random.default_rng(0))
    assert all(np.array_equal(taste.mean, prior_of(head).mean) for taste in posteriors(head, nobody))
