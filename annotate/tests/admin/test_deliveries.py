"""Files handed in are kept first and taken in by a worker: resumed after a crash, refused with a report by line."""

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.stores import disk
from ratings.choices import DeliveryKind, JobState
from ratings.exceptions import ConflictError, StorageFailedError
from ratings.models import AuditEntry, Dataset, DatasetImage, DatasetRater, DatasetRating, Delivery, Study
from ratings.services.jobs.lifecycle import revive_jobs
from ratings.services.uploads.imports import import_delivery
from ratings.services.uploads.store import (
    keep_files,
    request_picture_import,
    request_rating_import,
)
from ratings.tests.disks import deliveries_folder
from ratings.tests.factories import make_study, picture_bytes

pytestmark = pytest.mark.django_db

TIDY = b"rater,image,rating\nann,red.png,1\nbob,red.png,3\n"


def looked_at(client: Client, content: bytes = TIDY, **fields: Any) -> Any:
    """Upload a file of ratings for a look."""
    url = reverse("admin:ratings_dataset_import_ratings")
    posted = {"name": "birds", "layout": "tidy", "scale_min": 1, "scale_max": 5, **fields}
    return client.post(url, {**posted, "ratings": SimpleUploadedFile("ratings.csv", content)})


def test_a_file_is_looked_at_before_anything_is_written(researcher: Client) -> None:
    page = looked_at(researcher).content.decode()
    assert "All 2 rows were read: 2 raters of 1 images. A new dataset is made." in page
    assert "ann" in page
    assert not Dataset.objects.exists()
    assert not Delivery.objects.exists()


def test_what_was_looked_at_is_imported_once(researcher: Client) -> None:
    beside = SimpleUploadedFile("raters.csv", b"rater,age\nann,30-44\n")
    ticket = looked_at(researcher, beside=beside).context["look"].ticket
    url = reverse("admin:ratings_dataset_import_ratings")
    assert researcher.post(url, {"ticket": ticket}).status_code == 302
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    assert set(DatasetRating.objects.values_list("rater__key", "value")) == {("ann", 1.0), ("bob", 3.0)}
    assert DatasetRater.objects.get(key="ann").attributes == {"age": "30-44"}
    page = researcher.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode()
    assert "2 added" in page
    assert AuditEntry.objects.get(action="import-ratings").target == "birds"
    assert "upload them again" in researcher.post(url, {"ticket": ticket}, follow=True).content.decode()


@pytest.mark.parametrize("name", ["ratings[1].csv", "my ratings (2).csv", "*.csv"])
def test_a_file_may_be_called_as_browsers_call_it(researcher: Client, name: str) -> None:
    url = reverse("admin:ratings_dataset_import_ratings")
    posted = {"name": "birds", "layout": "tidy", "scale_min": 1, "scale_max": 5}
    page = researcher.post(url, {**posted, "ratings": SimpleUploadedFile(name, TIDY)})
    assert "All 2 rows were read" in page.content.decode()


def test_a_published_set_needs_no_scale_and_a_tidy_one_does(researcher: Client) -> None:
    votes = b"1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396\n"
    url = reverse("admin:ratings_dataset_import_ratings")
    ava = researcher.post(url, {"name": "ava", "layout": "ava", "ratings": SimpleUploadedFile("AVA.txt", votes)})
    assert "All 9 rows were read: 1 raters of 1 images" in ava.content.decode()
    tidy = researcher.post(url, {"name": "mine", "layout": "tidy", "ratings": SimpleUploadedFile("r.csv", TIDY)})
    assert "give the lowest and the highest value" in tidy.content.decode()


def test_a_look_at_a_known_set_says_what_is_new_and_what_differs(researcher: Client) -> None:
    dataset = Dataset.objects.create(name="birds", scale_min=1, scale_max=5)
    ann = DatasetRater.objects.create(dataset=dataset, key="ann")
    for image, value in (("a.png", 1), ("b.png", 2)):
        shown = DatasetImage.objects.create(dataset=dataset, key=image)
        DatasetRating.objects.create(rater=ann, dataset_image=shown, value=value)
    rows = b"rater,image,rating,age\nann,a.png,1,30\nann,b.png,5,30\nann,a.png,4,30\nbob,a.png,3,\n"
    page = looked_at(researcher, rows).content.decode()
    assert "exists with 2 ratings. Of the rows read, 2 are new, 1 differ from what is known of their rater" in page
    assert "Known of raters: age." in page


def test_a_forged_ticket_is_refused(researcher: Client) -> None:
    url = reverse("admin:ratings_dataset_import_ratings")
    assert "no file of yours" in researcher.post(url, {"ticket": "forged"}, follow=True).content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"rater,image,rating\nann,a.png,9\nbob,a.png,x\n", "line 2, rating = &#x27;9&#x27;: the scale is 1 to 5"),
        (b"rater,rating\nann,3\n", "no column &#x27;image&#x27;"),
        (b"", "empty"),
    ],
)
def test_wrong_rows_are_named_by_line_and_cannot_be_imported(researcher: Client, content: bytes, shown: str) -> None:
    page = looked_at(researcher, content).content.decode()
    assert shown in page
    assert 'name="ticket"' not in page or "wrong row" not in page


def test_a_scale_upside_down_is_refused(researcher: Client) -> None:
    assert "above the lowest" in looked_at(researcher, scale_min=5, scale_max=1).content.decode()


def test_errors_that_only_the_whole_file_shows_are_reported_by_line(researcher: Client) -> None:
    rows = b"".join(b"ann,%d.png,3\n" % number for number in range(2_500))
    ticket = looked_at(researcher, b"rater,image,rating\n" + rows + b"bob,a.png,8\n").context["look"].ticket
    researcher.post(reverse("admin:ratings_dataset_import_ratings"), {"ticket": ticket})
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    page = researcher.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode()
    assert "line 2502, rating" in page
    assert not Dataset.objects.exists()


def pictures_delivery() -> Delivery:
    """Keep one picture for a study."""
    folder = keep_files(files={"pictures": [SimpleUploadedFile("one.png", picture_bytes(width=300, height=300))]})
    return request_picture_import(study=make_study(), folder=folder, actor=None)


def test_a_delivery_whose_worker_died_is_taken_up_and_one_at_work_is_not() -> None:
    delivery = pictures_delivery()
    Delivery.objects.update(state=JobState.RUNNING, attempts=1)
    assert import_delivery(delivery_id=delivery.pk) is None
    assert revive_jobs(kind=Delivery) == []
    Delivery.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    assert revive_jobs(kind=Delivery) == [delivery.pk]
    done = import_delivery(delivery_id=delivery.pk)
    assert done is not None
    assert (done.state, done.report["counts"]["Added"]) == (JobState.READY, 1)
    assert import_delivery(delivery_id=delivery.pk) is None


def test_a_delivery_without_its_files_fails_with_a_sentence(settings: LazySettings) -> None:
    delivery = pictures_delivery()
    store = disk("deliveries", folder=deliveries_folder() / "elsewhere")
    settings.STORAGES = {**settings.STORAGES, "deliveries": store}
    done = import_delivery(delivery_id=delivery.pk)
    assert done is not None
    assert (done.state, done.error) == (JobState.FAILED, "The uploaded files are gone: upload them again.")


def test_files_that_cannot_be_kept_leave_nothing(settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("where a folder should be")
    settings.STORAGES = {**settings.STORAGES, "deliveries": disk("deliveries", folder=tmp_path / "a-file")}
    with pytest.raises(StorageFailedError, match="make room and upload again"):
        keep_files(files={"pictures": [SimpleUploadedFile("one.png", b"x")]})


def test_a_folder_is_handed_over_once() -> None:
    folder = keep_files(files={"ratings": [SimpleUploadedFile("ratings.csv", TIDY)]})
    options = {"name": "birds", "layout": "tidy", "scale_min": 1, "scale_max": 5, "file": "ratings.csv"}
    assert request_rating_import(folder=folder, options=options, actor=None).kind == DeliveryKind.RATINGS
    with pytest.raises(ConflictError, match="being imported already"):
        request_rating_import(folder=folder, options=options, actor=None)
    assert [one.name for one in deliveries_folder().iterdir()] == [folder]


def test_somebody_without_a_group_hands_nothing_in(onlooker: Client) -> None:
    assert onlooker.get(reverse("admin:ratings_dataset_import_ratings")).status_code == 403
    delivery = pictures_delivery()
    assert onlooker.get(reverse("admin:ratings_delivery_progress", args=[delivery.pk])).status_code == 403


def request_pictures(*, study: Study, **pictures: bytes) -> Delivery:
    """Upload pictures to a study."""
    files = [SimpleUploadedFile(f"{name}.png", content) for name, content in pictures.items()]
    return request_picture_import(study=study, folder=keep_files(files={"pictures": files}), actor=None)


def test_an_upload_leads_to_the_pictures_that_it_brought_and_to_no_others(researcher: Client) -> None:
    study = make_study(slug="harbour")
    ones = request_pictures(study=study, red=picture_bytes(color="red"), blue=picture_bytes(color="blue"))
    others = request_pictures(study=study, red=picture_bytes(color="red"), teal=picture_bytes(color="teal"))
    for upload in (ones, others):
        import_delivery(delivery_id=upload.pk)
    for upload, colors in ((ones, {"blue.png", "red.png"}), (others, {"teal.png"})):
        page = researcher.get(reverse("admin:ratings_delivery_change", args=[upload.pk])).content.decode()
        words = "2 pictures that are new" if len(colors) > 1 else "1 picture that is new"
        link = re.search(rf'href="([^"]+)">{words} to the study</a>', page)
        assert link is not None
        rows = researcher.get(html.unescape(link[1])).context["cl"].result_list
        assert {name for image in rows for name in image.study_images.values_list("name", flat=True)} == colors
    nobodys = {"study_images__study__id__exact": study.pk, "upload": 10**30}
    assert researcher.get(reverse("admin:ratings_image_changelist"), nobodys).context["cl"].result_count == 0


def test_an_import_of_ratings_leads_to_its_set(researcher: Client) -> None:
    url = reverse("admin:ratings_dataset_import_ratings")
    researcher.post(url, {"ticket": looked_at(researcher).context["look"].ticket})
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    page = researcher.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode()
    address = reverse("admin:ratings_dataset_change", args=[Dataset.objects.get().pk])
    assert f'href="{address}">On to birds</a>' in page
