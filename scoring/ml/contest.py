"""Try kinds and forms of the model on images and raters held out, and choose by likelihood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scoring.ml.data import Floats, Ints, Ratings, Snapshot, rows_by
from scoring.ml.factors import with_factors
from scoring.ml.head import Evidence, TasteForm, posteriors
from scoring.ml.linear_fit import Draft, LinearSettings, draft_linear, finish_draft
from scoring.ml.network import NetworkBackbone
from scoring.ml.network_fit import NetworkSettings, TrainedNetwork
from scoring.ml.reward import Backbone, Prediction, Representation, RewardModel
from scoring.ml.taste import TastePosterior
from scoring.ml.together import train_network

Family = Literal["linear", "network"]
Tell = Callable[[float], None]  # hears the share done, may raise to cancel
HELD_OUT = 0.2  # share of the images, and of the raters, that the choice is made on
FEWEST_RATERS = 10  # below, nobody can be spared from learning how raters differ
FOLDS, MANY_IMAGES = 3, 1500  # of fewer images several parts are held out in turn: one says too little
SHOTS = (5, 10, 25)  # ratings known of a held-out rater
MEDIAN_WIDTH = 1.2815515655446004  # standard deviations on each side of an 80 % interval


@dataclass(frozen=True, kw_only=True)
class FamilyDraft:
    """Hold a draft of one family, and the network that it stands on, if any."""

    family: Family
    draft: Draft
    trained: TrainedNetwork | None

    @property
    def backbone(self) -> Backbone:
        """Return what represents images."""
        linear = self.draft.backbone
        return linear if self.trained is None else NetworkBackbone(network=self.trained.network, linear=linear)

    def finish(self, form: TasteForm, *, encoder_key: str, learners: Ints | None = None) -> RewardModel:
        """Learn the taste prior from raters."""
        model = finish_draft(self.draft, form, encoder_key=encoder_key, learners=learners)
        return replace(model, backbone=self.backbone)

    def with_factors(self, learners: Ints | None = None) -> "FamilyDraft | None":
        """Add collaborative factors, learned from all raters or those at the places of `learners`."""
        places = np.arange(len(self.draft.raters)) if learners is None else learners
        widened = with_factors(self.draft, places)
        return None if widened is None else replace(self, draft=widened)


def draft_family(
    family: Family, snapshot: Snapshot, bounds: tuple[LinearSettings, NetworkSettings], tell: Tell
) -> FamilyDraft:
    """Fit what does not depend on the form of the taste prior."""
    if family == "linear":
        return FamilyDraft(family=family, draft=draft_linear(snapshot, bounds[0]), trained=None)
    trained = train_network(snapshot, bounds[1], tell)
    extended = replace(snapshot, images=trained.network.extend(snapshot.images))
    draft = draft_linear(extended, bounds[0], trained.watched)
    return FamilyDraft(family=family, draft=draft, trained=trained)


def hold_out_images(snapshot: Snapshot, *, seed: int) -> list[tuple[Ratings, Ratings]]:
    """Split the ratings by image: most to learn from, some to choose by, all of these of the first set.

    Of few images, three different parts are held out in turn.
    """
    ratings = snapshot.ratings
    own = ratings.dataset == 0
    rated = np.unique(ratings.image[own])
    count = max(1, round(HELD_OUT * len(rated)))
    order = np.random.default_rng(seed).permutation(rated)
    folds = FOLDS if FOLDS * count <= len(rated) <= MANY_IMAGES else 1
    parts = [np.isin(ratings.image, order[count * fold : count * (fold + 1)]) for fold in range(folds)]
    return [(ratings.take(~away), ratings.take(away & own)) for away in parts]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Name a kind of model: the family, with collaborative factors or without, and the form of its taste prior."""

    family: Family
    factors: bool
    form: TasteForm


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Hold how one candidate did on held-out images."""

    candidate: Candidate
    scores: Floats  # (ratings asked for,), weighted log likelihood, in nats

    @property
    def score(self) -> float:
        """Return the mean log likelihood, in nats per rating."""
        return float(self.scores.mean())


@dataclass(frozen=True, kw_only=True)
class Exam:
    """Hold a draft, and the questions to its models: ratings of images that it has not seen.

    A fifth of the raters teach no form how raters differ. They are new to it, and are asked
    about after a few of their ratings, also about images that others have rated; the others
    after all of theirs. These three parts count alike.
    """

    drafted: FamilyDraft
    held_out: Ratings
    images: Representation  # of all images
    judges: Ints  # places in the draft's raters
    learners: Ints

    @classmethod
    def of(cls, drafted: FamilyDraft, snapshot: Snapshot, held_out: Ratings, seed: int) -> "Exam":
        """Hold raters out, where there are enough of them."""
        asked = np.flatnonzero(np.isin(drafted.draft.raters, held_out.rater))
        spared = round(HELD_OUT * len(asked)) if len(asked) >= FEWEST_RATERS else 0
        judges = np.sort(np.random.default_rng(seed).permutation(asked)[:spared])
        return cls(
            drafted=drafted,
            held_out=held_out,
            images=drafted.backbone.represent(snapshot.images),
            judges=judges,
            learners=np.setdiff1d(np.arange(len(drafted.draft.raters)), judges),
        )

    def with_factors(self, snapshot: Snapshot) -> "Exam | None":
        """Ask the same of models with collaborative factors; None where there are none."""
        widened = self.drafted.with_factors(self.learners)
        if widened is None:
            return None
        return replace(self, drafted=widened, images=widened.backbone.represent(snapshot.images))

    def scores(self, form: TasteForm) -> Floats:
        """Finish the draft in this form, and ask; return the weighted log likelihood of each rating `asked`, in nats.

        The score is log N(e - mean of e by this rater; 0, v) with one v for all: a rater's level is
        learned by every form alike, and intervals are calibrated later; what decides is the order.
        """
        model = self.drafted.finish(form, encoder_key="", learners=self.learners)
        answers = [answer for part in self._parts() for answer in self._answers(model, *part)] + self._rest(model)
        total = sum(float(one.weight.sum()) for one in answers)
        spread = sum(float((one.weight * np.square(one.error)).sum()) for one in answers)
        variance = max(spread / max(total, 1e-12), 1e-12)
        scores = np.zeros(len(self.asked()))
        for one in answers:
            scores[one.rows] -= 0.5 * one.weight * (np.square(one.error) / variance + np.log(2 * np.pi * variance))
        return np.asarray(scores * len(scores) / max(total, 1e-12))

    def asked(self) -> Ints:
        """Return the image of each rating asked for: those held out, then those of judges on other images."""
        draft = self.drafted.draft
        ratings = draft.ground.snapshot.ratings
        others = ratings.take(np.argsort(ratings.rater, kind="stable"))
        return np.concatenate([self.held_out.image, others.image[np.isin(others.rater, draft.raters[self.judges])]])

    def _rest(self, model: RewardModel) -> list["_Answer"]:
        """Ask judges about images that others have rated: all but the few that they are known from."""
        if not len(self.judges):
            return []
        rng, found = np.random.default_rng(0), []
        own = self.drafted.draft.evidence.of(self.judges)
        for shot in SHOTS:
            drawn = [rng.permutation(np.arange(part.start, part.stop)) for part in own.raters()]
            tastes = posteriors(model.head, own.pick([rows[:shot] for rows in drawn]))
            rest = [rows[shot:] for rows in drawn]
            rows = np.concatenate(rest)
            mean = np.concatenate([own.phi[part] @ taste.mean for part, taste in zip(rest, tastes, strict=True)])
            rater = np.repeat(np.arange(len(rest)), [len(part) for part in rest])
            error = _without_level(rater, own.value[rows] - mean) if len(rows) else mean
            weight = np.full(len(rows), 1.0 / max(len(rows) * len(SHOTS), 1))
            found.append(_Answer(rows=rows + len(self.held_out), error=error, weight=weight))
        return found

    def _parts(self) -> list[tuple[Ints, tuple[int | None, ...]]]:
        """Return who is asked about, and known from how many ratings."""
        parts: list[tuple[Ints, tuple[int | None, ...]]] = [(self.learners, (None,)), (self.judges, (*SHOTS, None))]
        return [(places, shots) for places, shots in parts if len(places)]

    def _answers(self, model: RewardModel, places: Ints, shots: tuple[int | None, ...]) -> list["_Answer"]:
        """Predict for these raters; all their weights together are one."""
        rng, found = np.random.default_rng(0), []
        own, raters = self.drafted.draft.evidence.of(places), self.drafted.draft.raters[places].tolist()
        for shot in shots:
            tastes = dict(zip(raters, posteriors(model.head, few(own, shot, rng)), strict=True))
            prediction = predict_rows(model, self.images, self.held_out, tastes)
            rows = np.flatnonzero(np.isfinite(prediction.mean))
            error = _without_level(self.held_out.rater[rows], self.held_out.value[rows] - prediction.mean[rows])
            weight = np.full(len(rows), 1.0 / max(len(rows) * len(shots), 1))
            found.append(_Answer(rows=rows, error=error, weight=weight))
        return found

    def surprises(self, form: TasteForm) -> Floats:
        """Return |error| / sd of predictions by everybody's taste, known from none, a few and all of their ratings."""
        model = self.drafted.finish(form, encoder_key="", learners=self.learners)
        rng, ratios = np.random.default_rng(0), []
        draft = self.drafted.draft
        for shot in (0, *SHOTS, 2 * SHOTS[-1], None):
            tastes = dict(
                zip(draft.raters.tolist(), posteriors(model.head, few(draft.evidence, shot, rng)), strict=True)
            )
            found = predict_rows(model, self.images, self.held_out, tastes)
            ratios.append(np.abs(self.held_out.value - found.mean) / found.sd)
        together = np.concatenate(ratios)
        return together[np.isfinite(together)]


def calibration(exams: Sequence[Exam], form: TasteForm) -> float:
    """Return the factor on every sd that makes 80 % intervals hold four fifths of the held-out ratings."""
    surprises = np.concatenate([exam.surprises(form) for exam in exams])
    if not len(surprises):
        return 1.0
    return float(np.clip(np.quantile(surprises, 0.8) / MEDIAN_WIDTH, 0.5, 2.0))


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """Hold one round of predictions of some held-out ratings."""

    rows: Ints  # of the ratings asked for
    error: Floats  # less the mean error with this rater
    weight: Floats


def _without_level(rater: Ints, error: Floats) -> Floats:
    count = np.maximum(np.bincount(rater), 1)
    return np.asarray(error - (np.bincount(rater, error) / count)[rater])


def few(evidence: Evidence, shots: int | None, rng: np.random.Generator) -> Evidence:
    """Return so many ratings of every rater, all for None."""
    return evidence if shots is None else evidence.few(shots, rng)


def predict_rows(
    model: RewardModel, images: Representation, ratings: Ratings, tastes: dict[int, TastePosterior]
) -> Prediction:
    """Predict ratings of these images; NaN for a rater without taste."""
    mean, sd = np.full(len(ratings), np.nan), np.full(len(ratings), np.nan)
    for rater, rows in rows_by(ratings.rater).items():
        if rater in tastes:
            found = model.predict(images.take(ratings.image[rows]), tastes[rater])
            mean[rows], sd[rows] = found.mean, found.sd
    return Prediction(mean=mean, sd=sd)


def choose_trial(trials: Sequence[Trial], asked: Ints) -> Trial:
    """Return the likeliest linear trial, unless a network is better beyond chance.

    `asked` is the image of each rating asked for. A network is tried on the first of them only, and
    these are few: it must lead there by a standard error over images.
    """
    linear = [trial for trial in trials if trial.candidate.family == "linear"]
    best = max(linear or trials, key=lambda trial: trial.score)
    networks = [trial for trial in trials if trial.candidate.family == "network"]
    if not linear or not networks:
        return best
    rival = max(networks, key=lambda trial: trial.score)
    lead = rival.scores - best.scores[: len(rival.scores)]
    _, image = np.unique(asked[: len(lead)], return_inverse=True)
    by_image = np.bincount(image, lead) / np.bincount(image)
    error = float(by_image.std() / np.sqrt(len(by_image)))
    return rival if float(by_image.mean()) > error else best
