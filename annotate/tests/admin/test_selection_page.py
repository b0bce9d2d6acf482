"""The selection page: which policy served what, and what choosing brought."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from ratings.choices import AssignmentState, Design, Policy
from ratings.models import QueuedComparison, Study
from ratings.selectors.overview import served_by_policy
from ratings.tests.factories import (
    make_assignment,
    make_choice,
    make_images,
    make_pair,
    make_participation,
    make_study,
)
from scoring.pipeline.training.selection_curve import SelectionPair, selection_curve
from scoring.tests.factories import estimate, make_version

pytestmark = pytest.mark.django_db


def serve(study: Study, *, images: int) -> None:
    """Put images to a rater: one by coverage that was skipped, the others chosen, the last of them still waiting."""
    participation = make_participation(study=study)
    coverage, *chosen, waiting = make_images(study=study, count=images)
    make_assignment(participation=participation, study_image=coverage, state=AssignmentState.SKIPPED, propensity=0.5)
    for row in chosen:
        make_assignment(
            participation=participation,
            study_image=row,
            state=AssignmentState.RATED,
            policy=Policy.ACTIVE,
            propensity=0.25,
        )
    make_assignment(
        participation=participation, study_image=waiting, state=AssignmentState.QUEUED, policy=Policy.ACTIVE
    )


def page(client: Client, study: Study) -> str:
    """Read the page."""
    answer = client.get(reverse("admin:ratings_study_selection", args=[study.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_policy_is_counted_by_what_became_of_its_images() -> None:
    study = make_study()
    serve(study, images=5)
    active, coverage = served_by_policy(study=study)
    assert (active.policy, active.handed_out, active.rated, active.waiting) == (Policy.ACTIVE, 3, 3, 1)
    assert (coverage.policy, coverage.handed_out, coverage.skipped) == (Policy.COVERAGE, 1, 1)
    assert (active.propensity, coverage.propensity) == (0.25, 0.5)


def test_the_curve_pairs_both_ways_of_teaching_by_rater() -> None:
    pairs = [
        SelectionPair(shots=4, chosen=0.2, drawn=0.3),
        SelectionPair(shots=4, chosen=0.1, drawn=0.4),
        SelectionPair(shots=1, chosen=1, drawn=1),
    ]
    curve = selection_curve(pairs)
    assert list(curve) == ["1", "4"]
    after_four = curve["4"]
    arms = (after_four.chosen, after_four.drawn, after_four.gain)
    assert [arm.value for arm in arms] == pytest.approx([0.15, 0.35, 0.2])
    assert after_four.gain.raters == 2
    assert after_four.gain.low == pytest.approx(0.1)  # of the two raters, the one who gained less


def test_the_page_shows_policies_and_the_learning_curve_and_is_reached_from_the_study(researcher: Client) -> None:
    study = make_study()
    serve(study, images=5)
    version = make_version(study=study)
    arms = {"chosen": estimate(0.12), "drawn": estimate(0.18), "gain": estimate(0.06)}
    version.metrics = {**version.metrics, "selection": {"8": arms, "16": arms}}
    version.save()
    text = page(researcher, study)
    assert "75%" in text
    assert "Learning from chosen images and from random ones" in text
    assert "0.060" in text
    url = reverse("admin:ratings_study_selection", args=[study.pk])
    assert url in researcher.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()


def test_a_study_in_which_nothing_happened_says_so(researcher: Client) -> None:
    assert "Nobody has been given an image yet" in page(researcher, make_study())


def test_the_page_asks_as_many_queries_however_many_images_were_served(
    researcher: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    study = make_study()
    serve(study, images=40)
    serve(study, images=40)
    with django_assert_max_num_queries(12):
        page(researcher, study)


@pytest.mark.parametrize("is_chosen", [False, True])
def test_a_study_of_pairs_has_the_page_in_its_menu_where_a_model_chooses_them(
    researcher: Client,
    is_chosen: bool,  # noqa: FBT001 - a case
) -> None:
    study = make_study(design=Design.PAIRWISE, chooses_comparisons=is_chosen)
    text = researcher.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    assert (reverse("admin:ratings_study_selection", args=[study.pk]) in text) == is_chosen


def test_chosen_pairs_are_counted_by_policy_and_those_that_wait_too() -> None:
    study = make_study(design=Design.PAIRWISE, chooses_comparisons=True)
    participation = make_participation(study=study)
    chosen = {"policy": Policy.ACTIVE, "propensity": 0.25, "model_version": "v1"}
    make_choice(participation=participation, assignment=chosen)
    make_choice(participation=participation)
    QueuedComparison.objects.create(participation=participation, pair=make_pair(study=study), rank=0, **chosen)
    active, coverage = served_by_policy(study=study)
    assert (active.policy, active.handed_out, active.rated, active.waiting, active.propensity) == (
        Policy.ACTIVE, 1, 1, 1, 0.25,
    )  # fmt: skip
    assert (coverage.policy, coverage.handed_out, coverage.waiting) == (Policy.COVERAGE, 1, 0)


def test_who_may_not_see_studies_does_not_see_the_page(onlooker: Client) -> None:
    assert onlooker.get(reverse("admin:ratings_study_selection", args=[make_study().pk])).status_code == 403
