"""Choices between pairs teach the taste of the study's own model, or of the study that it names."""

import numpy as np
import pytest

from ratings.choices import Answer, Design, Side
from ratings.models import Choice, Participation, Study
from ratings.registry import SEVERAL_IMAGES
from ratings.services.collect import undo_answer
from ratings.tests.factories import make_choice, make_pair, make_participation, make_study
from scoring.ml.encoders import DEFAULT_KEY
from scoring.ml.taste.comparisons import ShownGames
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import Embedding, ModelVersion, Taste
from scoring.pipeline.serving import catch_up, learn
from scoring.pipeline.serving.live import stored_representation
from scoring.selectors.choices import choices_to_learn
from scoring.selectors.training import images_without_embedding
from scoring.selectors.versions import has_unseen_images, unseen_images
from scoring.tests.learning import WIDTH, Person, World, make_served_study, serve_small_model, small_model, taste_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Make a study that a model serves."""
    return make_served_study()


@pytest.fixture
def person(world: World) -> Person:
    """Enrol somebody."""
    return world.add_rater()


def compared(world: World, person: Person) -> Participation:
    """Let somebody take part in a pairwise study that teaches the served one."""
    study = make_study(design=Design.PAIRWISE, taste_from=world.study)
    return make_participation(study=study, rater=person.participation.rater)


def choose(world: World, chooser: Participation, places: tuple[int, int], answer: Answer, left: Side) -> Choice:
    one, other = (world.rows[place].image for place in places)
    return make_choice(
        participation=chooser,
        pair=make_pair(study=chooser.study, image_a=one, image_b=other),
        answer=answer,
        left=left,
    )


def liking(world: World, person: Person, place: int) -> float:
    """Say what the model now expects of one picture."""
    version = ModelVersion.objects.get()
    model, _ = small_model()
    _, seen = stored_representation(version=version, images=[world.rows[place].image_id])
    return float(model.predict(seen, taste_of(version, person)).mean[0])


def test_the_chosen_picture_is_expected_to_please_more(world: World, person: Person) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    before = liking(world, person, 0) - liking(world, person, 1)
    chooser = compared(world, person)
    choose(world, chooser, (0, 1), Answer.RIGHT, Side.B)  # the first stands on the right, and is chosen
    learn.learn_from_choices(participation_id=chooser.pk)
    assert liking(world, person, 0) - liking(world, person, 1) > before


def test_choices_follow_the_ratings_and_count_once_however_often_they_are_learned(world: World, person: Person) -> None:
    chooser = compared(world, person)
    choose(world, chooser, (0, 1), Answer.LEFT, Side.A)
    choose(world, chooser, (2, 3), Answer.TIE, Side.A)
    for _ in range(2):
        learn.learn_from_choices(participation_id=chooser.pk)
    rating = person.rate(world.rows[5], value=4)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    version = ModelVersion.objects.get()
    model, _ = small_model()
    _, rated = stored_representation(version=version, images=[rating.image_id])
    expected = model.posterior(rated, np.array([0.75]), model.prior({"age": "18-29"}))
    images = [world.rows[place].image_id for place in range(4)]
    _, shown = stored_representation(version=version, images=images)
    games = ShownGames(better=np.array([0, 2]), worse=np.array([1, 3]), is_tied=np.array([False, True]), screens=2)
    expected = model.learn_choices(expected, shown, games)
    found = taste_of(version, person)
    assert np.allclose(found.mean, expected.mean)
    assert np.allclose(found.covariance, expected.covariance)
    assert Taste.objects.get().rating_count == 1


def test_a_choice_taken_back_is_forgotten(world: World, person: Person) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    before = taste_of(ModelVersion.objects.get(), person).mean
    chooser = compared(world, person)
    choice = choose(world, chooser, (0, 1), Answer.LEFT, Side.A)
    learn.learn_from_choices(participation_id=chooser.pk)
    undo_answer(family=SEVERAL_IMAGES, participation_id=chooser.pk, nonce=choice.nonce)
    learn.learn_from_choices(participation_id=chooser.pk)
    assert np.allclose(taste_of(ModelVersion.objects.get(), person).mean, before)


def test_a_study_with_a_model_of_its_own_learns_from_its_choices(world: World, person: Person) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    before = liking(world, person, 0) - liking(world, person, 1)
    Study.objects.filter(pk=world.study.pk).update(design=Design.PAIRWISE)
    while not choices_to_learn(participation=person.participation):  # one that is not kept out to measure on
        choose(world, person.participation, (0, 1), Answer.LEFT, Side.A)
    learn.learn_from_choices(participation_id=person.participation.pk)
    assert liking(world, person, 0) - liking(world, person, 1) > before


def test_choices_without_a_part_in_the_taught_study_or_of_unseen_pictures_teach_nothing(world: World) -> None:
    stranger = make_participation(study=make_study(design=Design.PAIRWISE, taste_from=world.study))
    make_choice(participation=stranger)
    learn.learn_from_choices(participation_id=stranger.pk)
    assert not Taste.objects.exists()


def test_pictures_that_are_only_compared_are_embedded_and_shown_to_the_model_that_learns(world: World) -> None:
    pair = make_pair(study=make_study(design=Design.PAIRWISE, taste_from=world.study))
    make_pair(study=make_study(design=Design.PAIRWISE))
    version = ModelVersion.objects.get()
    waiting = images_without_embedding(encoder_key=DEFAULT_KEY, studies=[world.study.pk], limit=1000)
    assert {pair.image_a, pair.image_b} <= set(waiting)
    assert not has_unseen_images(version)
    Embedding.objects.create(image=pair.image_a, encoder_key=DEFAULT_KEY, vector=np.zeros(WIDTH))
    assert [list(images) for images in unseen_images(version=version)] == [[], [pair.image_a]]


def test_a_model_that_goes_live_learns_the_choices_that_are_there(world: World, person: Person) -> None:
    rating = person.rate(world.rows[5], value=4)
    chooser = compared(world, person)
    choose(world, chooser, (0, 1), Answer.LEFT, Side.A)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    version = serve_small_model(world)
    taste = Taste.objects.get(participation=person.participation)
    Taste.objects.create(  # as training leaves it: of ratings alone, all of which it has looked at
        model_version=version,
        participation=person.participation,
        posterior=small_model()[0].prior({"age": "18-29"}).to_bytes(),
        last_rating=taste.last_rating,
    )
    catch_up.follow_live_model(study_id=world.study.pk)
    now = Taste.objects.get(model_version=version, participation=person.participation)
    assert np.allclose(
        TastePosterior.from_bytes(bytes(now.posterior)).mean, TastePosterior.from_bytes(bytes(taste.posterior)).mean
    )


def test_choices_whose_message_was_lost_are_learned_and_forgotten_later(world: World, person: Person) -> None:
    learn.relearn_taste(participation_id=person.participation.pk)
    version = ModelVersion.objects.get()
    before = taste_of(version, person).mean
    chooser = compared(world, person)
    choice = choose(world, chooser, (0, 1), Answer.LEFT, Side.A)
    catch_up.learn_missed_ratings()
    assert not np.allclose(taste_of(version, person).mean, before)
    undo_answer(family=SEVERAL_IMAGES, participation_id=chooser.pk, nonce=choice.nonce)
    catch_up.learn_missed_ratings()
    assert np.allclose(taste_of(version, person).mean, before)
    learned = Taste.objects.get().updated_at
    catch_up.learn_missed_ratings()
    assert Taste.objects.get().updated_at == learned


def test_a_picture_that_the_model_sees_only_now_teaches_those_who_compared_it(world: World, person: Person) -> None:
    version = ModelVersion.objects.get()
    hidden = version.representations.get(image=world.rows[0].image_id)
    version.representations.filter(pk=hidden.pk).delete()
    chooser = compared(world, person)
    choose(world, chooser, (0, 1), Answer.LEFT, Side.A)
    learn.learn_from_choices(participation_id=chooser.pk)
    before = taste_of(version, person).mean
    Embedding.objects.create(image=world.rows[0].image, encoder_key=DEFAULT_KEY, vector=np.ones(WIDTH, np.float32))
    catch_up.represent_new_images(version)
    assert not np.allclose(taste_of(version, person).mean, before)


def test_choices_whose_message_was_lost_are_learned_of_somebody_of_whom_nothing_is_known_yet(
    world: World, person: Person
) -> None:
    choose(world, compared(world, person), (0, 1), Answer.LEFT, Side.A)
    catch_up.learn_missed_ratings()
    assert taste_of(ModelVersion.objects.get(), person).count == 1
