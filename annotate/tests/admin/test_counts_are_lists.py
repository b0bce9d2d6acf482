"""A count on a link is the number of rows of the list that it opens, for every design, with practice and checks."""

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.tests.designs import WORLDS, World
from ratings.choices import AssignmentKind, AssignmentState, Design, End, FlagState, ParticipationState
from ratings.models import Image, Participation, QualityFlag, Rating, StudyImage
from ratings.registry import ONE_IMAGE, design_of, first_ratings
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import make_participation, make_rating, make_study, make_study_image
from scoring.tests.factories import make_version

pytestmark = pytest.mark.django_db

ANCHOR = re.compile(r'<a [^>]*href="(?P<address>/admin/\w+/\w+/\?[^"]+)"[^>]*>(?P<words>.*?)</a>', re.S)
COUNT = re.compile(r"(?:\d+\s*/\s*)?(?P<count>\d[\d,]*)(?:\s+[a-z][a-z ]*)?$")


@pytest.fixture
def browser(db: None) -> Client:
    """Sign a superuser in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def linked_counts(page: str) -> list[tuple[str, int]]:
    """Find the links of a page whose words are a count, with the count; `2/3` counts the three."""
    found = []
    for match in ANCHOR.finditer(page):
        words = " ".join(re.sub(r"<[^>]+>", " ", html.unescape(match["words"])).split())
        if count := COUNT.match(words):
            found.append((html.unescape(match["address"]), int(count["count"].replace(",", ""))))
    return found


def add_what_is_counted_apart(world: World) -> None:
    """Add practice, attention checks, repeats, answers that were changed or taken back, and pictures off the study."""
    study, part = world.study, world.participation
    asked = StudyImage.objects.filter(study=study, is_practice=False).first()
    practice = make_study_image(study=study, is_practice=True)
    check = make_study_image(study=study, is_practice=True, attention_value=4, prompt="Press 4")
    make_study_image(study=study, is_practice=True, is_active=False, is_made=True)
    make_study_image(study=study, is_active=False)
    Image.objects.filter(pk=make_study_image(study=study).image_id).update(archived_at=study.created_at)
    kinds = ((AssignmentKind.PRACTICE, practice), (AssignmentKind.ATTENTION, check), (AssignmentKind.REPEAT, asked))
    for kind, entry in kinds:
        make_rating(participation=part, study_image=entry, assignment={"kind": kind})
    taken_back = make_rating(
        participation=part,
        replaced_at=timezone.now(),
        assignment={"state": AssignmentState.LEASED, "closed_at": None},
    )
    of = {name: getattr(taken_back, name) for name in ("assignment", "participation", "image")}
    Rating.objects.create(nonce=uuid4(), value=None, replaces=taken_back, **of)
    Participation.objects.filter(pk=part.pk).update(done=first_ratings().filter(participation=part).count())


@pytest.mark.parametrize("design", WORLDS)
def test_every_count_on_a_link_is_the_number_of_rows_of_the_list_it_opens(design: Design, browser: Client) -> None:
    world = WORLDS[design]()
    study = world.study
    if design_of(study).family == ONE_IMAGE:
        add_what_is_counted_apart(world)
    make_rating(participation=make_participation(study=make_study(slug="elsewhere")))
    measure_study(study_id=study.pk)
    version = make_version(study=study)
    pages = [
        reverse("admin:index"),
        reverse("admin:ratings_study_changelist"),
        *(reverse(f"admin:ratings_study_{name}", args=[study.pk]) for name in ("change", "quality", "participants")),
        reverse("admin:scoring_modelversion_change", args=[version.pk]),
        reverse("admin:ratings_rater_changelist"),
        reverse("admin:ratings_participation_changelist"),
        *(reverse("admin:ratings_rater_change", args=[one.rater_id]) for one in Participation.objects.all()),
    ]
    wrong, followed = [], 0
    for page in pages:
        for address, count in linked_counts(browser.get(page).content.decode()):
            followed += 1
            rows = browser.get(address).context["cl"].result_count
            if rows != count:
                wrong.append((page, address, count, rows))
    assert wrong == []
    assert followed > 15


@pytest.mark.parametrize("design", WORLDS)
def test_every_count_of_the_steps_is_the_number_of_those_whom_it_lists(design: Design, browser: Client) -> None:
    world = WORLDS[design]()
    study = world.study
    if design_of(study).family == ONE_IMAGE:
        add_what_is_counted_apart(world)
    gone = make_participation(study=study, state=ParticipationState.COMPLETE, end=End.FAILED_ATTENTION)
    QualityFlag.objects.create(participation=gone, reason="fast", finding="Fast.", state=FlagState.CONFIRMED)
    address = reverse("admin:ratings_study_participants", args=[study.pk])
    steps = re.findall(r'<a class="text-link" href="(\?step=[^"]+)">(\d+)</a>', browser.get(address).content.decode())
    listed = {
        step: browser.get(html.unescape(f"{address}{step}")).context["shown"].paginator.count for step, _ in steps
    }
    assert listed == {step: int(count) for step, count in steps}
    assert len(steps) > 4
    assert set(listed.values()) > {1}


def test_words_of_a_table_begin_below_their_heading(browser: Client) -> None:
    study = make_participation(study=make_study()).study
    page = browser.get(reverse("admin:ratings_study_participants", args=[study.pk])).content.decode()
    table = page[page.index(">External id</th>") :]
    heads = re.findall(r'<th scope="col"( class="admin-table-words")?>', page[: page.index(">External id</th>") + 5000])
    cells = re.findall(r'<td( class="admin-table-words")?>', table[table.index("<tbody>") : table.index("</tbody>")])
    assert cells == heads[-len(cells) :]


def test_a_list_of_a_study_shows_checks_and_made_pictures_to_those_who_ask(browser: Client) -> None:
    study = make_study(slug="harbour")
    picture, practice, check = (
        make_study_image(study=study, **fields)
        for fields in ({}, {"is_practice": True}, {"is_practice": True, "attention_value": 4})
    )
    made = make_study_image(study=study, is_practice=True, is_active=False, is_made=True)
    address = reverse("admin:ratings_image_changelist")

    def shown(**roles: Any) -> set[Any]:
        page = browser.get(address, {"study_images__study__id__exact": study.pk, **roles})
        return {image.pk for image in page.context["cl"].result_list}

    assert shown() == {picture.image_id, practice.image_id}
    assert shown(role="rate") == {picture.image_id}
    assert shown(role="practice") == {practice.image_id}
    assert shown(role="check") == {check.image_id}
    assert shown(role=["check", "made"]) == {check.image_id, made.image_id}


def test_the_prompt_of_an_attention_check_is_shown_and_not_edited(browser: Client) -> None:
    check = make_study_image(study=make_study(slug="harbour"), is_practice=True, attention_value=4, prompt="Press 4")
    address = reverse("admin:ratings_image_change", args=[check.image_id])
    page = browser.get(address).content.decode()
    assert "Attention check" in page
    assert re.search(r'<textarea name="study_images-0-prompt"[^>]* disabled', page)
    counts = {"study_images-TOTAL_FORMS": 1, "study_images-INITIAL_FORMS": 1, "study_images-0-id": check.pk}
    browser.post(address, {**counts, "study_images-0-image": check.image_id, "study_images-0-prompt": "Press 5"})
    check.refresh_from_db()
    assert check.prompt == "Press 4"
