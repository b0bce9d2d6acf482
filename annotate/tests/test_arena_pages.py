"""The pages and the API of a ranking: who sees them, what caches may keep, and which sites may hold them in a frame."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.tests.browser import BOTH_SIZES, NewVisitor
from ratings.choices import ArenaAccess, StudyState
from ratings.models import Participation, Study
from ratings.selectors.participations import participation_token
from ratings.selectors.resuming import resume_token
from ratings.tasks import update_arena
from ratings.tests.factories import make_api_key, make_participation, make_rater, make_staff, make_study
from ratings.tests.test_arena import AGE, make_arena, prefer

pytestmark = pytest.mark.django_db


def make_shown_arena(**fields: Any) -> tuple[Study, Participation]:
    """Make a study whose ranking was computed, and give one of its raters, who has finished."""
    fields = {"arena_own_after": 3, "profile_questions": AGE, "arena_groups": ["age"], **fields}
    study = make_arena(slug="lights", **fields)
    raters = [make_participation(study=study, rater=make_rater(answers={"age": "18"}), quota=3) for _ in range(5)]
    for rater in raters:
        prefer(rater, "candle", "neon", 2)
        prefer(rater, "neon", "candle")
    update_arena(study.pk)
    return study, raters[0]


def signed_in(rater: Participation) -> Client:
    """Give a browser that is a rater's."""
    client = Client()
    client.post(f"/r/{resume_token(participation=rater)}/")
    return client


def test_the_page_ranks_and_caches_may_keep_it(client: Client, django_assert_num_queries: Any) -> None:
    make_shown_arena()
    with django_assert_num_queries(2):  # the study, the ranking
        answer = client.get("/s/lights/arena/")
    text = answer.content.decode()
    assert text.index("candle") < text.index("neon")
    assert "18 to 29" in text
    assert "max-age=60" in answer["Cache-Control"]
    assert "public" in answer["Cache-Control"]
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))
    again = client.get("/s/lights/arena/", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    named = client.get("/s/lights/arena/?lang=de")
    assert "private" in named["Cache-Control"]  # it sets the visitor's cookie


def test_new_answers_are_seen_once_a_worker_has_computed_them(client: Client) -> None:
    study, rater = make_shown_arena()
    before = client.get("/s/lights/arena/")
    prefer(rater, "neon", "candle", 30)
    assert client.get("/s/lights/arena/", headers={"If-None-Match": before["ETag"]}).status_code == 304
    update_arena(study.pk)
    after = client.get("/s/lights/arena/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.content.decode().index("neon") < after.content.decode().index("candle")


@pytest.mark.parametrize(
    "fields",
    [{"arena": ArenaAccess.OFF}, {"state": StudyState.DRAFT}, {"design": "rating"}],
    ids=["off", "draft", "of a design that compares nothing"],
)
def test_a_study_without_a_ranking_answers_404_everywhere(client: Client, fields: dict[str, Any]) -> None:
    study = make_arena(**{"slug": "lights", **fields})
    assert client.get("/s/lights/arena/").status_code == 404
    assert client.get("/s/lights/arena/frame/").status_code == 404
    assert client.get("/api/v1/studies/lights/arena").status_code == 404
    if study.state != StudyState.DRAFT:
        assert signed_in(make_participation(study=study)).get("/s/lights/arena/mine/").status_code == 404


def test_the_study_leads_to_a_public_ranking_and_engines_are_kept_from_an_unlisted_one(client: Client) -> None:
    study, _ = make_shown_arena()
    assert "/s/lights/arena/" in client.get("/s/lights/").content.decode()
    assert "X-Robots-Tag" not in client.get("/s/lights/arena/").headers
    Study.objects.filter(pk=study.pk).update(arena=ArenaAccess.UNLISTED)
    assert "/s/lights/arena/" not in client.get("/s/lights/").content.decode()
    assert client.get("/s/lights/arena/")["X-Robots-Tag"] == "noindex"


def test_only_the_sites_that_the_study_names_may_hold_its_frame(client: Client) -> None:
    study, _ = make_shown_arena(arena_frames=["https://lab.example.org", "https://*.example.net"])
    framed = client.get("/s/lights/arena/frame/")
    assert "frame-ancestors https://lab.example.org https://*.example.net" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    whole = client.get("/s/lights/arena/")
    assert "frame-ancestors 'none'" in whole["Content-Security-Policy"]
    assert whole["X-Frame-Options"] == "DENY"
    Study.objects.filter(pk=study.pk).update(arena_frames=[])
    closed = client.get("/s/lights/arena/frame/")
    assert "frame-ancestors 'none'" in closed["Content-Security-Policy"]
    assert closed["X-Frame-Options"] == "DENY"


def test_the_same_as_json_for_any_site(client: Client, django_assert_num_queries: Any) -> None:
    make_shown_arena()
    with django_assert_num_queries(2):
        answer = client.get("/api/v1/studies/lights/arena")
    body = answer.json()
    assert (body["study"], body["by"], body["answers"], body["raters"]) == ("lights", "condition", 15, 5)
    entries = body["parts"][0]["entries"]
    assert [(one["rank"], one["name"], one["games"]) for one in entries] == [(1, "candle", 15), (2, "neon", 15)]
    assert entries[0]["low"] <= entries[0]["points"] <= entries[0]["high"]
    assert [(group["question"], group["value"], group["raters"]) for group in body["groups"]] == [("age", "18", 5)]
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Cookie" not in answer["Vary"]
    again = client.get("/api/v1/studies/lights/arena", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_a_rater_reads_their_own_and_nobody_elses(client: Client) -> None:
    _, rater = make_shown_arena()
    key = {"Authorization": f"Bearer {participation_token(participation=rater)}"}
    own = client.get("/api/v1/studies/lights/arena/me", headers=key)
    assert own.json()["ranking"]["raters"] == 1
    assert own.json()["ranking"]["answers"] == 3
    assert own["Cache-Control"] == "private, no-cache"
    assert client.get("/api/v1/studies/lights/arena/me").status_code == 401
    page = signed_in(rater).get("/s/lights/arena/mine/")
    assert page.status_code == 200
    assert "From your answers alone" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client.get("/s/lights/arena/mine/").status_code == 302  # to the study's page


def test_a_rater_reads_how_many_answers_it_still_takes(client: Client) -> None:
    study, _ = make_shown_arena()
    newcomer = make_participation(study=study, quota=10)
    prefer(newcomer, "candle", "neon")
    assert "2 more answers" in signed_in(newcomer).get("/s/lights/arena/mine/").content.decode()
    key = {"Authorization": f"Bearer {participation_token(participation=newcomer)}"}
    own = client.get("/api/v1/studies/lights/arena/me", headers=key).json()
    assert own == {"missing": 2, "ranking": None}


def test_before_the_first_ranking_the_page_says_so(client: Client) -> None:
    make_arena(slug="lights")
    assert "not enough answers yet" in client.get("/s/lights/arena/").content.decode()
    assert client.get("/api/v1/studies/lights/arena").json()["computed_at"] is None


def test_the_form_takes_a_ranking_and_refuses_one_of_nothing(client: Client) -> None:
    client.force_login(make_staff("ada", group="researcher"))
    study = make_study(slug="plain", design="rating")
    page = client.get(reverse("admin:ratings_study_change", args=[study.pk]))
    values = {
        name: "" if value is None else value
        for name, value in page.context["adminform"].form.initial.items()
        if not isinstance(value, bool) or value
    }
    fields = page.context["adminform"].form.fields
    rendered = {name: fields[name].prepare_value(values[name]) for name in values if name in fields}
    sent = {name: value for name, value in rendered.items() if value is not None}
    answer = client.post(page.request["PATH_INFO"], {**sent, "arena": "public", "arena_frames": "nowhere"})
    errors = answer.context["adminform"].form.errors
    assert "Write an origin" in errors["arena_frames"][0]
    answer = client.post(page.request["PATH_INFO"], {**sent, "arena": "public", "arena_frames": ""})
    assert "compares no pictures" in answer.context["adminform"].form.errors["arena"][0]


def test_a_script_sets_a_ranking_up(client: Client) -> None:
    study = make_study(slug="lights", design="pairwise")
    key = {"Authorization": f"Bearer {make_api_key(user=make_staff('ada', group='researcher'))}"}
    changes = {"arena": "unlisted", "arena_frames": ["https://lab.example.org"]}
    answer = client.patch("/api/v1/studies/lights/settings", changes, content_type="application/json", headers=key)
    assert answer.status_code == 200
    study.refresh_from_db()
    assert (study.arena, study.arena_frames) == ("unlisted", ["https://lab.example.org"])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@BOTH_SIZES
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_pages_can_be_read_by_everybody(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str, locale: str
) -> None:
    make_shown_arena(languages=["en", "ar"], arena_frames=["*"])
    visitor = new_visitor(viewport=viewport, color_scheme=scheme, locale=locale)
    visitor.open("/s/lights/arena/")
    assert visitor.page.locator(".arena-ranking li").count() == 4
    visitor.page.locator(".arena-group summary").click()
    visitor.page.locator(".arena-group .arena-ranking").wait_for()
    visitor.check_page()
    visitor.open("/s/lights/arena/frame/")
    visitor.check_page()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_named_site_shows_the_frame_and_no_other_one(new_visitor: NewVisitor) -> None:
    study, _ = make_shown_arena()
    visitor = new_visitor()
    holder = f"{visitor.base_url}/holder"
    frame = f'<iframe src="{visitor.base_url}/s/lights/arena/frame/"></iframe>'
    visitor.page.route(holder, lambda route: route.fulfill(content_type="text/html", body=frame))
    visitor.page.goto(holder)
    visitor.await_condition(
        lambda: any("frame-ancestors" in one for one in visitor.complaints), "the browser's refusal of the frame"
    )
    Study.objects.filter(pk=study.pk).update(arena_frames=[visitor.base_url])
    visitor.page.goto(holder)
    visitor.page.frame_locator("iframe").locator(".arena-ranking li").first.wait_for()
