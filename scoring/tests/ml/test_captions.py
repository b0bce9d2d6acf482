"""Captions of a study's pictures tell whether another picture shows what it should."""

import numpy as np

from scoring.ml.encoders.text import encode_ngrams
from scoring.ml.features.captions import ENOUGH, learn_captions, unit

SUBJECTS = (
    *("a red barn", "two sleeping cats", "the harbour wall", "an empty theatre", "old mountain railway"),
    *("garden in snow", "blue glass jug", "jazz quartet", "desert camels", "a runway model"),
)
WIDTH = 64


def pictures(rng: np.random.Generator, each: int) -> tuple[np.ndarray, list[str]]:
    """Make features in which the subject shows, and style shows as much."""
    looks = rng.standard_normal((len(SUBJECTS), WIDTH))
    names = [subject for subject in SUBJECTS for _ in range(each)]
    features = np.repeat(looks, each, axis=0) + rng.standard_normal((len(names), WIDTH))
    return features.astype(np.float32), names


def test_a_picture_of_the_subject_fits_and_one_of_another_does_not() -> None:
    features, names = pictures(np.random.default_rng(1), 30)
    learned = np.arange(len(names)) % 3 > 0
    captions = learn_captions(features[learned], encode_ngrams(names)[learned])
    fits = captions.fits(encode_ngrams(SUBJECTS[:1])[0], features[~learned])
    own = np.array([name == SUBJECTS[0] for name in names])[~learned]
    assert (fits[own] >= ENOUGH).all()
    assert (fits[~own] < ENOUGH).mean() > 0.55  # by chance half
    assert fits[~own].mean() < fits[own].min()


def test_captions_about_the_same_do_not_count_as_others() -> None:
    features, names = pictures(np.random.default_rng(2), 12)
    captions = learn_captions(features, encode_ngrams(names))
    first = captions.fits(encode_ngrams([SUBJECTS[1]])[0], features[12:24])
    assert first.min() == 1.0  # twelve captions say the very same, and none of them beats it


def test_where_all_captions_are_alike_every_picture_fits() -> None:
    captions = learn_captions(np.eye(4, dtype=np.float32), encode_ngrams(["a barn", "a barn", "a barn", "a barn"]))
    assert captions.fits(encode_ngrams(["a barn"])[0], np.eye(4, dtype=np.float32)).tolist() == [1.0] * 4


def test_rows_get_unit_length_and_an_empty_one_stays_empty() -> None:
    assert np.allclose(unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0.0, 0.0]])
