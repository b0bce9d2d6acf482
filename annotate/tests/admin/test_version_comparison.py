"""Two versions side by side, and what people write of versions and runs."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api_staff import script_of
from ratings.models import AuditEntry, Study
from ratings.tests.factories import make_study
from scoring.models import ModelVersion, TrainingRun, VersionComparison
from scoring.tests.factories import estimate, make_version

pytestmark = pytest.mark.django_db
MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def study() -> Study:
    """Two versions, the second measured against the first on one slice; a third, against the second."""
    made = make_study(slug="harbour")
    fit = {"family": "linear", "ridge": 1.0, "datasets": [{"ratings": 300, "weight": 1.0}]}
    make_version(study=made, metrics=figures(0.4, fit=fit))
    live = {"version": "v1", "srocc": estimate(0.30), "rmse": estimate(0.25)}
    ahead = {"srocc_minus_live": {"value": -0.05, "low": -0.09, "high": -0.01, "raters": 14}}
    second = figures(0.6, fit={**fit, "ridge": 2.0}) | {"live": live} | ahead
    make_version(study=made, metrics=second, encoder_key="other")
    make_version(study=made, metrics=figures(0.5, fit=fit) | {"live": {**live, "version": "v2"}})
    return made


def figures(srocc: float, *, fit: dict[str, Any]) -> dict[str, Any]:
    """Give the metrics of a version."""
    return {"ratings": 300, "test_ratings": 40, "fit": fit, "personal": {"srocc": estimate(srocc)}}


def compared(client: Client, study: Study, one: int, other: int) -> list[Any]:
    """Open the page of one version beside another; give its tables."""
    address = reverse("admin:scoring_modelversion_compare", args=[ModelVersion.objects.get(study=study, number=one).pk])
    return list(client.get(address, {"with": other}).context["tables"])


def test_on_the_slice_that_both_predicted_the_paired_difference_has_its_interval(
    researcher: Client, study: Study
) -> None:
    for one, other in ((2, 1), (1, 2)):
        table, _ = compared(researcher, study, one, other)
        assert (table.title, list(table.columns)) == ("On one common slice", ["Figure", "v2 less v1", "v1", "v2"])
        name, (paired, before, now) = table.rows[0]
        assert (name, before.number, now.number) == ("SROCC", "0.300", "0.600")
        assert (paired.number, paired.interval) == (f"{MINUS}0.050", f"{MINUS}0.090 to {MINUS}0.010")
        assert "paired by rater, of 14 raters (few cases)" in table.note  # 40 ratings of the test slice


def test_versions_that_were_never_measured_together_get_no_difference(researcher: Client, study: Study) -> None:
    table, _ = compared(researcher, study, 3, 1)
    assert (table.title, list(table.columns)) == ("Each on its own test slice", ["Figure", "v3", "v1"])
    assert "no difference between them is given" in table.note


def test_settings_and_data_that_differ_are_listed_and_the_others_counted(researcher: Client, study: Study) -> None:
    _, table = compared(researcher, study, 2, 1)
    differing = {name: list(cells) for name, cells in table.rows}
    assert differing["Encoder"] == ["other", "offline"]
    assert differing["Fit: ridge"] == ["2", "1"]
    assert "Fit: family" not in differing
    assert "further settings and counts are the same" in table.note


def test_beside_the_rank_correlation_stands_the_order_within_a_prompt(researcher: Client) -> None:
    personal = {"srocc": estimate(0.4), "prompt_accuracy": estimate(0.61)}
    version = make_version(study=make_study(), metrics={"ratings": 300, "test_ratings": 140, "personal": personal})
    page = researcher.get(reverse("admin:scoring_modelversion_change", args=[version.pk]))
    assert page.context["cards"][0].detail == (
        "on 140 ratings never trained on; within a prompt, 61% of pairs in the right order"
    )


def test_a_version_beside_none_or_a_stranger(researcher: Client, study: Study) -> None:
    only = make_version(study=make_study(slug="quay"))
    page = researcher.get(reverse("admin:scoring_modelversion_compare", args=[only.pk])).content.decode()
    assert "This is the only version" in page
    first = study.model_versions.get(number=1)
    address = reverse("admin:scoring_modelversion_compare", args=[first.pk])
    assert researcher.get(address, {"with": "9"}).status_code == 404


def test_a_note_is_written_on_the_page_shown_there_and_kept_in_the_audit_log(researcher: Client, study: Study) -> None:
    version = study.model_versions.get(number=2)
    run = TrainingRun.objects.create(study=study, reason="by hand")
    for row, name in ((version, "modelversion"), (run, "trainingrun")):
        researcher.post(
            reverse(f"admin:scoring_{name}_note", args=[row.pk]),
            {"notes": " First.\nNo sets ", "_form_submitted": "on"},
        )
        row.refresh_from_db()
        assert row.notes == "First.\nNo sets"
        page = researcher.get(reverse(f"admin:scoring_{name}_change", args=[row.pk])).content.decode()
        assert "No sets" in page
    asked = researcher.get(reverse("admin:scoring_modelversion_note", args=[version.pk])).content.decode()
    assert "First.\nNo sets" in asked.replace("\r", "")
    entries = AuditEntry.objects.filter(action="write-note").order_by("pk")
    assert [entry.target for entry in entries] == ["harbour v2", f"harbour run {run.pk}"]
    assert (
        "First.<br>No sets"
        in researcher.get(reverse("admin:scoring_modelversion_compare", args=[version.pk])).content.decode()
    )


def test_a_script_writes_notes_and_a_rater_manager_may_not(study: Study) -> None:
    address = "/api/v1/studies/harbour/versions/2"
    body, json_type = json.dumps({"notes": "from a notebook"}), "application/json"
    answer = script_of(group="researcher").patch(address, body, content_type=json_type)
    assert (answer.status_code, answer.json()["notes"]) == (200, "from a notebook")
    assert script_of(group="rater manager").patch(address, body, content_type=json_type).status_code == 403
    long = script_of(group="admin").patch(address, json.dumps({"notes": "x" * 4001}), content_type=json_type)
    assert (long.status_code, "notes" in long.json()["fields"]) == (400, True)


def test_two_versions_are_measured_on_demand_by_those_who_may_change_them(researcher: Client, study: Study) -> None:
    third, first = (ModelVersion.objects.get(study=study, number=number) for number in (3, 1))
    address = reverse("admin:scoring_modelversion_compare", args=[third.pk]) + "?with=1"
    assert "Measure both on one slice" in researcher.get(address).content.decode()
    assert "A worker measures v3 and v1 now" in researcher.post(address, follow=True).content.decode()
    row = VersionComparison.objects.get(newer=third, older=first)
    assert row.is_active
    assert "A worker measures these two: reload" in researcher.get(address).content.decode()
    found = {"ratings": 640, "raters": 25, "differences": {"srocc": {"value": 0.07, "low": 0.01, "high": 0.13}}}
    VersionComparison.objects.filter(pk=row.pk).update(state="ready", figures=found)
    table, _ = compared(researcher, study, 3, 1)
    name, (paired, *_) = table.rows[0]
    assert (table.title, name, paired.number) == ("Measured on one common slice", "SROCC", "0.070")
    assert "on 640 ratings of the test slice by 25 raters, which neither learned from" in table.note


def test_a_script_asks_for_the_same(study: Study) -> None:
    script = script_of(group="researcher")
    address = f"/api/v1/studies/{study.slug}/versions/3/comparisons/1"
    assert script.get(address).json() == []
    answer = script.post(address)
    assert (answer.status_code, answer.json()["newer"], answer.json()["older"]) == (202, 3, 1)
    assert script.post(address).status_code == 409
