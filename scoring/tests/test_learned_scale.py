"""Which of several scales a model learns: the main one, or another that the study names; tastes follow the model."""

from uuid import uuid4

import pytest

from ratings.choices import Design
from ratings.models import Participation, Study
from ratings.tests.factories import make_choice, make_image, make_pair, make_participation, make_rating, make_study
from scoring.selectors.choices import choices_to_learn
from scoring.selectors.own_taste import own_opinions
from scoring.selectors.training import learned_scale, news_of, study_ratings

pytestmark = pytest.mark.django_db
SCALES = [{"key": "liking", "label": "Liking"}, {"key": "beauty", "label": "Beauty"}]


def rated(**fields: str) -> Participation:
    """Give a rater who rated one picture 4 on the main scale and 2 on the other."""
    part = make_participation(study=make_study(design=Design.SCALES, scales=SCALES, **fields))
    make_rating(participation=part, value=4.0, scales={"beauty": 2.0})
    return part


def learnable(study: Study) -> list[float]:
    return [row.value for row in study_ratings(study=study).learnable]


def test_the_main_scale_is_learned_unless_another_is_named() -> None:
    assert learnable(rated().study) == learnable(rated(trained_scale="liking").study) == [4.0]
    assert learnable(rated(trained_scale="beauty").study) == [2.0]
    assert [learned_scale(rated(trained_scale=key).study) for key in ("", "liking", "beauty")] == ["", "", "beauty"]


def test_a_taste_learns_on_the_scale_of_its_model() -> None:
    part = rated(trained_scale="beauty")
    for scale, value in (("", 4.0), ("beauty", 2.0)):
        news = news_of(participation=part, after=0, scale=scale)
        assert news is not None
        assert [row.value for row in news.learnable] == [value]


def test_a_picture_rated_on_the_main_scale_alone_says_nothing_of_another() -> None:
    part = rated(trained_scale="beauty")
    alone = make_rating(participation=part, value=5.0)  # made for the rater, who is asked for the main scale only
    found = study_ratings(study=part.study)
    assert ([row.value for row in found.learnable], found.elsewhere) == ([2.0], [alone.pk])
    assert found.newest[part.pk] == alone.pk
    assert [opinion.value for opinion in own_opinions(participation=part)] == [2.0]
    for scale, values in (("", [4.0, 5.0]), ("beauty", [2.0])):
        news = news_of(participation=part, after=0, scale=scale)
        assert news is not None
        assert ([row.value for row in news.learnable], news.newest) == (values, alone.pk)


def test_an_undone_rating_says_nothing_on_any_scale() -> None:
    part = rated(trained_scale="beauty")
    first = part.ratings.get()
    part.ratings.update(replaced_at=first.created_at)
    part.ratings.create(nonce=uuid4(), assignment=first.assignment, image=first.image, replaces=first)
    found = study_ratings(study=part.study)
    assert (found.learnable, found.elsewhere) == ([], [])


def test_a_choice_of_best_and_worst_teaches_the_pairs_that_it_implies() -> None:
    taught = make_participation()
    study = make_study(design=Design.BEST_WORST, taste_from=taught.study)
    part = make_participation(study=study, rater=taught.rater)
    images = {f"image_{side}": make_image() for side in "abc"}
    pair = make_pair(study=part.study, **images, condition_a="a", condition_b="b", condition_c="c")
    make_choice(participation=part, pair=pair, answer="3>1", left="b")  # b, c and a stand in this order
    one, other, third = pair.image_ids
    (row,) = choices_to_learn(participation=taught)
    assert row.shown == (other, third, one)
    won = [(game.one, game.other) if game.score else (game.other, game.one) for game in row.games]
    assert sorted(won) == [(1, 0), (2, 0), (2, 1)]  # the third shown is the best, the first the worst
