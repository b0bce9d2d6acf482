"""What raters learn of their own taste: what is sure, and nothing that could sway what they still rate."""

from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import t as student
from sklearn.datasets import load_sample_image

from ratings.choices import StudyState
from ratings.models import Study, StudyImage
from ratings.services.texts import keep_texts
from scoring.ml.encoders import DEFAULT_KEY, build_encoder, encode_images
from scoring.ml.encoders.composition import describe
from scoring.ml.encoders.measures import place_of_statistics
from scoring.ml.evaluation.taste_contrasts import contrasts, pair_accuracy
from scoring.ml.reward import RewardModel
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import Embedding, TasteProfile
from scoring.pipeline.serving import learn
from scoring.prompts.traits import theme_of, traits_of
from scoring.selectors.trait_words import words_of_trait
from scoring.services.taste_profiles import request_due_profiles
from scoring.tests.learning import WIDTH, Person, World, small_model
from scoring.tests.tastes import (
    SHOWING,
    computed,
    loved_sides,
    make_agreeing_rater,
    make_showing_study,
    rate_by_side,
)

database = pytest.mark.django_db


def images_of(pictures: list[dict[str, Any]]) -> set[str]:
    return {picture["image"] for picture in pictures}


def side_of(person: Person) -> dict[str, bool]:
    """Say of each picture, by its id, whether the person loves its side."""
    return dict(zip((str(row.image_id) for row in person.world.rows), loved_sides(), strict=True))


def keep_statistics(world: World) -> None:
    """Keep what an encoder says of pictures, of which those on the loved side are mirrored left and right."""
    ramp = np.tile(np.linspace(0, 255, 128), (128, 1))
    place = place_of_statistics(DEFAULT_KEY)
    assert place is not None
    noise = np.random.default_rng(0)
    for row, is_loved in zip(world.rows, loved_sides(), strict=True):
        pixels = np.minimum(ramp, ramp[:, ::-1]) * 2 if is_loved else ramp
        seen = Image.fromarray((pixels + noise.normal(0, 9, pixels.shape)).clip(0, 255).astype(np.uint8), "L")
        vector = np.zeros(WIDTH, np.float32)
        vector[place[0] : sum(place)] = np.concatenate(describe(seen.convert("RGB")))
        Embedding.objects.create(image=row.image, encoder_key=DEFAULT_KEY, vector=vector)


class TestReports:
    """What a worker finds."""

    pytestmark = database

    def test_it_states_the_light_that_a_rater_loves_with_an_interval_that_leaves_zero_out(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        rate_by_side(person, count=40)
        report = computed(person).report
        stated = {one["trait"]: one for one in report["statements"]}
        assert set(stated) == {"lighting:golden", "lighting:moonlight"}
        golden, moonlight = stated["lighting:golden"], stated["lighting:moonlight"]
        assert theme_of(golden["trait"]) == "light"
        assert 0 < golden["low"] < golden["difference"] < golden["high"]
        assert [golden["difference"], golden["low"]] == [-moonlight["difference"], -moonlight["high"]]
        sides = side_of(person)
        assert report["loved"]
        assert report["disliked"]
        assert all(sides[image] for image in images_of(report["loved"]))
        assert not any(sides[image] for image in images_of(report["disliked"]))

    def test_it_states_the_composition_that_a_rater_loves_where_the_encoder_keeps_what_pictures_are_like(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        StudyImage.objects.update(prompt="")
        keep_statistics(person.world)
        rate_by_side(person, count=40)
        report = computed(person).report
        assert report["traits"] == 4  # all are grey and of equal contrast: neither is there to be looked at
        stated = {one["trait"]: one for one in report["statements"]}
        assert 0 < stated["symmetry:high"]["low"] < stated["symmetry:high"]["difference"]
        assert theme_of("symmetry:high") == "composition"

    def test_it_states_the_medium_that_a_column_of_the_table_of_images_names(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        for row, is_loved in zip(person.world.rows, loved_sides(), strict=True):
            medium = "Oil painting" if is_loved else "Fresco"
            StudyImage.objects.filter(pk=row.pk).update(prompt="", metadata={"medium": medium, "generator": medium})
        rate_by_side(person, count=40)
        stated = {one["trait"]: one["difference"] > 0 for one in computed(person).report["statements"]}
        assert stated == {"medium:oil": True, "medium:Fresco": False}
        assert words_of_trait(trait="medium:oil", is_more=True) == "Oil paintings"
        assert words_of_trait(trait="medium:Fresco", is_more=False) == "“Fresco”"

    def test_it_states_the_subject_that_a_rater_loves_where_the_encoder_sees_it(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        StudyImage.objects.update(prompt="")
        photographs = [Image.fromarray(load_sample_image(name)) for name in ("flower.jpg", "china.jpg")]
        seen = encode_images(build_encoder(DEFAULT_KEY), photographs)
        for row, is_loved in zip(person.world.rows, loved_sides(), strict=True):
            Embedding.objects.create(image=row.image, encoder_key=DEFAULT_KEY, vector=seen[int(is_loved)])
        rate_by_side(person, count=40)
        stated = {one["trait"]: one["difference"] > 0 for one in computed(person).report["statements"]}
        assert stated["seen:buildings"]
        assert theme_of("seen:buildings") == "subject"
        assert words_of_trait(trait="seen:buildings", is_more=True) == "Buildings"
        for row, is_loved in zip(person.world.rows, loved_sides(), strict=True):
            StudyImage.objects.filter(pk=row.pk).update(metadata={"subject": "Temple" if is_loved else "Dahlia"})
        again = {one["trait"] for one in computed(person).report["statements"]}
        assert "subject:Temple" in again
        assert "seen:buildings" not in again  # the table of images says so already

    def test_who_still_rates_sees_only_what_they_rated_and_no_figures(self) -> None:
        person = make_agreeing_rater(make_showing_study())
        rate_by_side(person, count=30)
        rated = {str(row.image_id) for row in person.world.rows[:30]}
        report = computed(person).report
        shown = [*report["loved"], *report["disliked"], *report["further"]]
        assert images_of(shown) <= rated
        assert not any({"expected", "said", "sd"} & picture.keys() for picture in shown)
        Study.objects.update(state=StudyState.CLOSED)  # from now on nothing can be swayed
        report = computed(person).report
        shown = [*report["loved"], *report["disliked"]]
        assert all(1 <= picture["expected"] <= 5 for picture in shown)
        assert {picture["said"] for picture in shown} <= {1.0, 5.0, None}

    def test_pictures_set_aside_or_made_for_another_are_never_shown(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        rate_by_side(person, count=40)
        aside = person.world.rows[50]
        StudyImage.objects.filter(pk=aside.pk).update(is_practice=True, is_active=False, is_made=True)
        assert computed(person).report["pictures"] == 59

    def test_of_a_rater_of_no_taste_nothing_is_stated(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=12)
        for row in person.world.rows[:12]:
            person.rate(row, value=3)
        learn.learn_from_raters(participation_ids=[person.participation.pk])
        report = computed(person).report
        assert report["statements"] == []
        assert report["traits"] == 2
        assert report["further"] == []

    def test_it_is_measured_on_the_ratings_that_no_model_learned_from(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=40)
        rate_by_side(person, count=40, held_out=12)
        profile = computed(person)
        found, sides = profile.report["prediction"], loved_sides()[28:40]
        assert profile.rating_count == 28
        assert found["pictures"] == 12
        assert found["pairs"] == sum(sides) * (12 - sum(sides))
        assert found["low"] <= found["share"] <= found["high"]
        assert found["share"] > 0.75

    def test_without_an_agreement_to_it_nothing_is_worked_out(self) -> None:
        person = make_agreeing_rater(make_showing_study(shows_taste=False))
        rate_by_side(person, count=20)
        Study.objects.update(**SHOWING)
        keep_texts(study=person.world.study, actor=None)  # new texts do not make an agreement to the former
        assert computed(person).report == {}
        assert request_due_profiles(participation_ids=[person.participation.pk]) == []

    def test_a_worker_writes_one_at_the_studys_number_then_after_ten_more_and_at_the_end(self) -> None:
        person = make_agreeing_rater(make_showing_study(), quota=35)

        def due() -> int:
            return len(request_due_profiles(participation_ids=[person.participation.pk]))

        rate_by_side(person, count=9)
        assert due() == 0
        person.rate(person.world.rows[9], value=4)
        learn.learn_from_raters(participation_ids=[person.participation.pk])
        assert due() == 1
        assert due() == 0  # one is queued
        TasteProfile.objects.all().delete()
        assert computed(person).rating_count == 10
        for start, stop, expected in ((10, 19, 0), (19, 20, 1)):
            for row in person.world.rows[start:stop]:
                person.rate(row, value=4)
            learn.learn_from_raters(participation_ids=[person.participation.pk])
            assert due() == expected
        TasteProfile.objects.exclude(state="ready").delete()
        computed(person)
        for row in person.world.rows[20:35]:
            person.rate(row, value=2)
        learn.learn_from_raters(participation_ids=[person.participation.pk])
        assert due() == 1


def model_of_two() -> RewardModel:
    """Give a model of which only the head matters: two weights, and an average rater at (0.5, 1)."""
    model, _ = small_model()
    head = TasteHead(mean=np.array([0.5, 1.0]), factor=np.eye(2), noise=0.1, shape=3.0, offset=0.0)
    return RewardModel(encoder_key="offline", backbone=model.backbone, head=head)


def test_an_interval_is_students_with_the_posteriors_own_scale() -> None:
    taste = TastePosterior(mean=np.array([0.7, 1.0]), factor=np.diag([0.1, 0.3]), shape=8.0, rate=2.0, count=10)
    found = contrasts(model_of_two(), taste, np.array([[1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_allclose(found.value, [0.2, 0.0])
    half = student.ppf(0.975, 16) * 0.5 * 0.1  # sqrt(2 / 8) = 1/2
    np.testing.assert_allclose([found.low[0], found.high[0]], [0.2 - half, 0.2 + half])
    np.testing.assert_allclose(found.surety, [0.2 - half, 0.0])


def test_pairs_rated_alike_are_left_out_of_what_was_expected() -> None:
    found = pair_accuracy(np.array([1.0, 3.0, 3.0, 5.0]), np.array([0.1, 0.5, 0.4, 0.3]))
    assert found is not None
    assert found.pairs == 5  # of six, one is a tie
    assert found.share == pytest.approx(3 / 5)  # wrong: the two of threes against the five
    # Wilson's for two pairs: (0.6 + 0.9604 -+ 1.96 sqrt(0.12 + 0.2401)) / (1 + 1.9207)
    assert [found.low, found.high] == pytest.approx([0.1316, 0.9369], abs=5e-4)
    assert pair_accuracy(np.array([2.0, 2.0]), np.array([0.1, 0.9])) is None


def test_traits_are_what_prompts_state_the_domain_and_words_that_enough_pictures_share() -> None:
    prompts = ["a red vase, neon light", "a vase in fog, neon light", "hills at noon", "a boat at noon", "", ""]
    found = traits_of(
        prompts=prompts, domains=["art", "art", "art", "cinema", "", ""], columns=[{}] * 6, seen=[set()] * 6, fewest=2
    )
    assert found == {
        "domain:art": [0, 1, 2],
        "lighting:neon": [0, 1],
        "word:noon": [2, 3],
        "word:vase": [0, 1],
    }


def test_a_column_tells_more_than_the_prompt_and_only_short_words_in_columns_of_known_names() -> None:
    columns: list[dict[str, Any]] = [
        {"medium": "  Oil   on canvas "},
        {"medium": "oil"},
        {"medium": "x" * 41},
        {"medium": 3},
        {"seed": "oil"},
    ]
    found = traits_of(prompts=["ink drawing"] * 5, domains=[""] * 5, columns=columns, seen=[set()] * 5, fewest=2)
    assert found == {"medium:oil": [0, 1], "medium:ink": [2, 3, 4]}


def test_what_is_seen_counts_where_nothing_states_it_and_is_not_said_twice() -> None:
    prompts = ["a dog, ink drawing", "a dog", "a cat", "", "", ""]
    seen: list[set[str]] = [
        {"seen:pets", "medium:photo"},
        {"seen:pets", "medium:photo"},
        {"medium:photo"},
        {"seen:birds"},
        {"seen:birds"},
        {"seen:vehicles"},
    ]
    found = traits_of(prompts=prompts, domains=[""] * 6, columns=[{}] * 6, seen=seen, fewest=2)
    assert found == {
        "medium:photo": [1, 2],  # the first states another
        "seen:birds": [3, 4],
        "word:dog": [0, 1],  # and with it that pets are seen
    }
