"""A card shows what its author allows, and nothing that is still to be rated unless they chose it."""

import pytest

from ratings.choices import AssignmentKind, CardPictures, Design, OffReason
from ratings.models import Image, Pair, Study
from ratings.registry import designs
from ratings.selectors.card_pictures import card_pictures
from ratings.selectors.favourites import favourites_of
from ratings.services.taking_off import take_off
from ratings.tests.factories import make_image, make_pair, make_participation, make_rating, make_study, make_study_image
from ratings.tests.migrating import former_database

pytestmark = pytest.mark.django_db


def on_card(study: Study) -> list[Image]:
    return card_pictures(studies=[study])[study.pk]


def test_by_default_a_card_shows_up_to_four_practice_pictures_and_no_other() -> None:
    study = make_study()
    practised = [make_study_image(study=study, is_practice=True, shuffle=number / 10) for number in range(5)]
    make_study_image(study=study, shuffle=0.05)
    make_study_image(study=study, is_practice=True, is_active=False, shuffle=0.01)
    make_study_image(study=study, is_practice=True, attention_value=3, shuffle=0.02)
    assert on_card(study) == [entry.image for entry in practised[:4]]


def test_pictures_chosen_for_the_card_stand_there_instead_of_practice_pictures() -> None:
    study = make_study()
    make_study_image(study=study, is_practice=True, shuffle=0.1)
    chosen = [make_study_image(study=study, is_on_card=True, shuffle=share) for share in (0.3, 0.2)]
    assert on_card(study) == [chosen[1].image, chosen[0].image]


@pytest.mark.parametrize(("setting", "count"), [(CardPictures.CHOSEN, 0), (CardPictures.NONE, 0)])
def test_where_nothing_was_chosen_or_nothing_may_be_shown_a_card_has_no_picture(
    setting: CardPictures, count: int
) -> None:
    study = make_study(card_pictures=setting)
    make_study_image(study=study, is_practice=True)
    assert len(on_card(study)) == count


def test_a_study_without_pictures_on_its_card_shows_not_even_chosen_ones() -> None:
    study = make_study(card_pictures=CardPictures.NONE)
    make_study_image(study=study, is_on_card=True)
    assert on_card(study) == []


@pytest.mark.parametrize("design", [name for name, plan in designs().items() if plan.family.item is Pair])
def test_chosen_pictures_of_comparisons_which_their_pairs_hand_out_stand_on_the_card(design: Design) -> None:
    pair = make_pair(study=make_study(design=design))
    assert on_card(pair.study) == []
    pair.study.study_images.filter(image=pair.image_b).update(is_on_card=True)
    assert on_card(pair.study) == [pair.image_b]


def test_a_chosen_picture_that_was_taken_off_its_study_leaves_the_card() -> None:
    study = make_study()
    chosen = [make_study_image(study=study, is_on_card=True, shuffle=share) for share in (0.1, 0.2)]
    take_off(study=study, images=[chosen[0].image_id], reason=OffReason.HARMFUL, words="", actor=None)
    assert on_card(study) == [chosen[1].image]


def test_an_unlisted_study_shows_only_pictures_that_were_chosen() -> None:
    study = make_study(is_listed=False)
    make_study_image(study=study, is_practice=True)
    assert on_card(study) == []
    chosen = make_study_image(study=study, is_on_card=True)
    assert on_card(study) == [chosen.image]


def test_each_card_has_pictures_of_its_own_study() -> None:
    first, second = make_study(), make_study()
    image = make_image()
    make_study_image(study=first, image=image, is_on_card=True)
    make_study_image(study=second, image=image)
    assert card_pictures(studies=[first, second]) == {first.pk: [image], second.pk: []}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_cards_of_studies_from_before_stay_without_pictures() -> None:
    with former_database(("ratings", "0022_one_expiry_task")) as database:
        apps = database.migrate(("ratings", "0022_one_expiry_task"))
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0026_card_pictures"))
        assert database.rows("SELECT card_pictures FROM ratings_study") == [("none",)]


def test_favourites_are_the_liked_pictures_of_this_part_the_best_and_newest_first() -> None:
    participation = make_participation(study=make_study(scale_min=1, scale_max=5))
    study = participation.study
    ratings = [
        make_rating(participation=participation, study_image=make_study_image(study=study), value=value)
        for value in (5, 3, 4, 5, 1)
    ]
    make_rating(
        participation=participation, value=5, assignment={"kind": AssignmentKind.PRACTICE, "state": "rated"}
    )  # practice does not count
    make_rating(value=5)  # somebody else's
    best = [ratings[3].image, ratings[0].image, ratings[2].image]
    assert favourites_of(participation=participation) == best
