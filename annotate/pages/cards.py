"""Studies as cards: how long they take, which pictures they show, and how far the visitor is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotate.api.serializers import described_image
from ratings.choices import ParticipationState
from ratings.models import Participation, Rater, Rating, Study, TextSighting
from ratings.registry import practice_of
from ratings.selectors.card_pictures import card_pictures
from ratings.selectors.favourites import favourites_of
from ratings.selectors.own_records import OwnRecord, own_records
from ratings.selectors.participations import participations_of
from ratings.selectors.quality import median_seconds
from ratings.selectors.texts import agreements_of
from ratings.values.languages import LANGUAGES
from ratings.values.study_costs import USUAL_SECONDS
from scoring.selectors.versions import ratings_learned


@dataclass(frozen=True, kw_only=True)
class StudyCard:
    """A study on the first page."""

    study: Study
    minutes: int
    pictures: list[dict[str, Any]]
    participation: Participation | None

    @property
    def is_complete(self) -> bool:
        """Tell whether the visitor has finished it."""
        return self.participation is not None and self.participation.state == ParticipationState.COMPLETE

    @property
    def rank(self) -> int:
        """Give the place among the cards: first what was begun, last what is done."""
        if self.participation is None:
            return 1
        return 2 if self.is_complete else 0


def minutes(study: Study) -> int:
    """Give how long a rater of one study will be busy."""
    return minutes_by_study([study])[study.pk]


def minutes_by_study(studies: Sequence[Study]) -> dict[int, int]:
    """Give how long a rater will be busy: as the consent states it, else by the median answer, else by a usual one."""
    measured = median_seconds(studies=studies)
    return {
        study.pk: study.duration_minutes
        or max(1, round(measured.get(study.pk, USUAL_SECONDS) * (study.quota + practice_of(study)) / 60))
        for study in studies
    }


def study_cards(*, studies: Sequence[Study], rater: Rater | None) -> list[StudyCard]:
    """Give the cards of studies in the order in which the visitor would want them."""
    pictures, busy = card_pictures(studies=studies), minutes_by_study(studies)
    parts = {part.study_id: part for part in participations_of(rater=rater)} if rater else {}
    cards = [
        StudyCard(
            study=study,
            minutes=busy[study.pk],
            pictures=[described_image(image) for image in pictures[study.pk]],
            participation=parts.get(study.pk),
        )
        for study in studies
    ]
    return sorted(cards, key=lambda card: card.rank)


def pictures_of(study: Study) -> list[dict[str, Any]]:
    """Give the pictures on one study's page."""
    return [described_image(image) for image in card_pictures(studies=[study])[study.pk]]


def favourites(participation: Participation) -> list[dict[str, Any]]:
    """Give the pictures that a rater liked best."""
    return [described_image(image) for image in favourites_of(participation=participation)]


@dataclass(frozen=True, kw_only=True)
class RecordCard:
    """What is stored of somebody's part in a study, as they read it."""

    language: str
    figures: OwnRecord
    learned: int  # ratings, of which their taste was learned
    answers: list[dict[str, Any]]
    agreements: list[TextSighting]  # the newest first, with the words


def record_cards(participations: Sequence[Participation]) -> dict[UUID, RecordCard]:
    """Give what is stored of each part."""
    learned = ratings_learned(participations=participations)
    agreements = agreements_of(participations=participations)
    return {
        part.pk: RecordCard(
            language=LANGUAGES[part.language],
            figures=figures,
            learned=learned.get(part.pk, 0),
            answers=[shown_answer(rating) for rating in figures.newest],
            agreements=agreements[part.pk],
        )
        for part, figures in zip(participations, own_records(participations=participations).values(), strict=True)
    }


def shown_answer(rating: Rating) -> dict[str, Any]:
    """Give one rating with its picture, small; without it where it was taken off the study."""
    return {
        "picture": None if rating.assignment.study_image.off_at else described_image(rating.image),
        "value": f"{rating.value:g}",
        "seconds": None if rating.response_ms is None else rating.response_ms / 1000,
        "at": rating.created_at,
    }
