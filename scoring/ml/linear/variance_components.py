"""Estimate variance components: how much each kind of feature explains, by marginal likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

from scoring.ml.data.arrays import Floats

SMALLEST, LARGEST = -14.0, 2.0  # bounds on the log of a variance of ratings in [0, 1]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Hold one group of residuals e ~ N(0, sum_b v_b K_b + fixed)."""

    kernels: Floats  # (B, n, n)
    residual: Floats  # (n,)
    fixed: Floats  # variances known beforehand, (n,), or where residuals share some a covariance, (n, n)


@dataclass(frozen=True, kw_only=True)
class Usual:
    """Hold what variances usually are: their logs are about N(log variances, looseness^2)."""

    variances: Floats  # (B,)
    looseness: float


@dataclass(frozen=True, kw_only=True)
class Components:
    """Hold the estimated variances and the log likelihood that they reach."""

    variances: Floats  # (B,)
    log_likelihood: float


def fit_components(problems: Sequence[Problem], start: Floats, usual: Usual | None = None) -> Components:
    """Maximise the marginal likelihood of all problems over the shared variances v (B,), near usual ones if given."""

    def loss(logs: Floats) -> tuple[float, Floats]:
        parts = [_negative_log_likelihood(problem, np.exp(logs)) for problem in problems]
        value = sum(part[0] for part in parts)
        slope = np.sum([part[1] for part in parts], axis=0) * np.exp(logs)
        if usual is not None:
            away = (logs - np.log(usual.variances)) / usual.looseness
            value, slope = value + 0.5 * float(away @ away), slope + away / usual.looseness
        return value / len(problems), slope / len(problems)

    found = minimize(
        loss,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST, LARGEST)] * len(start),
        options={"maxiter": 40},
    )
    return Components(variances=np.exp(found.x), log_likelihood=-float(found.fun) * len(problems))


def _negative_log_likelihood(problem: Problem, variances: Floats) -> tuple[float, Floats]:
    """Return 1/2 (e' C^-1 e + log det C), in nats, and its slope in each variance."""
    total = np.tensordot(variances, problem.kernels, axes=1)
    total[np.diag_indices_from(total)] += 1e-9 + (problem.fixed if problem.fixed.ndim == 1 else 0.0)
    if problem.fixed.ndim > 1:
        total += problem.fixed
    root = cholesky(total, lower=True)
    inverse = cho_solve((root, True), np.eye(len(total)))
    solved = inverse @ problem.residual
    value = 0.5 * problem.residual @ solved + np.log(np.diag(root)).sum()
    # d/dv_b = 1/2 (tr(C^-1 K_b) - a' K_b a), a = C^-1 e
    gradient = inverse - np.outer(solved, solved)
    slope = 0.5 * np.tensordot(problem.kernels, gradient, axes=([1, 2], [0, 1]))
    return float(value), slope
