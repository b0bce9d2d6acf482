"""What the admin shows of tastes: what divides raters, one rater's leanings, and the model card."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.stores import disk
from annotate.tests.api.test_api_staff import STUDIES, script_of
from ratings.choices import JobState
from ratings.tasks import run_job
from ratings.tests.factories import make_api_key, make_staff, make_study
from scoring.models import ModelVersion, TasteProfile
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.live import loaded_model
from scoring.pipeline.serving.taste_profiles import dividing_images, rating_of
from scoring.selectors.cards import model_card
from scoring.services.taste_profiles import request_taste_profile
from scoring.tests.factories import make_version
from scoring.tests.learning import Person, make_served_study, make_world, small_model, trained_version

pytestmark = pytest.mark.django_db


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


def computed(person: Person) -> TasteProfile:
    """Have the worker compare a taste, as its task does."""
    profile = request_taste_profile(participation=person.participation, requested_by=None)
    assert profile is not None
    run_job(profile._meta.label, profile.pk)
    profile.refresh_from_db()
    return profile


def page_of(client: Client, person: Person) -> str:
    """Give the taste page."""
    return client.get(taste_url(person)).content.decode()


def taste_url(person: Person, view: str = "taste", *arguments: str) -> str:
    """Give the address of the page, or of its data."""
    return reverse(f"admin:ratings_participation_{view}", args=[person.participation.pk, *arguments])


def test_a_profile_puts_what_a_rater_loves_first_and_sets_the_mean_difference_aside(person: Person) -> None:
    profile = computed(person)
    assert profile.state == JobState.READY
    assert (profile.model_version, profile.rating_count) == (ModelVersion.objects.get(), 30)
    differences = [difference for _, _, _, difference, _ in profile.images]
    assert differences == sorted(differences, reverse=True)
    assert sum(differences) == pytest.approx(0, abs=60 * 5e-5)  # of 60 images, each rounded to four digits
    side = dict(zip((str(row.image_id) for row in person.world.rows), loved(), strict=True))
    unseen = {str(row.image_id) for row in person.world.rows[30:]}
    asked = [image for image, *_ in profile.images if image in unseen]
    assert sum(side[image] for image in asked[:8]) >= 6
    assert sum(side[image] for image in asked[-8:]) <= 2


def test_the_page_of_a_taste_runs_no_model_and_shows_what_a_worker_stored(
    researcher: Client, person: Person, settings: LazySettings, tmp_path: Path
) -> None:
    profile = computed(person)
    TasteProfile.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    settings.STORAGES = {**settings.STORAGES, "models": disk("models", folder=tmp_path / "none")}  # where no model lies
    loaded_model.cache_clear()
    page = page_of(researcher, person)
    for words in ("Liked more than others do", "Computed 3\N{NO-BREAK SPACE}hours ago", "Compute again"):
        assert words in page
    assert "has gone live since" not in page
    header, *rows = researcher.get(taste_url(person, "taste_data", "csv")).content.decode().splitlines()
    assert header == "image_id,expected,everybody,leaning,sd"
    assert rows[0] == ",".join(str(cell) for cell in profile.images[0])
    assert len(rows) == 60


def test_the_button_asks_a_worker_once_and_the_page_shows_how_far_it_is(researcher: Client, person: Person) -> None:
    assert "Nothing to show yet" in page_of(researcher, person)
    for _ in range(2):
        answer = researcher.post(taste_url(person))
        assert answer.headers["Location"] == taste_url(person)
    asked = TasteProfile.objects.get()
    assert (asked.state, asked.requested_by is not None) == (JobState.QUEUED, True)
    page = page_of(researcher, person)
    assert f'data-progress-url="{taste_url(person, "taste_progress")}"' in page
    assert "js/admin-progress" in page  # which follows it, and reloads the page at the end
    assert researcher.get(taste_url(person, "taste_progress")).json()["is_active"]
    run_job(asked._meta.label, asked.pk)
    assert not researcher.get(taste_url(person, "taste_progress")).json()["is_active"]
    assert "Liked more than others do" in page_of(researcher, person)


def test_a_script_asks_a_worker_once_and_reads_what_the_page_shows(person: Person) -> None:
    part = person.participation
    script = script_of(group="rater manager")
    path = f"{STUDIES}/{part.study.slug}/participants/{part.rater}/taste"
    nothing = script.get(path).json()
    assert (nothing["computed_at"], nothing["images"], nothing["is_being_computed"]) == (None, [], False)
    for _ in range(2):
        asked = script.post(path)
        assert (asked.status_code, asked.json()["is_being_computed"]) == (202, True)
    profile = TasteProfile.objects.get()
    assert str(profile.requested_by) == "script-rater-manager"
    run_job(profile._meta.label, profile.pk)
    profile.refresh_from_db()
    found = script.get(path).json()
    assert (found["model_version"], found["ratings"], found["news"], found["error"]) == ("v1", 30, "", "")
    image, expected, everybody, difference, sd = profile.images[0]
    first = {"image": image, "expected": expected, "everybody": everybody, "difference": difference, "sd": sd}
    assert (found["images"][0], len(found["images"])) == (first, 60)


def test_a_script_without_the_right_to_look_at_models_reads_no_taste(person: Person) -> None:
    user = make_staff("half")
    rights = ("view_study", "view_participation")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    part, script = person.participation, Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})
    refused = script.get(f"{STUDIES}/{part.study.slug}/participants/{part.rater_id}/taste")
    assert (refused.status_code, "scoring.view_modelversion" in refused.json()["message"]) == (403, True)


def test_a_newer_profile_replaces_the_former_and_an_outdated_one_says_so(researcher: Client, person: Person) -> None:
    former = computed(person)
    person.rate(person.world.rows[40], value=3)
    learn.learn_from_raters(participation_ids=[person.participation.pk])
    assert "By now the model has learned from 31 ratings." in page_of(researcher, person)
    newer = computed(person)
    assert list(TasteProfile.objects.values_list("pk", flat=True)) == [newer.pk]
    assert newer.pk != former.pk
    assert "By now" not in page_of(researcher, person)


def test_a_profile_of_somebody_new_fails_with_the_reason_and_nothing_is_offered(researcher: Client) -> None:
    newcomer = make_served_study().add_rater()
    page = page_of(researcher, newcomer)
    assert "Nothing to show yet" in page
    assert "Compute" not in page
    assert researcher.get(taste_url(newcomer, "taste_data", "csv")).status_code == 404
    assert researcher.get(taste_url(newcomer, "taste_progress")).status_code == 404
    failed = computed(newcomer)
    assert (failed.state, failed.error_code) == (JobState.FAILED, "no_model")
    assert failed.error in page_of(researcher, newcomer)


def test_a_taste_is_shown_to_nobody_without_permission(onlooker: Client, person: Person) -> None:
    for name, arguments in (("taste", []), ("taste_data", ["csv"]), ("taste_progress", [])):
        url = reverse(f"admin:ratings_participation_{name}", args=[person.participation.pk, *arguments])
        assert onlooker.get(url).status_code in {302, 403, 404}
        assert onlooker.post(url).status_code in {302, 403, 404}
    assert not TasteProfile.objects.exists()


def test_an_expected_rating_is_no_value_beyond_the_scale() -> None:
    version = make_version(study=make_study(scale_min=1, scale_max=5))
    assert [rating_of(version, share) for share in (-0.1, 0.5, 1.1)] == [1, 3, 5]


@pytest.mark.slow
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
