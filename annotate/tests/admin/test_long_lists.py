"""Lists of the admin stay fast however many rows there are, and say what they leave out."""

from typing import Any, cast

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.urls import reverse

from annotate.admin.parts import long_lists
from annotate.admin.parts.long_lists import LongListPaginator, is_within
from ratings.models import AuditEntry, Image, Participation, Rater, Rating
from ratings.tests.factories import make_images, make_participation, make_rating, make_study

pytestmark = pytest.mark.django_db


class ShortPaginator(LongListPaginator):
    """Lists seven rows at most."""

    most = 7


def raters(count: int) -> None:
    Rater.objects.bulk_create(Rater() for _ in range(count))


def test_pages_go_as_far_as_rows_are_listed_and_hold_them_in_order() -> None:
    raters(9)
    keys = list(Rater.objects.order_by("pk").values_list("pk", flat=True))
    pages = ShortPaginator(Rater.objects.order_by("pk"), 3)
    assert (pages.count, pages.num_pages, pages.has_more) == (7, 3, True)
    found = [[row.pk for row in pages.page(number).object_list] for number in (1, 2, 3)]
    assert found == [keys[:3], keys[3:6], keys[6:7]]


def test_a_short_list_is_counted_to_its_end() -> None:
    raters(7)
    pages = ShortPaginator(Rater.objects.order_by("pk"), 3)
    assert (pages.count, pages.has_more) == (7, False)
    assert [is_within(Rater.objects.all(), most) for most in (6, 7)] == [False, True]


def test_a_list_says_that_there_is_more_and_leads_to_no_page_of_dots(admin_client: Client) -> None:
    raters(60)
    admin: Any = site.get_model_admin(Rater)
    usual = admin.paginator
    admin.paginator = ShortPaginator
    admin.list_per_page = 1
    try:
        page = admin_client.get(reverse("admin:ratings_rater_changelist")).content.decode()
    finally:
        admin.paginator, admin.list_per_page = usual, 50
    assert "the first 7 of more raters; filter or search to see the others" in " ".join(page.split())
    assert "p=…" not in page
    assert "p=%E2%80%A6" not in page


def test_answers_are_sorted_by_their_values_where_they_are_of_one_rater(admin_client: Client) -> None:
    study = make_study()
    part = make_participation(study=study)
    for row, value in zip(make_images(study=study, count=3), (3.0, 1.0, 2.0), strict=True):
        make_rating(participation=part, study_image=row, value=value)
    of_all, of_one = reverse("admin:ratings_rating_changelist"), f"participation__id__exact={part.pk}"

    def values(query: str) -> list[float | None]:
        return [row.value for row in admin_client.get(f"{of_all}?{query}").context["cl"].result_list]

    newest_first = [row.value for row in Rating.objects.order_by("-id")]
    assert values("o=2") == newest_first, "millions of ratings are not sorted by what has no index"
    assert values(f"o=2&{of_one}") == [1.0, 2.0, 3.0]
    assert long_lists.NARROWING == ("participation__id__exact", "q")


@pytest.mark.parametrize(
    ("name", "column"), [("ratings_auditentry", 2), ("ratings_participation", 3), ("ratings_rater", 1)]
)
def test_a_column_without_an_index_sorts_a_short_list_only(
    admin_client: Client, name: str, column: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for done in (1, 2, 3):
        part = make_participation(study=make_study(slug=f"study-{done}"))
        Participation.objects.filter(pk=part.pk).update(done=done, served=done)
        Rater.objects.filter(pk=part.rater_id).update(is_simulated=done > 1)
    for target in ("quay", "harbour", "sea"):
        AuditEntry.objects.create(action="edit", target=target)
    list_of = reverse(f"admin:{name}_changelist")

    def shown() -> list[Any]:
        found = admin_client.get(f"{list_of}?o={column}").context["cl"]
        values = {"ratings_auditentry": "target", "ratings_participation": "done", "ratings_rater": "is_simulated"}
        return list(found.queryset.values_list(values[name], flat=True))

    assert shown() == sorted(shown())
    monkeypatch.setattr(long_lists, "MOST_SORTED", 2)
    assert shown() != sorted(shown()), "it stands in the order of its index, the newest first"


def test_the_participants_of_a_small_study_are_sorted_however_many_others_there_are(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = make_study(slug="small"), make_study(slug="large")
    for done, study in enumerate((small, small, large, large, large), 1):
        part = make_participation(study=study)
        Participation.objects.filter(pk=part.pk).update(done=done, served=done)
    monkeypatch.setattr(long_lists, "MOST_SORTED", 2)

    def done_in(query: str) -> list[int]:
        page = admin_client.get(f"{reverse('admin:ratings_participation_changelist')}?o=3&{query}")
        return [row.done for row in page.context["cl"].queryset]

    assert done_in(f"study__id__exact={small.pk}") == [1, 2]
    assert done_in(f"study__id__exact={large.pk}") == [5, 4, 3]
    assert done_in("") == [5, 4, 3, 2, 1]
    assert done_in("study__id__exact=99999999999999999999") == []


def test_all_rows_of_a_list_are_acted_on_only_where_all_are_listed(admin_client: Client) -> None:
    make_images(study=make_study(state="closed"), count=8)
    url, admin = reverse("admin:ratings_image_changelist"), cast("Any", site.get_model_admin(Image))
    form = {"action": "archive", "select_across": "1", "_selected_action": [Image.objects.all()[0].pk]}
    usual = admin.paginator
    admin.paginator = ShortPaginator
    try:
        page = admin_client.post(url, form, follow=True).content.decode()
    finally:
        admin.paginator = usual
    assert "Nothing was changed. This list has more than 7 rows" in page
    assert not Image.objects.filter(archived_at__isnull=False).exists()
    admin_client.post(url, form)
    assert Image.objects.filter(archived_at__isnull=False).count() == 8


@pytest.mark.parametrize(
    ("shown", "index"),
    [
        ("ratings_auditentry_changelist", "audit_created"),
        ("ratings_auditentry_changelist?action=edit", "audit_action"),
        ("ratings_rater_changelist", "rater_created"),
        ("ratings_participation_changelist", "participation_created"),
        ("ratings_participation_changelist?study__id__exact={study}", "participation_in_study"),
        ("ratings_image_changelist?archived=all", "image_created"),
    ],
)
def test_a_page_of_a_long_list_is_read_from_an_index_in_its_order(admin_client: Client, shown: str, index: str) -> None:
    name, _, query = shown.partition("?")
    study, _ = make_study().pk, make_study()  # of one alone, nothing is offered to filter by
    page = admin_client.get(f"{reverse(f'admin:{name}')}?{query.format(study=study)}")
    keys = page.context["cl"].queryset.values_list("pk", flat=True)[:50]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # which small tables are better read by
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert f" using {index} on " in keys.explain()


@pytest.mark.parametrize("table", ["ratings_studyimage", "ratings_pair", "ratings_participation"])
def test_the_planner_expects_small_studies_beside_a_large_one(table: str) -> None:
    with connection.cursor() as cursor:
        asked = "SELECT attoptions FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'study_id'"
        cursor.execute(asked, [table])
        assert cursor.fetchone() == (["n_distinct=100"],)
