"""Games between two images that raters' choices imply, as arrays, and one snapshot of them to train on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.ml.data.arrays import Floats, Images, Ints, Raters

Flags = NDArray[np.bool_]


def needed_games(better: Ints, worse: Ints, is_tied: Flags) -> Flags:
    """Tell which games (G,) do not follow from two others: with a above b and b above c, a is above c."""
    won = set(zip(better[~is_tied].tolist(), worse[~is_tied].tolist(), strict=True))
    below: dict[int, set[int]] = {}
    for high, low in won:
        below.setdefault(high, set()).add(low)
    implied = {(high, low) for high, mid in won for low in below.get(mid, ())}
    pairs = zip(better.tolist(), worse.tolist(), is_tied.tolist(), strict=True)
    return np.array([tied or (high, low) not in implied for high, low, tied in pairs], bool)


@dataclass(frozen=True, kw_only=True)
class GameList:
    """Hold G games between two images, as indices; games of one screen share its number, and the noise of its images.

    A tie names its two in either order.
    """

    rater: Ints  # (G,)
    screen: Ints  # (G,)
    better: Ints  # (G,), rows of images
    worse: Ints  # (G,)
    is_tied: Flags  # (G,)

    def __len__(self) -> int:
        """Count the games."""
        return len(self.better)

    def take(self, rows: Flags | Ints) -> "GameList":
        """Return these games."""
        return GameList(
            rater=self.rater[rows],
            screen=self.screen[rows],
            better=self.better[rows],
            worse=self.worse[rows],
            is_tied=self.is_tied[rows],
        )

    def without_implied(self) -> "GameList":
        """Leave out what other games of the same screen imply."""
        places = self.screen * (1 + max(self.better.max(initial=0), self.worse.max(initial=0)))
        return self.take(needed_games(places + self.better, places + self.worse, self.is_tied))

    def by_rater(self) -> "GameList":
        """Return the same in the order of raters."""
        return self.take(np.argsort(self.rater, kind="stable"))

    def parts(self) -> Iterator["GameList"]:
        """Return the games of each rater, where they are in the order of raters."""
        _, starts = np.unique(self.rater, return_index=True)
        for rows in np.split(np.arange(len(self)), starts[1:]) if len(self) else []:
            yield self.take(rows)

    def images(self) -> Ints:
        """Return the images that were compared, in order."""
        return np.union1d(self.better, self.worse)

    def differences(self, rows: Floats) -> Floats:
        """Return what the better has more than the worse, (G, ...) of (N, ...)."""
        return np.asarray(rows[self.better] - rows[self.worse])

    def shared(self, noise: Floats) -> Floats:
        """Return A diag(noise) A', (G, G), with A the signs of the images (N,) that every two games share."""
        better, worse = self.better[:, None], self.worse[:, None]
        gained = np.where(better == self.better, noise[better], 0.0) + np.where(worse == self.worse, noise[worse], 0.0)
        lost = np.where(better == self.worse, noise[better], 0.0) + np.where(worse == self.better, noise[worse], 0.0)
        return np.asarray(gained - lost)

    def screen_noise(self, noise: Floats) -> Floats:
        """Return the covariance of the games' noise, (G, G): that of an image is drawn again on every screen."""
        return np.where(self.screen[:, None] == self.screen, self.shared(noise), 0.0)


@dataclass(frozen=True, kw_only=True)
class GameSnapshot:
    """Hold everything that one training run from choices reads."""

    images: Images
    raters: Raters
    games: GameList

    def with_games(self, games: GameList) -> "GameSnapshot":
        """Return the same images and raters under other games."""
        return replace(self, games=games)

    def digest(self) -> str:
        """Return the SHA-256 of all content: equal digests train equal models."""
        state = hashlib.sha256(b"games")
        games = self.games
        arrays = (games.rater, games.screen, games.better, games.worse, games.is_tied)
        for array in (self.images.features, self.images.prompt_features, *arrays):
            state.update(repr((array.dtype.str, array.shape)).encode())
            state.update(np.ascontiguousarray(array).tobytes())
        columns = (sorted(self.images.metadata.items()), sorted(self.raters.profile.items()))
        state.update(repr((self.images.keys, self.raters.keys, columns)).encode())
        return state.hexdigest()
