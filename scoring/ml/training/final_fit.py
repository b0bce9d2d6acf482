"""Make a reward model of a draft: learn how raters differ, then everything that remains jointly."""

from dataclasses import dataclass, replace

import numpy as np

from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.linear.backbone import Consensus, LinearBackbone, Projection, SeenImages
from scoring.ml.linear.fit import LinearDraft, learned_head, profile_effects
from scoring.ml.reward import RewardModel
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.marginal_likelihood import (
    ConsensusPrior,
    JointConsensus,
    Observations,
    RaterPosterior,
    joint_consensus,
    rater_posteriors,
)
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.taste.prior import Evidence, posteriors

FOLLOWING = 0.2, 3.0  # bounds on how closely a rater is first thought to follow the consensus


@dataclass(frozen=True, kw_only=True)
class _WeightLayout:
    """Hold where the weights of a learned prior stand among all weights: (1, consensus, z, factors, unknown)."""

    learned: Ints  # of level, agreement, learned directions and factors
    tastes: int  # weights in all but those of what is unknown of the consensus
    unknown: int

    def mean(self, head: TasteHead) -> Floats:
        """Spread the learned mean out; all other weights are expected to be zero."""
        found = np.zeros(self.tastes + self.unknown)
        found[self.learned] = head.mean
        return found

    def factor(self, head: TasteHead) -> Floats:
        """Put the learned covariance into one that keeps the structure, the identity, elsewhere."""
        found = np.eye(self.tastes + self.unknown)
        found[np.ix_(self.learned, self.learned)] = head.factor
        return found


def fit_final_model(draft: LinearDraft, *, encoder_key: str) -> RewardModel:
    """Learn the prior of tastes; then consensus and tastes in one posterior."""
    head = learned_head(draft)
    early = posteriors(head, draft.evidence)
    effects = profile_effects(draft, head, early)
    backbone = replace(draft.backbone, taste=_full(draft))
    layout = _layout(draft, backbone)
    tastes = replace(layout, unknown=0)
    said = _observations(draft, backbone, head, early)
    said = replace(said, factor=tastes.factor(head))
    del early  # half a gigabyte for ten thousand raters
    found = joint_consensus(_prior(draft, backbone), said, size=layout.unknown)
    layout = replace(layout, unknown=found.directions.shape[1])
    wide = replace(
        head,
        mean=layout.mean(head),
        factor=layout.factor(head),
        profile_effects={
            question: {answer: _in_all_weights(shift, layout) for answer, shift in answers.items()}
            for question, answers in effects.items()
        },
    )
    keys = draft.ground.snapshot.raters.keys
    counts = np.diff(draft.evidence.edges).tolist()
    known = zip(draft.raters.tolist(), rater_posteriors(found, said), counts, strict=True)
    return RewardModel(
        encoder_key=encoder_key,
        backbone=replace(backbone, consensus=_consensus(draft, found)),
        head=wide,
        known_raters={keys[rater]: _taste(wide, person, count) for rater, person, count in known},
    )


def _full(draft: LinearDraft) -> Projection:
    division, settings = draft.backbone.division, draft.settings
    return replace(division, rotation=division.rotation[:, : settings.taste_size])


def _layout(draft: LinearDraft, backbone: LinearBackbone) -> _WeightLayout:
    own, learned, factors = (
        backbone.taste.rotation.shape[1],
        draft.backbone.taste.rotation.shape[1],
        len(backbone.factors),
    )
    places = np.concatenate([np.arange(2 + learned), 2 + own + np.arange(factors)])
    return _WeightLayout(learned=places, tastes=2 + own + factors, unknown=draft.settings.unknown_size)


def _observations(
    draft: LinearDraft, backbone: LinearBackbone, head: TasteHead, early: list[TastePosterior]
) -> Observations:
    """Return what each rating adds to the rater's expected level and agreement."""
    evidence, ground = draft.evidence, draft.ground
    _, coarse = draft.backbone.taste.apply(ground.of_images)
    z, fine = backbone.taste.apply(ground.of_images)
    phi = replace(evidence.phi, z=z)
    extra = evidence.extra - draft.consensus_variance - (coarse - fine)[phi.image]
    follow = np.clip([taste.mean[1] for taste in early], *FOLLOWING)
    own = np.repeat(follow, np.diff(evidence.edges))
    value = evidence.value - head.mean[0] - (head.mean[1] - own) * phi.centred
    return Observations(
        evidence=Evidence(
            phi=phi, value=value, extra=np.maximum(extra, 0.0), weight=evidence.weight, edges=evidence.edges
        ),
        image=np.searchsorted(ground.rated, phi.image),
        noise=head.noise,
        factor=np.zeros((0, 0)),
        spread=np.array([taste.spread for taste in early]),
        follow=follow,
    )


def _prior(draft: LinearDraft, backbone: LinearBackbone) -> ConsensusPrior:
    image_variance = backbone.consensus.regression.image_variance
    return ConsensusPrior(x=draft.basis.x, tau=image_variance + draft.basis.left_out)


def _consensus(draft: LinearDraft, found: JointConsensus) -> Consensus:
    """Put the joint posterior in the form of a backbone."""
    offset, regression = draft.head.offset, draft.backbone.consensus.regression
    keys = draft.ground.snapshot.images.keys
    return Consensus(
        regression=replace(regression, intercept=offset, weights=found.weights, factor=found.factor),
        directions=found.directions,
        seen=SeenImages(
            keys=tuple(keys[row] for row in draft.ground.rated),
            mean=offset + found.mean,
            variance=np.maximum(found.variance - np.square(found.reach).sum(axis=1), 0.0),
            reach=found.reach,
        ),
    )


def _in_all_weights(shift: Floats, layout: _WeightLayout) -> Floats:
    found = np.zeros(layout.tastes + layout.unknown)
    found[layout.learned] = shift
    return found


def _taste(head: TasteHead, person: RaterPosterior, count: int) -> TastePosterior:
    """Give a rater's posterior; what is unknown of the consensus is as unknown for all, whatever their spread."""
    shape, rate = head.shape + 0.5 * count, head.shape - 1.0 + 0.5 * person.energy
    root = np.sqrt(rate / (shape - 1.0))
    size, unknown = len(person.mean), person.pull.shape[1]
    factor = np.zeros((size + unknown, size + unknown))
    factor[:size, :size] = person.factor
    factor[:size, size:] = -person.pull / root
    factor[size:, size:] = np.eye(unknown) / root
    mean = head.mean.copy()
    mean[:size] += person.mean
    return TastePosterior(mean=mean, factor=factor, shape=shape, rate=rate, count=count)
