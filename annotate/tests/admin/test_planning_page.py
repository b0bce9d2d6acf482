"""The planning page asks for a precision, hands it to a worker, and shows what it takes; a GET computes nothing."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.flows.plans import plan_now
from ratings.choices import PayBasis
from ratings.models import Study
from ratings.services.jobs.progress import no_progress
from ratings.tests.factories import make_api_key, make_study
from ratings.values.study_plans import PlanTerms
from scoring.models import StudyPlan
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db


def address_of(study: Study) -> str:
    """Give the page."""
    return reverse("admin:ratings_study_planning", args=[study.pk])


def test_a_plan_is_asked_for_and_a_look_makes_none(admin_client: Client) -> None:
    study = make_study()
    assert "Not planned yet" in admin_client.get(address_of(study)).content.decode()
    assert not StudyPlan.objects.exists()
    answer = admin_client.post(address_of(study), {"half_width": "0.4", "items": "120"}, follow=True)
    assert "A worker plans now" in answer.content.decode()
    plan = StudyPlan.objects.get(study=study)
    assert (plan.state, plan.wanted) == ("queued", PlanTerms(half_width=0.4, items=120))
    assert "A plan is being made" in admin_client.get(address_of(study)).content.decode()


def test_a_wrong_number_is_named_beside_its_field(admin_client: Client) -> None:
    answer = admin_client.post(address_of(make_study()), {"half_width": "-1"})
    assert answer.status_code == HTTPStatus.OK
    assert "greater than or equal to 0.0001" in answer.content.decode()
    assert not StudyPlan.objects.exists()


def test_what_was_found_is_shown_with_what_it_rests_on(admin_client: Client) -> None:
    study = make_study(quota=50, repeat_share=0.0, practice_count=0)
    plan_now(study=study, terms=PlanTerms(half_width=0.5, rater_sd=1.0, items=100), on_progress=no_progress)
    page = admin_client.get(address_of(study)).content.decode()
    assert "For ±0.5 points (95 %) of each image&#x27;s mean you need 16 raters per image" in page
    assert "16 (needed)" in page
    assert "1 points, as stated" in page


def test_the_figures_stay_where_a_later_plan_failed(admin_client: Client) -> None:
    study = make_study(quota=50, repeat_share=0.0, practice_count=0)
    plan_now(study=study, terms=PlanTerms(half_width=0.5, rater_sd=1.0, items=100), on_progress=no_progress)
    plan_now(study=study, terms=PlanTerms(half_width=0.0001, items=10), on_progress=no_progress)
    page = admin_client.get(address_of(study)).content.decode()
    assert "The last plan failed" in page
    assert "16 (needed)" in page


def test_the_api_plans_by_the_same_terms() -> None:
    study = make_study()
    key = make_api_key(user=User.objects.create_superuser("boss"))
    headers = {"Authorization": f"Bearer {key}"}
    address = f"/api/v1/studies/{study.slug}/plans"
    client = Client()
    asked = {"half_width": 0.4, "items": 120}
    answer = client.post(address, asked, content_type="application/json", headers=headers)
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert answer.json()["terms"]["items"] == 120
    listed = client.get(address, headers=headers).json()
    assert [one["state"] for one in listed] == ["queued"]
    refused = client.post(address, {"halfwidth": 1}, content_type="application/json", headers=headers)
    assert refused.status_code == HTTPStatus.BAD_REQUEST


def test_the_study_s_page_says_what_more_ratings_would_bring_and_cost(admin_client: Client) -> None:
    study = make_study(quota=50, pay_amount=12, pay_currency="EUR", pay_basis=PayBasis.FLAT, stop_image_width=0.3)
    outlook = {
        "points": [{"ratings": 300, "srocc": {"value": 0.4, "low": 0.3, "high": 0.5, "raters": 12}}],
        "gains": [{"more": 300, "srocc": {"value": 0.03, "low": 0.01, "high": 0.05, "raters": 12}}],
        "expected_before": {"value": 0.02, "low": 0.0, "high": 0.04},
        "brought_before": {"value": 0.025, "low": 0.01, "high": 0.04},
    }
    make_version(study=study, metrics={"ratings": 300, "test_ratings": 90, "outlook": outlook})
    address = reverse("admin:ratings_study_change", args=[study.pk])
    admin_client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(address).content.decode()
    assert "What more ratings bring" in page
    assert "+0.030 (+0.010 to +0.050)" in page
    assert "72.00 EUR" in page
    assert "half of the ratings expected +0.020 (+0.000 to +0.040) of the other half, which brought +0.025" in page
    assert "on 90 ratings of the test slice by 12 raters (few cases)" in page
    assert len(queries) <= 20
