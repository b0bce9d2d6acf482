"""Choices of a study's raters as the arrays that the model code reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from ratings.models import Study
from ratings.values.comparisons import LOST, TIED
from scoring.ml.data.games import GameList, GameSnapshot
from scoring.pipeline.inputs.arrays import image_arrays, rater_arrays
from scoring.selectors.choices import ChoiceRow, StudyChoices
from scoring.selectors.images import images_of_model


@dataclass(frozen=True, kw_only=True)
class StudyGames:
    """A study of choices as arrays, and where its rows went."""

    study: Study
    snapshot: GameSnapshot  # with the games that are learned
    test: GameList  # and those that are kept out, by raters of the snapshot
    raters: tuple[UUID, ...]
    images: Mapping[UUID, int]


def study_games(*, study: Study, choices: StudyChoices, encoder_key: str) -> StudyGames:
    """Give everything that a training run on choices reads; games of an image without an embedding are left out."""
    shown = {image for row in (*choices.learnable, *choices.test) for image in row.shown}
    described = images_of_model(study_id=study.pk, images=shown)
    arrays = image_arrays(images=described, encoder_key=encoder_key)
    place = {key: row for row, key in enumerate(arrays.keys)}
    images = {image.image_id: place[image.key] for image in described if image.key in place}
    raters = tuple(sorted({row.participation_id for row in choices.learnable}))
    learned = game_list(choices.learnable, raters=raters, images=images)
    return StudyGames(
        study=study,
        snapshot=GameSnapshot(images=arrays, raters=rater_arrays(participations=raters), games=learned),
        test=game_list(choices.test, raters=raters, images=images),
        raters=raters,
        images=images,
    )


def game_list(rows: Sequence[ChoiceRow], *, raters: Sequence[UUID], images: Mapping[UUID, int]) -> GameList:
    """Give the games between known images by these raters; a screen is a choice."""
    place = {key: row for row, key in enumerate(raters)}
    found: list[tuple[int, int, int, int, bool]] = []
    for screen, row in enumerate(rows):
        if row.participation_id not in place:
            continue
        for game in row.games:
            one, other = images.get(row.shown[game.one]), images.get(row.shown[game.other])
            if one is not None and other is not None:
                better, worse = (other, one) if game.score == LOST else (one, other)
                found.append((place[row.participation_id], screen, better, worse, game.score == TIED))
    columns = np.array(found, np.int64).reshape(-1, 5).T
    return GameList(
        rater=columns[0], screen=columns[1], better=columns[2], worse=columns[3], is_tied=columns[4].astype(bool)
    )
