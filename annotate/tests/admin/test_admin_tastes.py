"""What the admin shows of tastes: what divides raters, one rater's leanings, and the model card."""

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from scoring.models import ModelVersion
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.taste_profiles import dividing_images, portrait_of
from scoring.selectors.cards import model_card
from scoring.tests.learning import Person, make_served_study, make_world, small_model, trained_version

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("torch")]


def loved() -> list[bool]:
    """Say of each image of a served study on which side it is."""
    _, seen = small_model()
    along = seen.z[:, 1] + seen.z[:, 2]
    return [bool(side) for side in along > np.median(along)]


@pytest.fixture
def person() -> Person:
    """Have somebody rate half of a served study, loving one side of what tastes differ in and hating the other."""
    world = make_served_study()
    someone = world.add_rater()
    for row, is_loved in list(zip(world.rows, loved(), strict=True))[:30]:
        rating = someone.rate(row, value=5 if is_loved else 1)
    learn.learn_from_raters(participation_ids=[rating.participation_id])
    return someone


def test_a_portrait_puts_what_a_rater_loves_first_and_sets_kindness_aside(person: Person) -> None:
    portrait = portrait_of(person.participation, ModelVersion.objects.get())
    assert portrait is not None
    leanings = [leaning.leaning for leaning in portrait.leanings]
    assert leanings == sorted(leanings, reverse=True)
    assert sum(leanings) == pytest.approx(0, abs=1e-6)
    side = dict(zip((row.image_id for row in person.world.rows), loved(), strict=True))
    unseen = {row.image_id for row in person.world.rows[30:]}
    asked = [leaning.image_id for leaning in portrait.leanings if leaning.image_id in unseen]
    assert sum(side[image] for image in asked[:8]) >= 6
    assert sum(side[image] for image in asked[-8:]) <= 2


def test_the_taste_page_shows_pictures_and_its_data_downloads(researcher: Client, person: Person) -> None:
    page = researcher.get(reverse("admin:ratings_participation_taste", args=[person.participation.pk]))
    assert page.status_code == 200
    assert "Liked more than others do" in page.content.decode()
    url = reverse("admin:ratings_participation_taste_data", args=[person.participation.pk, "csv"])
    header, *rows = researcher.get(url).content.decode().splitlines()
    assert header == "image_id,expected,everybody,leaning,sd"
    assert len(rows) == 60


def test_the_taste_page_of_somebody_new_says_that_there_is_nothing_yet(researcher: Client) -> None:
    newcomer = make_served_study().add_rater()
    page = researcher.get(reverse("admin:ratings_participation_taste", args=[newcomer.participation.pk]))
    assert "Nothing to show yet" in page.content.decode()
    url = reverse("admin:ratings_participation_taste_data", args=[newcomer.participation.pk, "csv"])
    assert researcher.get(url).status_code == 404


def test_a_taste_is_shown_to_nobody_without_permission(onlooker: Client, person: Person) -> None:
    for name, arguments in (("taste", []), ("taste_data", ["csv"])):
        url = reverse(f"admin:ratings_participation_{name}", args=[person.participation.pk, *arguments])
        assert onlooker.get(url).status_code in {302, 403, 404}


def test_a_trained_version_shows_what_divides_raters_and_hands_out_its_card(researcher: Client) -> None:
    world = make_world(raters=8, each=30)
    version = trained_version(world.study)
    spreads = [row["spread"] for row in version.metrics["dividing"]]
    assert spreads == sorted(spreads, reverse=True)
    page = researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
    for words in ("What divides raters most", "Beside simpler models", "New raters", "Calibration", "Raters never met"):
        assert words in page
    card = researcher.get(reverse("admin:scoring_modelversion_card", args=[version.pk])).json()
    assert card == model_card(version=version)
    assert card["data"]["raters"] == 8
    assert card["training"]["chosen"]["without"] == []
    raters = [str(person) for person in world.study.participations.values_list("pk", flat=True)]
    assert not any(rater in str(card) for rater in raters)


def test_raters_of_one_mind_are_divided_by_nothing() -> None:
    world = make_served_study()
    model, _ = small_model()
    assert dividing_images(ModelVersion.objects.get(study=world.study), model) == []
