"""What researchers and admins do in the admin: each act by a confirmed POST, with its permission, and audited."""

import io
import json
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.choices import JobState, StudyState
from ratings.models import AuditEntry, Delivery, Dump, Rater, Rating, Study, StudyImage
from ratings.services.uploads.imports import import_delivery
from ratings.services.withdraw import withdraw_rater
from ratings.tests.disks import deliveries_folder, dumps_folder
from ratings.tests.factories import (
    make_images,
    make_participation,
    make_rating,
    make_study,
    picture_bytes,
)

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}


def act(client: Client, name: str, pk: object, **fields: object) -> int:
    """Confirm an action; give the status."""
    return client.post(reverse(f"admin:{name}", args=[pk]), {**CONFIRMED, **fields}).status_code


def test_opening_a_study_asks_first_and_acts_on_the_post_only(researcher: Client) -> None:
    study = make_study(state=StudyState.DRAFT)
    make_images(study=study, count=1)
    url = reverse("admin:ratings_study_open_for_raters", args=[study.pk])
    assert "Raters can join" in researcher.get(url).content.decode()
    study.refresh_from_db()
    assert study.state == StudyState.DRAFT
    assert researcher.post(url, CONFIRMED).status_code == 302
    study.refresh_from_db()
    assert study.state == StudyState.OPEN
    assert AuditEntry.objects.get(action="open-study").actor is not None


def test_the_question_of_an_action_is_a_dialog_in_the_admin_and_a_page_by_its_address(researcher: Client) -> None:
    url = reverse("admin:ratings_study_open_for_raters", args=[make_study(state=StudyState.DRAFT).pk])
    page, dialog = researcher.get(url), researcher.get(url, headers={"HX-Request": "true"})
    assert page.content.count(b"<title>") == 1
    assert b"<title>" not in dialog.content
    assert all(answer.content.count(b'id="dialog"') == 1 for answer in (page, dialog))


def test_a_study_without_images_stays_a_draft_and_the_page_says_why(researcher: Client) -> None:
    study = make_study(state=StudyState.DRAFT)
    url = reverse("admin:ratings_study_open_for_raters", args=[study.pk])
    page = researcher.post(url, CONFIRMED, follow=True).content.decode()
    assert "The study has no images yet" in page
    study.refresh_from_db()
    assert study.state == StudyState.DRAFT


@pytest.mark.parametrize(("action", "state"), [("pause", StudyState.PAUSED), ("close", StudyState.CLOSED)])
def test_an_open_study_can_be_paused_and_closed(researcher: Client, action: str, state: StudyState) -> None:
    study = make_study()
    assert act(researcher, f"ratings_study_{action}", study.pk) == 302
    study.refresh_from_db()
    assert study.state == state


def test_only_moves_that_the_state_allows_are_offered(researcher: Client) -> None:
    page = researcher.get(reverse("admin:ratings_study_change", args=[make_study().pk])).content.decode()
    assert "/pause/" in page
    assert "/open_for_raters/" not in page


def test_the_scale_is_fixed_once_somebody_rated(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_change", args=[study.pk])
    assert 'name="scale_max"' in researcher.get(url).content.decode()
    make_rating(participation=make_participation(study=study))
    assert 'name="scale_max"' not in researcher.get(url).content.decode()


def study_form(study: Study, **changes: object) -> dict[str, object]:
    """Give what a study's page would post."""
    names = ("title", "summary", "instructions", "target", "quota", "practice_count", "break_every", "lease_minutes")
    more = (
        "design",
        "set_size",
        "scale_kind",
        "scale_min",
        "scale_max",
        "scale_step",
        "random_share",
        "repeat_share",
        "repeat_gap",
    )
    rest = ("burn_in", "uniform_floor", "attention_every", "retrain_every", "consent_version", "consent_text")
    late = (
        "arena",
        "arena_by",
        "arena_own_after",
        "arena_smallest_group",
        "card_pictures",
        "device_input",
        "minimum_view_ms",
        "surround",
        "reservation_minutes",
        "stop_image_raters",
        "stop_rater_after",
        "attention_limit",
        "taste_after",
        "vision_failing",
        "vision_pass_mark",
    )
    posted = {name: getattr(study, name) for name in (*names, *more, *rest, *late, "pay_basis")}
    offer = {f"steering_offer-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    texts = {"scale_labels": "1 = bad\n5 = good", "profile_questions": "[]", "group_quotas": "{}"}
    return posted | offer | texts | changes


def test_anchors_are_written_as_lines(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_change", args=[study.pk])
    assert researcher.post(url, study_form(study)).status_code == 302
    study.refresh_from_db()
    assert study.scale_labels == {"1": "bad", "5": "good"}


def test_an_anchor_without_a_value_is_refused_with_an_example(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_change", args=[study.pk])
    page = researcher.post(url, study_form(study, scale_labels="good")).content.decode()
    assert "Write “5 = good”" in page


def test_a_profile_question_without_options_is_refused(researcher: Client) -> None:
    study = make_study()
    questions = json.dumps([{"key": "age", "label": "Age"}])
    url = reverse("admin:ratings_study_change", args=[study.pk])
    page = researcher.post(url, study_form(study, profile_questions=questions)).content.decode()
    assert "question 1 needs “options”: the answers to choose from" in page


def test_a_changed_target_reaches_the_images_but_never_below_places_taken(researcher: Client) -> None:
    study = make_study(target=3)
    taken, free = make_images(study=study, count=2)
    StudyImage.objects.filter(pk=taken.pk).update(taken=2)
    url = reverse("admin:ratings_study_change", args=[study.pk])
    assert researcher.post(url, study_form(study, target=1)).status_code == 302
    taken.refresh_from_db()
    free.refresh_from_db()
    assert (taken.target, free.target) == (2, 1)


def test_upload_takes_files_and_archives_and_reports_what_became_of_each(researcher: Client) -> None:
    study = make_study()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inside.png", picture_bytes(width=300, height=300, color="navy"))
    picture = picture_bytes(width=300, height=300, color="teal")
    files = [
        SimpleUploadedFile("one.png", picture),
        SimpleUploadedFile("two.png", picture),
        SimpleUploadedFile("broken.png", b"no picture at all"),
        SimpleUploadedFile("more.zip", archive.getvalue()),
    ]
    details = SimpleUploadedFile("list.csv", b"file,prompt\none.png,a teal square\ninside.png,a navy square\n")
    url = reverse("admin:ratings_study_upload", args=[study.pk])
    answer = researcher.post(url, {"pictures": files, "details": details})
    delivery = Delivery.objects.get()
    page_url = reverse("admin:ratings_delivery_change", args=[delivery.pk])
    assert (answer.status_code, answer["Location"]) == (302, page_url)
    assert "once a worker is through" in researcher.get(page_url).content.decode()
    import_delivery(delivery_id=delivery.pk)
    page = researcher.get(page_url).content.decode()
    for shown in ("2 added", "1 duplicates skipped", "broken.png"):
        assert shown in page
    assert set(StudyImage.objects.values_list("prompt", flat=True)) == {"a teal square", "a navy square"}
    assert study.study_images.count() == 2
    assert AuditEntry.objects.get(action="upload").actor is not None
    assert list(deliveries_folder().iterdir()) == []


def test_an_upload_without_files_or_with_a_wrong_list_says_so(researcher: Client) -> None:
    url = reverse("admin:ratings_study_upload", args=[make_study().pk])
    assert "Choose pictures" in researcher.post(url, {}).content.decode()
    files = {"pictures": [SimpleUploadedFile("a.png", picture_bytes())]}
    wrong = {**files, "details": SimpleUploadedFile("list.txt", b"x")}
    assert "A list is a .csv" in researcher.post(url, wrong).content.decode()


def test_export_makes_a_queued_dump_with_the_chosen_filters(researcher: Client) -> None:
    study = make_study()
    make_rating(participation=make_participation(study=study))
    assert act(researcher, "ratings_study_export", study.pk, format="csv", include_simulated="on") == 302
    dump = Dump.objects.get()
    assert (dump.format, dump.state) == ("csv", JobState.QUEUED)
    assert dump.filters["include_simulated"]
    assert not dump.filters["include_repeats"]


def test_export_offers_every_filter_and_names_a_wrong_one(researcher: Client) -> None:
    study = make_study()
    make_rating(participation=make_participation(study=study))
    fields = {"format": "hf", "since": "2026-01-02", "policies": "random, active", "leave_out_flagged": "on"}
    assert act(researcher, "ratings_study_export", study.pk, **fields) == 302
    filters = Dump.objects.get().filters
    assert filters["since"].startswith("2026-01-02T00:00")
    assert (filters["policies"], filters["leave_out_flagged"]) == (["random", "active"], True)
    url = reverse("admin:ratings_study_export", args=[study.pk])
    wrong = {**CONFIRMED, "format": "csv", "domains": "fish", "policies": "random"}
    for headers in ({}, {"HX-Request": "true"}):  # on a page of its own, and in the dialog
        page = researcher.post(url, wrong, headers=headers).content.decode()
        assert "no domains" in page
        assert re.search(r'name="policies" value="random"', page), "what was chosen stays"
    assert Dump.objects.count() == 1


def test_a_failed_dump_is_tried_again_by_a_button(researcher: Client) -> None:
    dump = Dump.objects.create(study=make_study(), version=1, format="csv", state=JobState.FAILED, error="Full.")
    page = researcher.get(reverse("admin:ratings_dump_change", args=[dump.pk])).content.decode()
    assert "Try again" in page
    assert act(researcher, "ratings_dump_retry", dump.pk) == 302
    dump.refresh_from_db()
    assert (dump.state, dump.error) == (JobState.QUEUED, "")
    page = researcher.get(reverse("admin:ratings_dump_change", args=[dump.pk])).content.decode()
    assert "Try again" not in page


def make_dump_files() -> Dump:
    """Make a dump that is ready, with two files."""
    folder = dumps_folder() / "harbour-v1"
    folder.mkdir(parents=True)
    (folder / "ratings.csv").write_bytes(b"rater,image,value\n1,2,3\n")
    (folder / "manifest.json").write_text("{}")
    study = make_study(slug="harbour")
    return Dump.objects.create(study=study, version=1, format="csv", state=JobState.READY, folder="harbour-v1")


def test_a_dump_downloads_as_one_archive(researcher: Client) -> None:
    dump = make_dump_files()
    answer = researcher.get(reverse("admin:ratings_dump_download", args=[dump.pk]))
    packed = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert sorted(packed.namelist()) == ["harbour-v1-csv/manifest.json", "harbour-v1-csv/ratings.csv"]
    assert packed.read("harbour-v1-csv/ratings.csv") == b"rater,image,value\n1,2,3\n"


def test_a_dump_says_in_words_what_it_holds(researcher: Client) -> None:
    dump = make_dump_files()
    url = reverse("admin:ratings_dump_change", args=[dump.pk])
    assert "as usual: repeats kept" in researcher.get(url).content.decode()
    filters = {"include_repeats": False, "include_practice": False, "domains": ["art", "film"], "since": None}
    Dump.objects.update(filters=filters, manifest={"counts": {"ratings": 1200, "raters": 3}})
    page = researcher.get(url).content.decode()
    assert "include repeats: no; domains: art, film" in page
    assert "1,200 ratings, 3 raters" in page


def test_a_dump_says_whether_somebody_withdrew_since(researcher: Client) -> None:
    dump = make_dump_files()
    url = reverse("admin:ratings_dump_change", args=[dump.pk])
    assert "Nobody" in researcher.get(url).content.decode()
    withdraw_rater(rater=make_participation().rater, actor=None)
    assert "One rater of this installation: make a new dump" in researcher.get(url).content.decode()


def test_a_broken_download_of_a_file_can_be_resumed(researcher: Client) -> None:
    dump = make_dump_files()
    url = reverse("admin:ratings_dump_file", args=[dump.pk, "ratings.csv"])
    whole = researcher.get(url).getvalue()
    rest = researcher.get(url, headers={"Range": "bytes=6-"})
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes 6-{len(whole) - 1}/{len(whole)}"
    assert rest.getvalue() == whole[6:]
    assert researcher.get(url, headers={"Range": "bytes=900-"}).status_code == 416
    assert researcher.get(url, headers={"Range": "bytes=-4"}).getvalue() == whole[-4:]
    same, other = ({"Range": "bytes=6-", "If-Range": tag} for tag in (rest["ETag"], '"another"'))
    assert researcher.get(url, headers=same).getvalue() == whole[6:]
    assert researcher.get(url, headers=other).getvalue() == whole
    for nonsense in ("bytes=9-6", "bytes=-", "bytes=0-1,3-4", f"bytes={'9' * 5000}-", "lines=1-2"):
        assert researcher.get(url, headers={"Range": nonsense}).status_code == 200


@pytest.mark.parametrize("name", ["../../secrets/secret_key", "nothing.csv"])
def test_only_files_of_the_dump_can_be_downloaded(researcher: Client, name: str) -> None:
    dump = make_dump_files()
    url = reverse("admin:ratings_dump_download", args=[dump.pk])
    assert researcher.get(f"{url}{name}").status_code == 404


def test_a_dump_that_is_not_ready_has_nothing_to_download(researcher: Client) -> None:
    dump = Dump.objects.create(study=make_study(), version=1, format="csv")
    assert researcher.get(reverse("admin:ratings_dump_download", args=[dump.pk])).status_code == 404


def test_the_progress_of_a_dump_is_given_as_json(researcher: Client) -> None:
    dump = Dump.objects.create(study=make_study(), version=1, format="csv", state=JobState.RUNNING, progress=0.25)
    facts = researcher.get(reverse("admin:ratings_dump_progress", args=[dump.pk])).json()
    assert (facts["percent"], facts["is_active"]) == (25.0, True)


def test_withdrawing_a_rater_removes_everything_and_leaves_an_audit_entry_without_content(manager: Client) -> None:
    rating = make_rating()
    rater = rating.participation.rater
    place = rating.assignment.study_image
    assert act(manager, "ratings_rater_withdraw", rater.pk) == 302
    assert not Rater.objects.filter(pk=rater.pk).exists()
    assert not Rating.objects.exists()
    place.refresh_from_db()
    assert place.taken == 0
    assert str(rater.pk) not in json.dumps(AuditEntry.objects.filter(action="withdraw").values("target", "detail")[0])


def test_a_researcher_may_not_withdraw_raters_nor_see_the_people_who_work_here(researcher: Client) -> None:
    rater = make_participation().rater
    assert act(researcher, "ratings_rater_withdraw", rater.pk) == 403
    assert Rater.objects.filter(pk=rater.pk).exists()
    assert researcher.get(reverse("admin:auth_user_changelist")).status_code == 403


def test_raters_are_withdrawn_and_never_plainly_deleted(manager: Client) -> None:
    rater = make_participation().rater
    assert manager.post(reverse("admin:ratings_rater_delete", args=[rater.pk]), {"post": "yes"}).status_code == 403


def test_somebody_without_a_group_may_do_nothing(onlooker: Client) -> None:
    study = make_study()
    assert act(onlooker, "ratings_study_pause", study.pk) == 403
    assert onlooker.get(reverse("admin:ratings_study_upload", args=[study.pk])).status_code == 403
    assert onlooker.get(reverse("admin:ratings_study_plot", args=[study.pk, "coverage", "csv"])).status_code == 403
    dump = Dump.objects.create(study=study, version=1, format="csv")
    assert onlooker.get(reverse("admin:ratings_dump_progress", args=[dump.pk])).status_code == 403


def test_plots_download_as_csv_and_json(researcher: Client) -> None:
    study = make_study(target=2)
    participation = make_participation(study=study)
    first, _ = make_images(study=study, count=2)
    make_rating(participation=participation, study_image=first)
    csv = researcher.get(reverse("admin:ratings_study_plot", args=[study.pk, "coverage", "csv"]))
    assert csv.content.decode().splitlines() == ["raters,images", "0,1", "1,1", "2,0"]
    plot = researcher.get(reverse("admin:ratings_study_plot", args=[study.pk, "opinions", "json"])).json()
    assert plot["rows"][2] == {"rating": "3", "ratings": 1}
    assert researcher.get(reverse("admin:ratings_study_plot", args=[study.pk, "nothing", "csv"])).status_code == 404


def test_a_question_on_a_page_of_its_own_names_its_study_and_leads_back(admin_client: Client) -> None:
    study = make_study(title="Harbour", state=StudyState.DRAFT)
    page = admin_client.get(f"/admin/ratings/study/{study.pk}/open_for_raters/").content.decode()
    assert "Back to Harbour" in page
    assert f'href="/admin/ratings/study/{study.pk}/change/"' in page
