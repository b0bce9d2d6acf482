"""The page of a model that learned from choices speaks of choices, in their own unit."""

import csv
from dataclasses import replace
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from annotate.admin.parts.base import whole
from ratings.choices import Design
from ratings.tests.factories import make_study
from scoring.metrics import ChoiceMetrics, GameFigures, MeasuredFigure, VersionMetrics
from scoring.models import ModelState, ModelVersion
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db


def found(value: float) -> MeasuredFigure:
    return MeasuredFigure(value=value, low=value - 0.02, high=value + 0.02, raters=14)


def known(accuracy: float, *, raters: int) -> GameFigures:
    estimate = replace(found(accuracy), raters=raters)
    return GameFigures(accuracy=estimate, log_likelihood=replace(found(accuracy - 1.2), raters=raters))


@pytest.fixture
def version() -> ModelVersion:
    """Make a live model of choices."""
    figures = GameFigures(accuracy=found(0.71), log_likelihood=found(-0.56), confidence=found(0.69))
    chosen = ChoiceMetrics(
        learned=1200,
        test_choices=300,
        test_games=310,
        personal=figures,
        everybody=figures,
        one_utility=figures,
        lead={"global": found(0.05), "one-utility": found(0.04)},
        choices_known={"10": known(0.69, raters=14), "0": known(0.62, raters=14), "50": known(0.73, raters=9)},
    )
    metrics = VersionMetrics(raters=14, images=60, choices=chosen)
    return make_version(study=make_study(design=Design.PAIRWISE), state=ModelState.LIVE, metrics=metrics.as_json())


def test_the_page_names_accuracy_and_what_it_was_measured_on(admin_client: Client, version: ModelVersion) -> None:
    page = admin_client.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
    assert "it is right about 71% of choices between two pictures" in page
    assert "on 300 choices never trained on" in page
    assert "nats per choice, 95 % interval 0.030 to 0.070" in page
    assert f"{whole(1200)} choices of this study" in page
    assert "One utility for everybody" in page
    assert "ratings of this study" not in page
    assert "SROCC" not in page


def test_the_table_comes_as_a_file(admin_client: Client, version: ModelVersion) -> None:
    answer = admin_client.get(reverse("admin:scoring_modelversion_metrics", args=[version.pk, "csv"]))
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert rows[0][:2] == ["Model", "Accuracy"]
    assert [row[0] for row in rows[1:]] == ["With taste", "One model for everybody", "One utility for everybody"]
    assert rows[1][1] == "0.71"


def test_plots_show_how_fast_a_new_rater_is_learned(admin_client: Client, version: ModelVersion) -> None:
    page = admin_client.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
    assert "Over 14 raters. 50 known: 9 raters." in page
    answer = admin_client.get(reverse("admin:scoring_modelversion_plot", args=[version.pk, "choices-known", "csv"]))
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert rows[0] == ["choices known", "Accuracy", "Accuracy low", "Accuracy high", "chance"]
    assert [(row[0], row[1], row[4]) for row in rows[1:]] == [
        ("0", "0.62", "0.5"),
        ("10", "0.69", "0.5"),
        ("50", "0.73", "0.5"),
    ]
    url = reverse("admin:scoring_modelversion_plot", args=[version.pk, "choices-known-likelihood", "json"])
    assert admin_client.get(url).json()["rows"][0]["chance"] == pytest.approx(-0.693, abs=0.001)


def test_a_version_of_before_has_no_such_plots(admin_client: Client, version: ModelVersion) -> None:
    version.metrics["choices"].pop("choices_known")
    version.save()
    page = admin_client.get(reverse("admin:scoring_modelversion_change", args=[version.pk])).content.decode()
    assert "choices known" not in page


def test_the_list_counts_the_choices_learned_from(admin_client: Client, version: ModelVersion) -> None:
    page = admin_client.get(reverse("admin:scoring_modelversion_changelist")).content.decode()
    assert version.study.title in page
    assert whole(1200) in page
