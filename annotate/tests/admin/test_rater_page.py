"""From a flag to the answers: one page about a rater, counts that lead to what they count, several flags at once."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ratings.choices import AssignmentKind, FlagState, Policy
from ratings.models import AuditEntry, Participation, QualityFlag, Study
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import (
    make_choice,
    make_images,
    make_participation,
    make_rating,
    make_study,
    make_study_image,
)
from scoring.metrics import RaterGains
from scoring.services.rater_outlooks import save_outlooks
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db
FLAGS = "admin:ratings_qualityflag_changelist"


@pytest.fixture
def study() -> Study:
    """Have one who always says four, five images twice, beside one who does not."""
    study = make_study(title="Harbour")
    images = make_images(study=study, count=50)
    for is_varied in (True, False):
        part = make_participation(study=study)
        for number, image in enumerate(images):
            value = 1.0 + number % 5 if is_varied else 4.0
            make_rating(participation=part, study_image=image, value=value, response_ms=1500)
    for number in range(5):
        shown = {"kind": AssignmentKind.REPEAT, "policy": Policy.REPEAT, "position": 60 + number}
        make_rating(participation=part, study_image=images[number], value=3.0, assignment=shown)
    measure_study(study_id=study.pk)
    return study


@pytest.fixture
def flagged(study: Study) -> Participation:
    """Give the one who always says four."""
    return QualityFlag.objects.get().participation


def rater_page(client: Client, part: Participation, **asked: Any) -> str:
    """Open the page about a rater."""
    return client.get(reverse("admin:ratings_rater_change", args=[part.rater_id]), asked).content.decode()


def test_the_page_shows_flags_answers_with_pictures_times_and_repeats(
    researcher: Client, flagged: Participation
) -> None:
    page = rater_page(researcher, flagged)
    for shown in ("Same answer again and again", "Use of the scale", "Seconds per answer", "Repeats side by side"):
        assert shown in page
    assert page.count("admin-grid-item") == 48
    assert "1 to 48 of 55" in page
    assert rater_page(researcher, flagged, page=2).count("admin-grid-item") == 7
    assert re.findall(r"<td>(\d)</td>", page.split("Repeats side by side")[-1])[:3] == ["4", "3", "1"]


def test_a_flag_is_decided_from_the_rater_s_page_and_leads_back_to_it(
    researcher: Client, flagged: Participation
) -> None:
    address = re.search(r'href="([^"]+/confirm/\?back=rater)"', rater_page(researcher, flagged))
    assert address is not None
    answer = researcher.post(address[1], {"_form_submitted": "True"})
    assert answer["Location"] == f"{reverse('admin:ratings_rater_change', args=[flagged.rater_id])}?part={flagged.pk}"
    assert flagged.flags.get().state == FlagState.CONFIRMED
    assert "Decide again" in rater_page(researcher, flagged)


def test_a_flag_leads_to_its_rater(researcher: Client, flagged: Participation) -> None:
    page = researcher.get(reverse("admin:ratings_qualityflag_change", args=[flagged.flags.get().pk])).content.decode()
    assert f"{flagged.rater_id}/change/?part={flagged.pk}" in page


def test_who_may_only_look_decides_nothing_there(
    client: Client, flagged: Participation, django_user_model: Any
) -> None:
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_rater", "view_rating")))
    client.force_login(user)
    page = rater_page(client, flagged)
    assert "Same answer again and again" in page
    assert "/confirm/" not in page


def test_the_page_of_one_who_chose_between_pictures_shows_those(researcher: Client) -> None:
    choice = make_choice()
    page = rater_page(researcher, choice.participation)
    assert page.count("admin-compared") == 1
    assert "Use of the scale" not in page


def test_the_page_needs_few_queries_however_many_answers(researcher: Client, flagged: Participation) -> None:
    rater_page(researcher, flagged)
    with CaptureQueriesContext(connection) as queries:
        rater_page(researcher, flagged)
    assert len(queries) <= 20


def test_the_page_says_what_more_ratings_would_bring_without_a_query_more(
    researcher: Client, flagged: Participation
) -> None:
    gains = RaterGains.from_json({"now": {"value": 0.3}, "gains": [{"more": 10, "srocc": {"value": 0.02}}]})
    save_outlooks(version=make_version(study=flagged.study), found={flagged.pk: (20, gains)})
    rater_page(researcher, flagged)
    with CaptureQueriesContext(connection) as queries:
        page = rater_page(researcher, flagged)
    assert "What more ratings bring" in page
    assert "Reckoned by v1 from 20 ratings of this rater" in page
    assert len(queries) <= 20


def test_counts_of_the_quality_page_lead_to_what_they_count(
    researcher: Client, study: Study, flagged: Participation
) -> None:
    page = researcher.get(reverse("admin:ratings_study_quality", args=[study.pk])).content.decode()
    links = [
        one.replace("&amp;", "&")
        for one in re.findall(r'href="([^"]+changelist[^"]*|/admin/ratings/[^"]+\?[^"]+)"', page)
    ]

    def counted(*parts: str) -> int:
        found = next(one for one in links if all(part in one for part in parts))
        return int(researcher.get(found).context["cl"].result_count)

    assert counted("/rating/", str(flagged.pk), "standing=opinion") == 50
    assert counted("/rating/", str(flagged.pk), "kind__exact=repeat") == 5
    assert counted("/qualityflag/", "state__exact=raised") == 1
    assert counted("/image/", f"study__id__exact={study.pk}") == 50


def test_counts_of_a_study_lead_to_what_they_count(researcher: Client, study: Study) -> None:
    make_participation()  # of another study
    page = researcher.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    for model, count in (("image", 50), ("participation", 2)):
        address = re.search(rf'admin-figure[^>]*><a href="(/admin/ratings/{model}/[^"]+)"', page)
        assert address is not None
        assert researcher.get(address[1].replace("&amp;", "&")).context["cl"].result_count == count


def test_a_study_says_that_practice_pictures_and_checks_are_counted_apart(researcher: Client) -> None:
    words = "practice pictures and attention checks are counted apart"
    for facts, is_said in (({"practice_count": 3}, True), ({"practice_count": 0, "attention_every": 0}, False)):
        study = make_study(**facts)
        make_images(study=study, count=2)
        make_study_image(study=study, is_practice=True)
        page = researcher.get(reverse("admin:ratings_study_change", args=[study.pk]))
        card = page.context["cards"][1]
        assert (card.value, words in card.detail) == ("2", is_said)


def test_figures_on_few_cases_are_greyed_and_say_so(researcher: Client, study: Study) -> None:
    cards = researcher.get(reverse("admin:ratings_study_quality", args=[study.pk])).context["cards"]
    assert [(card.title.split(" ")[0], card.is_thin) for card in cards[:3]] == [
        ("Agreement", False),  # 50 images
        ("Test-retest", False),  # one always said the same: there is no figure
        ("Seconds", False),
    ]
    few = make_study()
    images = make_images(study=few, count=4)
    for value in (1.0, 5.0):
        part = make_participation(study=few)
        for image in images:
            make_rating(participation=part, study_image=image, value=value, response_ms=900)
    measure_study(study_id=few.pk)
    page = researcher.get(reverse("admin:ratings_study_quality", args=[few.pk]))
    assert [card.is_thin for card in page.context["cards"][:3]] == [True, False, True]
    assert page.content.decode().count("few cases") == 2


def test_several_flags_are_decided_at_once_and_each_is_recorded(researcher: Client, study: Study) -> None:
    flags = [
        QualityFlag.objects.create(
            participation=make_participation(study=study), reason="fast", finding="Fast.", state=state
        )
        for state in (FlagState.RAISED, FlagState.RAISED, FlagState.DISMISSED)
    ]
    ticked = {"_selected_action": [flag.pk for flag in flags]}
    answer = researcher.post(reverse(FLAGS), {"action": "confirm_selected", **ticked}, follow=True)
    assert "2 of 3 flags: confirmed. 1 stay as they are" in answer.content.decode()
    for flag in flags:
        flag.refresh_from_db()
    assert [flag.state for flag in flags] == ["confirmed", "confirmed", "dismissed"]
    assert AuditEntry.objects.filter(action="decide-flag").count() == 2


def test_somebody_who_may_not_decide_gets_no_action_on_several(onlooker: Client, study: Study) -> None:
    flag = QualityFlag.objects.get()
    onlooker.post(reverse(FLAGS), {"action": "confirm_selected", "_selected_action": [flag.pk]})
    flag.refresh_from_db()
    assert flag.state == FlagState.RAISED
