"""A study of choices that can be learned from: pictures with made-up vectors, and raters whose tastes are known."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ratings.choices import Answer, Design
from ratings.models import Choice, Pair, Participation
from ratings.tests.factories import make_choice, make_pair
from scoring.tests.learning import Person, World, make_world


@dataclass(frozen=True, kw_only=True)
class ChoosingWorld:
    """A study whose raters choose, of two pictures or among several, and its pictures."""

    world: World

    def add_chooser(self, *, each: int, size: int = 2) -> Participation:
        """Enrol somebody with a taste of their own, who answers so many comparisons."""
        person = self.world.add_rater()
        for _ in range(each):
            self.choose(person, size=size)
        return person.participation

    def choose(self, person: Person, *, size: int = 2) -> Choice:
        """Let somebody compare pictures that are drawn, by what they like and some noise."""
        rng, rows = self.world.rng, self.world.rows
        places = rng.choice(len(rows), size, replace=False)
        images = [rows[place].image for place in places]
        value = [self.liking(person.weights, image.pk) for image in images]
        return make_choice(participation=person.participation, pair=self.pair(images), answer=answer(value))

    def pair(self, images: list[Any]) -> Pair:
        """Put pictures beside each other."""
        named = {f"image_{side}": image for side, image in zip("abcde", images, strict=False)}
        named |= {f"condition_{side}": side for side in "abcde"[: len(images)]}
        return make_pair(study=self.world.study, **named)

    def liking(self, weights: Any, image: Any) -> float:
        """Say how much somebody likes a picture now, with the noise of one opinion."""
        look = self.world.looks[image]
        return float(0.2 * look[0] + 0.4 * weights @ look + 0.3 * self.world.rng.standard_normal())


def answer(value: list[float]) -> str:
    """Say which picture was preferred of two, or the best and the worst of more."""
    best, worst = int(np.argmax(value)), int(np.argmin(value))
    if len(value) > 2:
        return f"{best + 1}>{worst + 1}"
    return Answer.RIGHT if best else Answer.LEFT


def make_choosing_world(*, raters: int = 6, each: int = 24, images: int = 24, **study: Any) -> ChoosingWorld:
    """Make an open study of choices that some raters have answered."""
    fields = {"design": Design.PAIRWISE, **study}
    found = ChoosingWorld(world=make_world(images=images, **fields))
    size = 4 if fields["design"] == Design.BEST_WORST else 2
    for _ in range(raters):
        found.add_chooser(each=each, size=size)
    return found
