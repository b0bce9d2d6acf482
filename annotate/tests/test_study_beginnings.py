"""A study begins from a template, from a file or from another study: in the admin, by the API and on the shell."""

import tomllib
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api_staff import script_of, send
from annotate.tests.designs import WORLDS
from ratings.choices import Design, StudyState, StudyTemplate
from ratings.exceptions import InvalidInputError
from ratings.models import Dataset, Rating, Study, StudyImage
from ratings.selectors.studies import study_description
from ratings.services.archiving import archive_images
from ratings.services.studies import create_study
from ratings.tests.factories import make_images, make_staff, make_study, make_study_image

pytestmark = pytest.mark.django_db
ADD = "/admin/ratings/study/add/"


@pytest.fixture
def admin() -> Client:
    """Give a researcher's browser."""
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    return client


@pytest.mark.parametrize("kind", list(StudyTemplate))
def test_every_template_makes_a_study_of_its_design_that_the_form_shows_as_well(admin: Client, kind: str) -> None:
    study = create_study(description={"slug": "new", "template": kind, "quota": 7})
    assert study.design == {"pamela": "rating"}.get(kind, kind)
    assert (study.quota, study.slug) == (7, "new")
    form = admin.get(f"{ADD}?template={kind}").context["adminform"].form
    assert form.get_initial_for_field(form.fields["design"], "design") == study.design
    assert form.get_initial_for_field(form.fields["title"], "title") == study.title


def test_the_form_of_a_template_sent_as_it_is_makes_the_study_of_the_template(admin: Client) -> None:
    form = admin.get(f"{ADD}?template=scales").context["adminform"].form
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.get_initial_for_field(field, name))
        if value is not None and value is not False:
            sent[name] = value if not isinstance(value, list) else ",".join(map(str, value))
    answer = admin.post(ADD, {**sent, "slug": "made"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    made = study_description(study=Study.objects.get(slug="made"))
    wanted = create_study(description={"slug": "wanted", "template": "scales"})
    wanted.refresh_from_db()
    differing = {name for name, value in study_description(study=wanted).items() if made[name] != value}
    assert differing <= {"slug", "instructions"}  # a browser's form takes the line end off a text


def test_a_template_that_there_is_not_is_refused_and_the_shell_and_the_api_take_those_that_there_are() -> None:
    with pytest.raises(InvalidInputError, match="the templates are pamela, pairwise, scales, best-worst"):
        create_study(description={"slug": "new", "template": "conjoint"})
    call_command("create_study", "by-shell", "--template", "pamela", stdout=StringIO())
    script = script_of(group="researcher")
    assert send(script, "", {"slug": "by-api", "template": "pamela"})[0] == 201
    one, other = (study_description(study=Study.objects.get(slug=slug)) for slug in ("by-shell", "by-api"))
    assert {**one, "slug": ""} == {**other, "slug": ""}
    assert (one["target"], one["quota"], one["scale_max"]) == (15, 350, 5.0)
    listed = script.get("/api/v1/study-templates").json()
    assert [row["name"] for row in listed] == list(StudyTemplate)
    assert listed[0]["about"].startswith("As the PAMELA data set was collected")


def test_the_file_of_a_study_makes_the_same_study_under_another_address(admin: Client) -> None:
    study = create_study(description={"slug": "first", "template": "best-worst", "title": "Häfen"})
    study.refresh_from_db()
    file = admin.get(reverse("admin:ratings_study_toml", args=[study.pk]))
    assert file["Content-Disposition"] == 'attachment; filename="first.toml"'
    assert tomllib.loads(file.content.decode())["title"] == "Häfen"
    upload = SimpleUploadedFile("first.toml", file.content)
    admin.post(f"{ADD}from-file/", {"file": upload, "slug": "second"})
    second = study_description(study=Study.objects.get(slug="second"))
    assert second == {**study_description(study=study), "slug": "second"}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose a TOML or JSON file first."),
        ({"file": b"title = "}, "study.toml is not valid TOML"),
        ({"file": b"\xff\xfe"}, "study.toml is no text in UTF-8."),
        ({"file": b'title = "A"\nslug = "a"\nquotta = 3'}, "A study has no &#x27;quotta&#x27;"),
    ],
)
def test_a_file_that_describes_no_study_is_refused_in_a_sentence(
    admin: Client, sent: dict[str, bytes], said: str
) -> None:
    files = {name: SimpleUploadedFile("study.toml", content) for name, content in sent.items()}
    answer = admin.post(f"{ADD}from-file/", files, follow=True)
    assert said in answer.content.decode()
    assert not Study.objects.exists()


@pytest.mark.parametrize("design", list(Design))
def test_a_copy_has_the_settings_and_where_wanted_the_items_of_a_study_but_none_of_its_answers(
    admin: Client, design: Design
) -> None:
    source = WORLDS[design]().study
    page = reverse("admin:ratings_study_copy", args=[source.pk])
    for slug, pictures in (("bare", {}), ("whole", {"with_pictures": "on"})):
        admin.post(page, {"_form_submitted": "on", "title": "Again", "slug": slug, **pictures})
    bare, whole = Study.objects.get(slug="bare"), Study.objects.get(slug="whole")
    for made in (bare, whole):
        wanted = {**study_description(study=source), "title": "Again", "slug": made.slug}
        assert study_description(study=made) == wanted
        assert (made.state, made.participations.count()) == ("draft", 0)
    assert (bare.study_images.count(), bare.pairs.count()) == (0, 0)
    assert whole.pairs.count() == source.pairs.count()
    assert whole.study_images.count() == source.study_images.count()
    assert set(whole.study_images.values_list("taken", flat=True)) == {0}
    assert not Rating.objects.filter(participation__study=whole).exists()


def test_a_copy_leaves_behind_what_was_taken_off_dates_and_the_label_of_a_demo(admin: Client) -> None:
    source = make_study(slug="old", is_demo=True, closes_at="2026-01-01T00:00:00Z", target=9)
    kept, _ = make_images(study=source, count=2)
    StudyImage.objects.exclude(pk=kept.pk).update(is_active=False, off_at="2026-01-01T00:00:00Z", off_reason="damaged")
    make_study_image(study=source, is_practice=True, attention_value=5.0)
    make_study_image(study=source, is_practice=True)
    source.datasets.add(Dataset.objects.create(name="old-set", scale_min=1, scale_max=5))
    script = script_of(group="researcher")
    body = {"slug": "new", "title": "New", "with_pictures": True}
    status, answer = send(script, "/old/copies", body)
    assert (status, answer["slug"]) == (201, "new")
    new = Study.objects.get(slug="new")
    assert (new.is_demo, new.closes_at, [one.name for one in new.datasets.all()]) == (False, None, ["old-set"])
    rows = list(new.study_images.order_by("ordinal").values_list("image_id", "is_practice", "target", "ordinal"))
    assert [row[1:] for row in rows] == [(False, 9, 0), (True, 9, 1)]
    assert rows[0][0] == kept.image_id
    assert send(script, "/old/copies", body)[0] == 400  # the address is taken
    assert set(send(script, "/old/copies", {**body, "picturs": 1})[1]["fields"]) == {"picturs"}


def test_a_copy_leaves_archived_pictures_behind_and_the_pairs_that_show_one(admin: Client) -> None:
    source = WORLDS[Design.PAIRWISE]().study
    Study.objects.filter(pk=source.pk).update(state=StudyState.CLOSED)
    pair = source.pairs.order_by("pk")[0]
    gone = {pair.image_a_id, pair.image_b_id}
    archive_images(images=gone, actor=None)
    page = reverse("admin:ratings_study_copy", args=[source.pk])
    admin.post(page, {"_form_submitted": "on", "title": "Again", "slug": "again", "with_pictures": "on"})
    copied = Study.objects.get(slug="again")
    assert copied.pairs.count() > 0
    assert not copied.pairs.filter(Q(image_a__in=gone) | Q(image_b__in=gone)).exists()
    assert not copied.study_images.filter(image__in=gone).exists()


def test_every_design_has_a_template_or_shares_one() -> None:
    designs = {create_study(description={"slug": kind, "template": kind}).design for kind in StudyTemplate}
    assert designs == set(Design)
