"""Try steering on simulated raters whose taste the model never sees, for the benchmark."""

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from scoring.generators.base import ImageRequest
from scoring.generators.cached import CachedGenerator
from scoring.generators.demo import (
    DemoPrompt,
    Taste,
    demo_prompts,
    liking_of,
    noisy_opinion,
    own_liking,
    shared_liking,
)
from scoring.generators.sketch_generator import SketchGenerator
from scoring.ml.data.arrays import Floats, Floats32, Images, Raters, Ratings, Snapshot
from scoring.ml.encoders import Encoder, build_encoder, encode_images
from scoring.ml.evaluation.metrics import bootstrap_mean
from scoring.ml.features.captions import ENOUGH, Captions, learn_captions
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.ml.training.fit import fit_reward
from scoring.models import SteeringMode
from scoring.pipeline.steering.prompt_fit import subject_of
from scoring.prompts.attributes import parse_prompt, write_prompt
from scoring.sketch.painter import has_same_scene
from scoring.steering import LEAST_FIT, Judged, Liking, Search, SearchPlan, SearchTrial, best_per_iteration
from scoring.writers.attributes_writer import AttributesWriter

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class TrialSize:
    """Bound the work of a trial."""

    pictures: int = 240  # that ratings are given of
    teachers: int = 24  # raters whom the model is trained on
    ratings_each: int = 60
    learners: int = 64  # raters for whom pictures are steered
    levels: tuple[int, ...] = (0, 10, 25, 50, 100)  # ratings given before steering
    prompts: int = 16
    prompts_each: int = 2  # steered for each learner
    iterations: int = 5
    variants: int = 6
    side: int = 128
    seed: int = 11


@dataclass(frozen=True, kw_only=True)
class SteeringOutcome:
    """How well one picture is truly liked by one rater, after each iteration of the search that found it."""

    mode: SteeringMode
    level: int  # ratings given by the rater whom the picture was made for
    rater: int
    prompt: int
    liking: tuple[float, ...]
    best: str  # the prompt that the search settled on


@dataclass(frozen=True, kw_only=True)
class RefusalRates:
    """How often the guard of the prompt's subject refuses a picture, by whose subject the picture shows."""

    own: float  # refused though it shows the prompt's subject
    near: float  # caught: another subject of the same domain
    far: float  # caught: a subject of another domain


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """What a trial found."""

    outcomes: list[SteeringOutcome]
    refusal_rates: RefusalRates


@dataclass(kw_only=True)
class TrialPictures:
    """Draws pictures and encodes them; each request is drawn once."""

    size: TrialSize
    encoder: Encoder
    generator: CachedGenerator
    captions: Captions | None = None  # of the pictures that were rated
    vectors: dict[ImageRequest, Floats32] = field(default_factory=dict)

    def images(self, requests: Sequence[ImageRequest]) -> Images:
        """Give drawn pictures as arrays."""
        missing = [request for request in dict.fromkeys(requests) if request not in self.vectors]
        if missing:
            pictures = self.generator.generate(missing)
            self.vectors |= dict(zip(missing, encode_images(self.encoder, pictures), strict=True))
        shown = [parse_prompt(request.prompt).completed() for request in requests]  # as a run describes sketches
        return Images(
            keys=tuple(f"{request.seed} {request.prompt}" for request in requests),
            features=np.stack([self.vectors[request] for request in requests]),
            prompt_features=self.encoder.encode_texts([write_prompt(one) for one in shown]),
            metadata={"domain": tuple(one.domain for one in shown)},
            parts=self.encoder.image_parts,
        )

    def fits(self, prompt: str, requests: Sequence[ImageRequest]) -> Floats:
        """Say how well drawn pictures fit a prompt."""
        assert self.captions is not None  # noqa: S101 - learned before the first search
        text = self.encoder.encode_texts([subject_of(prompt)])[0]
        return self.captions.fits(text, np.stack([self.vectors[request] for request in requests]))

    def request(self, prompt: str, seed: int) -> ImageRequest:
        """Ask for a picture of the trial's size."""
        return ImageRequest(prompt=prompt, seed=seed, width=self.size.side, height=self.size.side)


def try_steering(size: TrialSize, *, tell: Tell, cache: Path | None = None) -> TrialResult:
    """Train on some raters, then steer for others, at several numbers of ratings; give true likings.

    A picture made for *another* is one that the search found for another rater with the same prompt and as many
    ratings. All raters judge the pictures of every prompt, but for those made for themselves, which take a search
    each: of those there are a few. The model sees each taste through noisy ratings alone.
    """
    with tempfile.TemporaryDirectory(prefix="pamela-steering-") as folder:
        generator = CachedGenerator(SketchGenerator(), cache or Path(folder))
        pictures = TrialPictures(size=size, encoder=build_encoder(), generator=generator)
        shared = shared_liking(random.Random(size.seed))  # noqa: S311 - a simulation, repeatable on purpose
        deck = demo_prompts(count=size.pictures, seed=size.seed)
        tell(f"drawing and encoding {len(deck)} pictures")
        images = pictures.images([pictures.request(one.prompt, one.seed) for one in deck])
        tell(f"training on {size.teachers} simulated raters")
        model = trained_model(size, deck, images, shared)
        captions = pictures.encoder.encode_texts([one.parts.subject for one in deck])
        pictures.captions = learn_captions(np.asarray(images.features, np.float32), captions)
        learners = [simulated_taste(shared, size.seed, size.teachers + place) for place in range(size.learners)]
        subject = RatedDeck(model=model, deck=deck, seen=model.represent(images))
        found = list(outcomes(pictures, subject, learners, tell))
        return TrialResult(outcomes=found, refusal_rates=refusal_rates(pictures, len(deck)))


@dataclass(frozen=True, kw_only=True)
class RatedDeck:
    """The pictures that raters rate before others are steered for them, and the model of those ratings."""

    model: RewardModel
    deck: list[DemoPrompt]
    seen: RepresentedImages


def simulated_taste(shared: Taste, seed: int, place: int) -> Taste:
    """Draw the taste of a simulated rater."""
    return own_liking(shared, random.Random(f"{seed}-{place}"))  # noqa: S311


def rated(taste: Taste, deck: Sequence[DemoPrompt], count: int, seed: str) -> tuple[list[int], list[float]]:
    """Simulate ratings of so many pictures, drawn at random; a longer list begins with the shorter."""
    rng = random.Random(seed)  # noqa: S311
    order = rng.sample(range(len(deck)), len(deck))[:count]
    return order, [noisy_opinion(liking_of(taste, asdict(deck[row].parts.attributes)), rng) for row in order]


def trained_model(size: TrialSize, deck: Sequence[DemoPrompt], images: Images, shared: Taste) -> RewardModel:
    """Train on the teachers' ratings."""
    rater, image, value = [], [], []
    for place in range(size.teachers):
        rows, values = rated(simulated_taste(shared, size.seed, place), deck, size.ratings_each, f"teacher-{place}")
        rater += [place] * len(rows)
        image += rows
        value += values
    snapshot = Snapshot(
        images=images,
        raters=Raters(keys=tuple(str(place) for place in range(size.teachers))),
        ratings=Ratings.of(np.array(rater), np.array(image), np.array(value)),
    )
    return fit_reward(snapshot, encoder_key="trial").model


def outcomes(
    pictures: TrialPictures, subject: RatedDeck, learners: Sequence[Taste], tell: Tell
) -> Iterator[SteeringOutcome]:
    """Steer every prompt for its raters at each level, and have all raters judge the pictures."""
    size = pictures.size
    for number, one in enumerate(demo_prompts(count=size.prompts, seed=size.seed + 1)):
        plain = one.parts.subject
        mine = [place for place in range(size.learners) if (number - place) % size.prompts < size.prompts_each]
        everybody = search_path(pictures, subject.model, subject.model.prior(), plan_of(size, plain))
        for level in size.levels:
            tell(f"prompt {number + 1} of {size.prompts}, raters with {level} ratings")
            paths = {}
            for place in mine:
                rows, values = rated(learners[place], subject.deck, level, f"learner-{place}")
                known = subject.model.posterior(subject.seen.take(np.array(rows, np.int64)), np.array(values))
                paths[place] = search_path(pictures, subject.model, known, plan_of(size, plain)) if level else everybody
            for place, taste in enumerate(learners):
                for mode, path in judged_by(place, paths, everybody):
                    likings = tuple(liking_of(taste, attributes_of(trial.prompt)) for trial in path)
                    yield SteeringOutcome(
                        mode=mode, level=level, rater=place, prompt=number, liking=likings, best=path[-1].prompt
                    )


def judged_by(
    place: int, paths: Mapping[int, list[SearchTrial]], everybody: list[SearchTrial]
) -> Iterator[tuple[SteeringMode, list[SearchTrial]]]:
    """Give what one rater judges of a prompt: each path that a search took, and the picture that it began with."""
    yield SteeringMode.NONE, everybody[:1] * len(everybody)
    yield SteeringMode.GLOBAL, everybody
    for whose, path in paths.items():
        yield (SteeringMode.SELF if whose == place else SteeringMode.OTHER), path


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return a mean and the ends of its 95 % bootstrap interval."""
    found = bootstrap_mean(np.asarray(values, np.float64))
    return found.value, found.low, found.high


def plan_of(size: TrialSize, prompt: str) -> SearchPlan:
    """Plan a search of the trial's size."""
    return SearchPlan(prompt=prompt, iterations=size.iterations, variants=size.variants, seed=size.seed)


def search_path(
    pictures: TrialPictures, model: RewardModel, taste: TastePosterior, plan: SearchPlan
) -> list[SearchTrial]:
    """Search, and give the best after each iteration."""

    def judge(prompts: Sequence[str]) -> list[Judged]:
        requests = [pictures.request(prompt, plan.seed) for prompt in prompts]
        seen = model.represent(pictures.images(requests))
        mine, all_of_them = model.predict(seen, taste), model.predict(seen, model.prior())
        fits = pictures.fits(plan.prompt, requests)
        return [
            Judged(
                picture=prompt,
                liking=Liking(
                    mean=float(mine.mean[row]),
                    sd=float(mine.sd[row]),
                    everybody=float(all_of_them.mean[row]),
                    everybody_sd=float(np.sqrt(seen.variance[row])),
                    fit=float(fits[row]),
                ),
            )
            for row, prompt in enumerate(prompts)
        ]

    search = Search(plan=plan, writer=AttributesWriter(), judge=judge, enough_fit=ENOUGH)
    for _ in search.run():
        pass
    path = best_per_iteration(search.trials)
    return path + path[-1:] * (plan.iterations + 1 - len(path))


@lru_cache(maxsize=2**16)
def attributes_of(prompt: str) -> dict[str, str]:
    """Give what the picture of a prompt shows."""
    return asdict(parse_prompt(prompt).completed().attributes)


def refusal_rates(pictures: TrialPictures, rated: int) -> RefusalRates:
    """Measure the guard on all that was drawn, each picture against each prompt."""
    drawn = list(pictures.vectors)[rated:]
    groups: dict[str, list[ImageRequest]] = {}
    for request in drawn:
        groups.setdefault(subject_of(request.prompt), []).append(request)
    refused: dict[str, list[bool]] = {"own": [], "near": [], "far": []}
    for subject in groups:
        given = float(pictures.fits(subject, [groups[subject][0]])[0])  # the prompt as it was given is drawn first
        least = min(given - LEAST_FIT, ENOUGH)
        for other, requests in groups.items():
            which = kinship(subject, other)
            if which:
                refused[which] += list(pictures.fits(subject, requests) < least)
    return RefusalRates(**{which: float(np.mean(found)) if found else float("nan") for which, found in refused.items()})


def kinship(subject: str, other: str) -> str:
    """Say how near two subjects are: the same, of one domain or not; nothing where one scene shows both."""
    one, two = parse_prompt(subject).completed(), parse_prompt(other).completed()
    if subject == other:
        return "own"
    if one.domain != two.domain:
        return "far"
    return "" if has_same_scene(one, two) else "near"
