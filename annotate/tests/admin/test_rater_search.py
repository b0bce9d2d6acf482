"""Lists of the admin find a rater under any name, and the form of a search offers raters while one types."""

import pytest
from django.test import Client
from django.urls import reverse

from ratings.models import Participation, QualityFlag
from ratings.selectors.named_raters import pseudonym
from ratings.tests.factories import make_participation, make_rating
from scoring.tests.factories import make_steering_run

pytestmark = pytest.mark.django_db
LISTS = ("rater", "participation", "rating", "assignment", "qualityflag")


@pytest.fixture
def person() -> Participation:
    """Have somebody with a rating and a flag, beside somebody else with the same."""
    for name in ("P2", "P1"):
        person = make_participation(external_id=name)
        make_rating(participation=person)
        QualityFlag.objects.create(participation=person, reason="fast", finding=f"Finding about {name}")
    return person


@pytest.mark.parametrize("of", LISTS)
def test_a_list_finds_a_rater_under_every_name(researcher: Client, person: Participation, of: str) -> None:
    names = [str(person), str(person.rater_id), str(person.pk), "P1", pseudonym(rater=str(person.rater_id))]
    for name in names:
        found = researcher.get(reverse(f"admin:ratings_{of}_changelist"), {"q": name}).context["cl"].result_list
        assert len(found) == 1, (of, name)


def test_a_search_for_nobody_says_so(researcher: Client, person: Participation) -> None:
    text = researcher.get(reverse("admin:ratings_rating_changelist"), {"q": "rater-00000000"}).content.decode()
    assert "Nobody is called &#x27;rater-00000000&#x27;: give the id or short name" in text


def test_searches_for_pictures_are_found_by_prompt_and_by_rater(researcher: Client) -> None:
    run = make_steering_run()
    for words in (run.prompt[:4], str(run.participation)):
        found = researcher.get(reverse("admin:scoring_steeringrun_changelist"), {"q": words}).context["cl"].result_list
        assert [one.pk for one in found] == [run.pk]


def test_the_form_of_a_search_offers_raters_whose_names_begin_so(researcher: Client, person: Participation) -> None:
    form = researcher.get(reverse("admin:scoring_steeringrun_steer")).content.decode()
    assert 'list="rater-suggestions"' in form
    assert "field_name=participation" in form
    assert "js/admin-raters" in researcher.get(reverse("admin:scoring_steeringrun_changelist")).content.decode()
    asked = {"app_label": "scoring", "model_name": "steeringrun", "field_name": "participation"}
    for term in (str(person)[:10], "P1"):
        found = researcher.get(reverse("admin:autocomplete"), {**asked, "term": term}).json()["results"]
        assert str(person) in [one["text"] for one in found]
