"""A generator that is asked no faster, and no more often, than somebody allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PIL import Image

from scoring.generators.base import BudgetSpentError, Generator, ImageRequest


class PacedGenerator:
    """Spreads requests over time, and stops once so many pictures were asked for; zero means no bound.

    `asked` are those that a run which is taken up again had asked for before.
    """

    def __init__(
        self,
        generator: Generator,
        *,
        per_minute: int,
        most: int,
        asked: int = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._generator = generator
        self._pause = 60.0 / per_minute if per_minute else 0.0
        self._most = most
        self._sleep = sleep
        self._asked = asked

    @property
    def name(self) -> str:
        """Give the name of the generator behind."""
        return self._generator.name

    @property
    def key(self) -> str:
        """Give the key of the generator behind."""
        return self._generator.key

    def generate(self, requests: Sequence[ImageRequest]) -> list[Image.Image]:
        """Draw every request in order, or raise a `BudgetSpentError` before the first."""
        if self._most and self._asked + len(requests) > self._most:
            raise BudgetSpentError(
                f"This run may have {self._most} pictures drawn, and {self._asked} are: raise PICTURES_PER_RUN, "
                "or ask for fewer iterations or variants"
            )
        if self._asked:
            self._sleep(self._pause * len(requests))
        self._asked += len(requests)
        return self._generator.generate(requests)
