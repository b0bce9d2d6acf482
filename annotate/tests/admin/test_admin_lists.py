"""The admin's lists: each shows its rows, and asks the database as often for many rows as for one."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ratings.choices import AssignmentKind, JobState
from ratings.models import AuditEntry, Dataset, Dump, Study
from ratings.services.permissions import ensure_groups
from ratings.tests.factories import (
    make_images,
    make_participation,
    make_rater,
    make_rating,
    make_study,
    make_study_image,
)

pytestmark = pytest.mark.django_db


def fill(study: Study) -> None:
    """Add a rater with two ratings of new images."""
    participation = make_participation(study=study, rater=make_rater(answers={"age": "18-29"}))
    for study_image in make_images(study=study, count=2):
        make_rating(participation=participation, study_image=study_image)


def fill_everything(study: Study) -> None:
    """Add rows that every list shows."""
    fill(study)
    fill(make_study(title="Another study"))
    number = Dump.objects.count() + 1
    Dump.objects.create(study=study, version=number, format="csv", state=JobState.RUNNING)
    Dataset.objects.create(name=f"set-{number}", scale_min=1, scale_max=5)
    AuditEntry.objects.create(action="export", target=study.slug, actor=User.objects.first())
    User.objects.create_user(f"person-{number}")


def query_count(call: Callable[[], object]) -> int:
    """Count the queries of a call."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


LISTS = {
    "ratings_study": 4,
    "ratings_image": 11,
    "ratings_rater": 7,
    "ratings_participation": 6,
    "ratings_assignment": 5,
    "ratings_rating": 5,
    "ratings_dump": 5,
    "ratings_dataset": 4,
    "ratings_auditentry": 8,
    "auth_user": 8,
}


@pytest.mark.parametrize(("name", "pinned"), LISTS.items())
def test_a_list_asks_as_often_for_many_rows_as_for_few(admin_client: Client, name: str, pinned: int) -> None:
    study = make_study()
    fill_everything(study)
    url = reverse(f"admin:{name}_changelist")
    admin_client.get(url)  # content types are asked for once per process
    few = query_count(lambda: admin_client.get(url))
    for _ in range(3):
        fill_everything(study)
    assert query_count(lambda: admin_client.get(url)) == few
    assert few == pinned


def test_the_list_of_studies_shows_coverage_raters_and_ratings(admin_client: Client) -> None:
    study = make_study(title="Harbour", target=2)
    fill(study)  # two images, one of two places taken each
    page = admin_client.get(reverse("admin:ratings_study_changelist")).content.decode()
    assert "Harbour" in page
    assert "2 of 4 places taken" in page
    assert "50%" in page


def test_images_are_shown_with_prompt_ratings_and_mean(admin_client: Client) -> None:
    study = make_study()  # from 1 to 5
    (study_image,) = make_images(study=study, count=1, prompt="a quiet harbour at dusk")
    make_rating(participation=make_participation(study=study), study_image=study_image, value=2)
    make_rating(participation=make_participation(study=study), study_image=study_image, value=3)
    page = admin_client.get(reverse("admin:ratings_image_changelist")).content.decode()
    assert "a quiet harbour at dusk" in page
    assert "2 ratings" in page
    assert "mean 0.38" in page  # (1/4 + 2/4) / 2
    assert study_image.image.renditions[0]["path"] in page


def test_images_of_one_study_can_be_picked_out(admin_client: Client) -> None:
    shown, hidden = make_study(), make_study()
    make_images(study=shown, count=1, prompt="a red door")
    make_images(study=hidden, count=1, prompt="a blue door")
    url = reverse("admin:ratings_image_changelist")
    page = admin_client.get(url, {"study_images__study__id__exact": shown.pk}).content.decode()
    assert "a red door" in page
    assert "a blue door" not in page


def test_every_page_of_the_admin_is_declared_soundly() -> None:
    assert run_checks(tags=["admin"]) == []


def test_ratings_cannot_be_added_changed_or_deleted_even_by_a_superuser(admin_client: Client) -> None:
    rating = make_rating()
    assert admin_client.get(reverse("admin:ratings_rating_add")).status_code == 403
    change = reverse("admin:ratings_rating_change", args=[rating.pk])
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {"value": 1}).status_code == 403
    assert admin_client.post(reverse("admin:ratings_rating_delete", args=[rating.pk])).status_code == 403


def test_the_audit_cannot_be_edited(admin_client: Client) -> None:
    entry = AuditEntry.objects.create(action="export", target="harbour")
    assert admin_client.get(reverse("admin:ratings_auditentry_add")).status_code == 403
    assert admin_client.post(reverse("admin:ratings_auditentry_delete", args=[entry.pk])).status_code == 403


def test_groups_can_be_made_again_without_harm() -> None:
    ensure_groups()
    ensure_groups()
    user = User.objects.create_user("mira")
    user.groups.add(Group.objects.get(name="admin"))
    assert user.has_perm("auth.change_user")


def test_a_participation_tells_how_its_attention_checks_were_answered(admin_client: Client) -> None:
    study = make_study()
    check = make_study_image(study=study, is_practice=True, attention_value=5.0)
    participation = make_participation(study=study)
    address = f"/admin/ratings/participation/{participation.pk}/change/"
    assert "None put yet" in admin_client.get(address).content.decode()
    for value in (5, 2):
        make_rating(
            participation=participation, study_image=check, value=value, assignment={"kind": AssignmentKind.ATTENTION}
        )
    assert "1 of 2 passed" in admin_client.get(address).content.decode()


def test_a_list_of_jobs_is_narrowed_by_the_states_that_its_kind_can_be_in(researcher: Client) -> None:
    study = make_study(title="Harbour")
    for version, state in enumerate((JobState.READY, JobState.FAILED), start=1):
        Dump.objects.create(study=study, version=version, format="csv", state=state)
    url = reverse("admin:ratings_dump_changelist")
    page = researcher.get(url).content.decode()
    assert 'value="ready"' in page
    assert 'value="succeeded"' not in page
    page = researcher.get(url, {"state__in": "failed"}).content.decode()
    assert "Harbour v2" in page
    assert "Harbour v1" not in page


def test_a_list_without_rows_says_whether_there_are_none_or_none_that_match(admin_client: Client) -> None:
    assert "There are no studies yet." in admin_client.get("/admin/ratings/study/").content.decode()
    make_study()
    assert (
        "Nothing matches the search and the filters." in admin_client.get("/admin/ratings/study/?q=x").content.decode()
    )
