"""Try best-of-n on simulated raters, for the benchmark: whose reward picks which of several pictures of a prompt."""

import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from scoring.generators.base import ImageRequest
from scoring.generators.cached import CachedGenerator
from scoring.generators.demo import DemoPrompt, Taste, demo_prompts, liking_of, shared_liking
from scoring.generators.sketch_generator import SketchGenerator, render_sketch
from scoring.ml.data.arrays import Floats, Images
from scoring.ml.encoders import DEFAULT_KEY, build_encoder
from scoring.ml.release import CARD, open_release, save_reference
from scoring.ml.reward import RewardModel
from scoring.ml.storage.checkpoints import save_model
from scoring.ml.taste.posterior import TastePosterior
from scoring.prompts.attributes import VOCABULARY, Attributes, PromptParts, write_prompt
from scoring.trials.steering import RatedDeck, Tell, TrialPictures, TrialSize, rated, simulated_taste, trained_model

RaterScorer: TypeAlias = Callable[[Sequence[Image.Image], str, Sequence[str]], Floats]  # pictures, prompt, R raters
EVERYBODY = "everybody"
DRAWN = 8  # pictures of a prompt
RATINGS = 50  # given by a rater before pictures are picked for them
SIZE = TrialSize(learners=8, levels=(RATINGS,), prompts=100, variants=DRAWN)


@dataclass(frozen=True, kw_only=True)
class ReleasedTrial:
    """A released model and the tastes of simulated raters, as a reward server takes them, and what they truly like."""

    release: Path
    tastes: Path  # NAME.safetensors
    liking: dict[str, Taste]  # name -> what the model never sees
    size: TrialSize


@dataclass(frozen=True, kw_only=True)
class Picks:
    """True likings (R, P) of the picture picked by R raters' own reward, by everybody's, by chance, and of the best."""

    own: Floats
    everybody: Floats
    chance: Floats
    best: Floats


def release_trial(size: TrialSize, folder: Path, *, tell: Tell) -> ReleasedTrial:
    """Train on some raters, learn the tastes of others from a few ratings, and write both into a folder."""
    with tempfile.TemporaryDirectory(prefix="pamela-best-of-") as scratch:
        generator = CachedGenerator(SketchGenerator(), Path(scratch))
        pictures = TrialPictures(size=size, encoder=build_encoder(), generator=generator)
        deck = demo_prompts(count=size.pictures, seed=size.seed)
        tell(f"drawing and encoding {len(deck)} pictures")
        images = seen_without_attributes(pictures, deck)
    shared = shared_liking(random.Random(size.seed))  # noqa: S311 - a simulation, repeatable on purpose
    tell(f"training on {size.teachers} simulated raters")
    model = trained_model(size, deck, images, shared)
    subject = RatedDeck(model=model, deck=deck, seen=model.represent(images))
    liking = {
        f"rater-{place}": simulated_taste(shared, size.seed, size.teachers + place) for place in range(size.learners)
    }
    save_release(subject, folder / "release")
    (folder / "tastes").mkdir()
    for name, taste in liking.items():
        learned = learned_taste(subject, name, taste, size.levels[0])
        (folder / "tastes" / f"{name}.safetensors").write_bytes(learned.to_bytes())
    return ReleasedTrial(release=folder / "release", tastes=folder / "tastes", liking=liking, size=size)


def seen_without_attributes(pictures: TrialPictures, deck: Sequence[DemoPrompt]) -> Images:
    """Give pictures with their subjects as prompts: how they are drawn has to be seen, as nothing says it."""
    images = pictures.images([pictures.request(one.prompt, one.seed) for one in deck])
    texts = pictures.encoder.encode_texts([one.parts.subject for one in deck])
    return Images(keys=images.keys, features=images.features, prompt_features=texts, parts=images.parts)


def save_release(subject: RatedDeck, folder: Path) -> None:
    """Write what a server needs of a release."""
    model = RewardModel(encoder_key=DEFAULT_KEY, backbone=subject.model.backbone, head=subject.model.head)
    save_model(model, folder, card={})
    card = {"study": "best-of", "version": "v1", "scale": {"min": 0.0, "max": 1.0}}
    (folder / CARD).write_text(json.dumps(card))
    save_reference(folder, subject.seen)


def learned_taste(subject: RatedDeck, name: str, taste: Taste, count: int) -> TastePosterior:
    """Learn what a rater likes from noisy ratings of so many pictures."""
    rows, values = rated(taste, subject.deck, count, name)
    return subject.model.posterior(subject.seen.take(np.array(rows, np.int64)), np.array(values))


def released_scorer(trial: ReleasedTrial) -> RaterScorer:
    """Score in this process, as the reward server does."""
    release = open_release(trial.release)
    tastes = {
        name: TastePosterior.from_bytes((trial.tastes / f"{name}.safetensors").read_bytes()) for name in trial.liking
    }
    tastes[EVERYBODY] = release.model.prior()

    def score(pictures: Sequence[Image.Image], prompt: str, raters: Sequence[str]) -> Floats:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{place}.png" for place in range(len(pictures))]
            for picture, file in zip(pictures, files, strict=True):
                picture.save(file)
            seen = release.look_at(files, [prompt] * len(files))
        return np.array([release.predict(seen, tastes[name]).mean for name in raters])

    return score


def try_best_of(trial: ReleasedTrial, score: RaterScorer, *, tell: Tell) -> Picks:
    """Draw several pictures of each prompt, have them scored for each rater and for everybody, and pick."""
    names, size = list(trial.liking), trial.size
    columns = []
    for number, one in enumerate(demo_prompts(count=size.prompts, seed=size.seed + 1)):
        tell(f"prompt {number + 1} of {size.prompts}")
        drawn = drawn_variants(one.parts, size.variants, seed=size.seed + number)
        pictures = [render_sketch(sketch_request(parts, size, place)) for place, parts in enumerate(drawn)]
        scores = score(pictures, one.parts.subject, [*names, EVERYBODY])
        likings = np.array(
            [[liking_of(taste, asdict(parts.attributes)) for parts in drawn] for taste in trial.liking.values()]
        )
        own = likings[np.arange(len(names)), scores[:-1].argmax(axis=1)]
        columns.append((own, likings[:, scores[-1].argmax()], likings.mean(axis=1), likings.max(axis=1)))
    own, everybody, chance, best = (np.array(column).T for column in zip(*columns, strict=True))
    return Picks(own=own, everybody=everybody, chance=chance, best=best)


def drawn_variants(parts: PromptParts, count: int, *, seed: int) -> list[PromptParts]:
    """Settle at random what the prompt leaves open, as a generator does from one seed to the next."""
    rng = random.Random(seed)  # noqa: S311
    values = [{name: rng.choice(list(words)) for name, words in VOCABULARY.items()} for _ in range(count)]
    return [PromptParts(subject=parts.subject, domain=parts.domain, attributes=Attributes(**one)) for one in values]


def sketch_request(parts: PromptParts, size: TrialSize, place: int) -> ImageRequest:
    """Ask for a picture of the trial's size."""
    return ImageRequest(prompt=write_prompt(parts), seed=size.seed + place, width=size.side, height=size.side)
