"""How well a picture fits its prompt: by the encoder's text tower, else by the captions of the study's own pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

import numpy as np

from ratings.models import Study
from scoring.ml.data.arrays import Floats, Floats32
from scoring.ml.encoders import Encoder
from scoring.ml.features.captions import ENOUGH, Captions, learn_captions
from scoring.models import FitJudge
from scoring.prompts.attributes import KEPT_SHARE, content_words, parse_prompt
from scoring.selectors.steering import captioned_vectors

FEWEST, MOST = 60, 1500  # captioned pictures that are learned from
KNOWN_IN = 3  # captions that have to say a word before it counts as known


class PromptFit(Protocol):
    """Says how well pictures fit one prompt."""

    @property
    def judge(self) -> FitJudge:
        """Name how it is measured, for the record of a run."""

    @property
    def enough(self) -> float:
        """Give the fit from which a picture fits, whatever the unsteered one's."""

    def fits(self, vectors: Floats32) -> Sequence[float | None]:
        """Give the fit of each picture; none where it cannot be measured."""


@dataclass(frozen=True, kw_only=True)
class TowerFit:
    """The cosine of picture and prompt, where the encoder sees both in one space."""

    text: Floats32
    judge: FitJudge = FitJudge.ENCODER
    enough: float = inf

    def fits(self, vectors: Floats32) -> list[float | None]:
        """Give the cosines."""
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(self.text)
        return [float(one) for one in vectors @ self.text / np.maximum(lengths, 1e-12)]


@dataclass(frozen=True, kw_only=True)
class CaptionFit:
    """The share of the study's other prompts that the picture looks less like."""

    text: Floats32
    captions: Captions
    judge: FitJudge = FitJudge.CAPTIONS
    enough: float = ENOUGH

    def fits(self, vectors: Floats32) -> list[float | None]:
        """Give the shares."""
        return [float(one) for one in self.captions.fits(self.text, vectors)]


@dataclass(frozen=True, kw_only=True)
class UnknownFit:
    """No measure of fit is available."""

    judge: FitJudge = FitJudge.NOBODY
    enough: float = inf

    def fits(self, vectors: Floats32) -> list[float | None]:
        """Give no fit for any picture."""
        return [None] * len(vectors)


def prompt_fit(*, study: Study, encoder: Encoder, prompt: str) -> PromptFit:
    """Choose how to measure whether pictures fit a prompt."""
    if encoder.is_joint:
        return TowerFit(text=encoder.encode_texts([prompt])[0])
    rows = captioned_vectors(study_id=study.pk, encoder_key=encoder.key, limit=MOST)
    subjects = [subject_of(caption) for caption, _ in rows]
    if len(rows) < FEWEST or not knows_words(prompt, subjects):
        return UnknownFit()
    vectors: Floats = np.stack([vector for _, vector in rows])
    captions = learn_captions(vectors.astype(np.float32), encoder.encode_texts(subjects))
    return CaptionFit(text=encoder.encode_texts([subject_of(prompt)])[0], captions=captions)


def subject_of(prompt: str) -> str:
    """Give what a prompt is about, without the attributes that a search moves."""
    return parse_prompt(prompt).subject


def knows_words(prompt: str, subjects: Sequence[str]) -> bool:
    """Tell whether nearly all words of a prompt's subject stand in several captions."""
    words = content_words(subject_of(prompt))
    said = [content_words(subject) for subject in subjects]
    known = sum(sum(word in caption for caption in said) >= KNOWN_IN for word in words)
    return bool(words) and known >= KEPT_SHARE * len(words)
