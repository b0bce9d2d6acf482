"""Learn over raters how tastes differ: the prior of a taste, the noise, the spread of scales."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cholesky
from scipy.optimize import minimize
from scipy.special import gammaln

from scoring.ml.data.arrays import Categories, Floats, Ints
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.posterior import TastePosterior

STEPS = 12
REFRESH = 4  # steps after which the ratings are weighted again with the noise that was found
MOST_ALIKE = 1000.0  # shape of the spread prior above which all raters have the same spread


@dataclass(frozen=True, kw_only=True)
class DesignRows:
    """Hold the design rows (1, consensus - offset, z) of R ratings without z once for each of them.

    Written out, the rows of 10^7 ratings take 5 GiB; here they are made for one rater at a time.
    """

    z: Floats  # (N, d), of images
    image: Ints  # (R,), rows of z
    centred: Floats  # (R,), consensus less offset
    factors: Floats  # (R, q), of the image, without what this very rating says of them

    def __getitem__(self, rows: slice | Ints) -> Floats:
        """Write out some rows, (n, 2 + d + q)."""
        centred = self.centred[rows]
        return np.column_stack([np.ones(len(centred)), centred, self.z[self.image[rows]], self.factors[rows]])

    def pick(self, rows: Ints) -> "DesignRows":
        """Return some rows, still not written out."""
        return DesignRows(z=self.z, image=self.image[rows], centred=self.centred[rows], factors=self.factors[rows])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Hold the ratings by rater: rows of one rater are consecutive."""

    phi: DesignRows  # (R, k)
    value: Floats  # (R,)
    extra: Floats  # (R,), noise variance beyond that of the head, per image
    weight: Floats  # (R,)
    edges: Ints  # (raters + 1,), rows edges[r]:edges[r + 1] are rater r's

    def raters(self) -> Iterator[slice]:
        """Return the rows of each rater."""
        for start, stop in zip(self.edges[:-1], self.edges[1:], strict=True):
            yield slice(int(start), int(stop))

    def of(self, places: Ints) -> "Evidence":
        """Return the ratings of the raters at these places."""
        slices = list(self.raters())
        return self.pick([np.arange(slices[place].start, slices[place].stop) for place in places])

    def pick(self, rows: list[Ints]) -> "Evidence":
        """Return some rows of each rater, one array per rater."""
        chosen = np.concatenate(rows)
        return Evidence(
            phi=self.phi.pick(chosen),
            value=self.value[chosen],
            extra=self.extra[chosen],
            weight=self.weight[chosen],
            edges=np.cumsum([0, *(len(part) for part in rows)]),
        )

    def few(self, shots: int, rng: np.random.Generator) -> "Evidence":
        """Return at most `shots` ratings of every rater, drawn at random."""
        drawn = [rng.permutation(np.arange(part.start, part.stop))[:shots] for part in self.raters()]
        return self.pick(drawn)


def prior_of(head: TasteHead) -> TastePosterior:
    """Return the taste of a rater of whom nothing is known."""
    return TastePosterior(mean=head.mean, factor=head.factor, shape=head.shape, rate=head.shape - 1.0)


def fit_head(start: TasteHead, evidence: Evidence, *, strength: float) -> TasteHead:
    """Improve the prior by EM; its structure counts as so many raters."""
    head, base = start, start.factor @ start.factor.T
    for step in range(STEPS):
        if step % REFRESH == 0:
            known = _summed(head, evidence)
        head = _maximise(head, known, base=base, strength=strength)
    return head


def posteriors(head: TasteHead, evidence: Evidence) -> list[TastePosterior]:
    """Return every rater's posterior under this head."""
    prior = prior_of(head)
    found = []
    for rows in evidence.raters():
        noise = (head.noise + evidence.extra[rows]) / evidence.weight[rows]
        found.append(prior.update_many(evidence.phi[rows], evidence.value[rows], noise))
    return found


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Hold what EM needs of each rater: moments of design rows and ratings, by inverse noise."""

    gram: Floats  # (raters, k, k), phi' N^-1 phi
    cross: Floats  # (raters, k), phi' N^-1 y
    energy: Floats  # (raters,), y' N^-1 y
    count: Floats  # (raters,)
    noise: float  # of the head that N was computed with
    extra: float  # mean of the noise beyond that


def _summed(head: TasteHead, evidence: Evidence) -> _Sums:
    inverse = evidence.weight / (head.noise + evidence.extra)
    gram, cross, energy = [], [], []
    for part in evidence.raters():
        phi, value = evidence.phi[part], evidence.value[part]
        weighted = phi * inverse[part, None]
        gram.append(weighted.T @ phi)
        cross.append(weighted.T @ value)
        energy.append(value @ (inverse[part] * value))
    return _Sums(
        gram=np.array(gram),
        cross=np.array(cross),
        energy=np.array(energy),
        count=np.diff(evidence.edges).astype(np.float64),
        noise=head.noise,
        extra=float(np.average(evidence.extra, weights=evidence.weight)),
    )


def _maximise(head: TasteHead, known: _Sums, *, base: Floats, strength: float) -> TasteHead:
    """Take one EM step; each rater counts by the inverse of the spread of their scale.

    For one rater, with G, h, e the sums: V = (S^-1 + G)^-1, m = V (h + S^-1 mean), and
    b = a0 - 1 + (e - 2 m'h + m'Gm + (m - mean)' S^-1 (m - mean)) / 2.
    """
    inverse = np.linalg.inv(head.factor @ head.factor.T)
    covariance = np.linalg.inv(inverse + known.gram)  # (raters, k, k)
    means = np.einsum("rij,rj->ri", covariance, known.cross + inverse @ head.mean)
    away = means - head.mean
    residual = known.energy - 2.0 * (means * known.cross).sum(axis=1)
    residual += np.einsum("ri,rij,rj->r", means, known.gram, means)
    energy = np.maximum(residual + ((away @ inverse) * away).sum(axis=1), 0.0)
    precision = (head.shape + known.count / 2) / (head.shape - 1.0 + energy / 2)
    centre = head.mean.copy()
    centre[:2] = np.average(means[:, :2], axis=0, weights=precision)
    centred = (means - centre) * np.sqrt(precision)[:, None]
    scatter = (centred.T @ centred + covariance.sum(axis=0)) / len(means)
    shape, grown = _fit_spread(known.count, energy)
    factor = cholesky(_shaped(grown * scatter, base, strength, len(means)) + 1e-12 * np.eye(len(scatter)), lower=True)
    quadratic = (covariance * known.gram).sum(axis=(1, 2))
    grown *= float((precision * np.maximum(residual, 0.0) + quadratic).sum() / known.count.sum())
    noise = grown * (known.noise + known.extra) - known.extra
    return replace(
        head,
        mean=centre,
        factor=factor,
        noise=max(noise, 0.05 * known.noise),
        shape=shape,
    )


def _shaped(scatter: Floats, base: Floats, strength: float, raters: int) -> Floats:
    """Blend what was found with the structure, which counts as `strength` raters."""
    share = 1.0 if np.isinf(strength) else strength / (strength + raters)
    return np.asarray(share * base + (1.0 - share) * scatter)


def _fit_spread(count: Floats, energy: Floats) -> tuple[float, float]:
    """Maximise the marginal likelihood over shape and mean of the inverse gamma on the squared spread.

    The model keeps the mean at one; what is found here goes into noise and tastes instead, or the
    spread would hide a noise that started too high, and EM would not move it (Liu 1998, PX-EM).
    """

    def loss(logs: Floats) -> float:
        shape = 1.0 + np.exp(logs[0])
        rate = (shape - 1.0) * np.exp(logs[1])
        after = shape + count / 2
        terms = gammaln(after) - gammaln(shape) + shape * np.log(rate)
        return -float((terms - after * np.log(rate + energy / 2)).mean())

    bounds = [(np.log(0.5), np.log(MOST_ALIKE)), (-2.0, 2.0)]
    best = minimize(loss, np.array([np.log(5.0), 0.0]), method="L-BFGS-B", bounds=bounds)
    return float(1.0 + np.exp(best.x[0])), float(np.exp(best.x[1]))


def fit_profile_effects(
    head: TasteHead, tastes: list[TastePosterior], profile: Categories
) -> dict[str, dict[str, Floats]]:
    """Learn how far answers shift the prior mean, each question shrunk by its own evidence."""
    means = np.array([taste.mean - head.mean for taste in tastes])  # (raters, k)
    if len(means) < 10:
        return {}
    spread = means.T @ means / len(means)
    spread += 1e-3 * np.trace(spread) / len(spread) * np.eye(len(spread))
    whiten = np.linalg.inv(cholesky(spread, lower=True))
    left, effects = means, {}
    for question, column in sorted(profile.items()):
        groups = _groups(column)
        share = _between_share(left @ whiten.T, groups)
        if share == 0.0:
            continue
        shift = {answer: share / (share + 1.0 / len(rows)) * left[rows].mean(axis=0) for answer, rows in groups.items()}
        left = left.copy()
        for answer, rows in groups.items():
            left[rows] -= shift[answer]
        effects[question] = shift
    return effects


def _groups(column: tuple[str, ...]) -> dict[str, Ints]:
    answers = np.array(column)
    return {name: np.flatnonzero(answers == name) for name in sorted(set(column)) if name}


def _between_share(white: Floats, groups: Mapping[str, Ints]) -> float:
    """Choose the share of taste variance between answers that the group means make likeliest."""
    shares = (0.0, 0.01, 0.03, 0.1, 0.3)
    width = white.shape[1]
    scores = []
    for share in shares:
        variances = np.array([share + 1.0 / len(rows) for rows in groups.values()])
        energy = np.array([np.square(white[rows].mean(axis=0)).sum() for rows in groups.values()])
        scores.append(-0.5 * float((width * np.log(variances) + energy / variances).sum()))
    return shares[int(np.argmax(scores))]
