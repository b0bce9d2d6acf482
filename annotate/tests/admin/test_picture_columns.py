"""Where a table holds several pictures in a row, the admin asks which are meant, and nothing is sent twice."""

import hashlib
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.choices import JobState
from ratings.models import Dataset, Delivery, Image, StudyImage
from ratings.services.uploads.imports import import_delivery
from ratings.tests.disks import deliveries_folder
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, packed

pytestmark = pytest.mark.django_db

BLUE = hashlib.sha256(DRAWN["blue"]).hexdigest()
ROWS = b"rater,image,rating\nann,a.png,1\n"


def table() -> SimpleUploadedFile:
    """Hold two pictures in a row, as the datasets library does."""
    rows = [{"bytes": DRAWN[color], "path": None} for color in ("red", "blue")]
    content = BytesIO()
    pq.write_table(pa.table({"file_name": ["a.png"], "image": rows[:1], "mask": rows[1:]}), content)
    return SimpleUploadedFile("pairs.parquet", content.getvalue())


def uploaded(client: Client, *files: SimpleUploadedFile) -> Delivery:
    """Upload files among the pictures of a study, and let a worker take them in."""
    study = make_study()
    client.post(reverse("admin:ratings_study_upload", args=[study.pk]), {"pictures": files})
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_an_upload_asks_which_pictures_are_meant_and_goes_on_with_the_answer(researcher: Client) -> None:
    asked = uploaded(researcher, table())
    assert asked.state == JobState.FAILED
    page = researcher.get(reverse("admin:ratings_delivery_change", args=[asked.pk])).content.decode()
    assert "pairs.parquet holds several pictures in a row. Choose which one is meant" in page
    assert not StudyImage.objects.exists()
    answer = reverse("admin:ratings_delivery_answer", args=[asked.pk])
    assert "Choose one of what" in researcher.post(answer, {"choice": "photo"}, follow=True).content.decode()
    researcher.post(answer, {"choice": "mask"})
    assert "answered already" in researcher.post(answer, {"choice": "image"}, follow=True).content.decode()
    again = Delivery.objects.latest("pk")
    import_delivery(delivery_id=again.pk)
    assert StudyImage.objects.get().name == "a.png"
    assert Image.objects.get().sha256 == BLUE
    assert not (deliveries_folder() / again.folder).exists()


def test_who_may_not_upload_may_not_answer(researcher: Client, client: Client) -> None:
    asked = uploaded(researcher, table())
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(viewer)
    assert client.post(reverse("admin:ratings_delivery_answer", args=[asked.pk]), {"choice": "mask"}).status_code == 403
    assert researcher.get(reverse("admin:ratings_delivery_answer", args=[asked.pk])).status_code == 405


def test_a_table_of_pictures_may_be_chosen_among_the_pictures_and_a_list_as_well(researcher: Client) -> None:
    held, listed = BytesIO(), BytesIO()
    pq.write_table(pa.table({"file_name": ["a.png"], "image": [{"bytes": DRAWN["red"], "path": None}]}), held)
    pq.write_table(pa.table({"file_name": ["a.png"], "prompt": ["one"]}), listed)
    files = [SimpleUploadedFile(f"{name}.parquet", one.getvalue()) for name, one in (("held", held), ("list", listed))]
    assert uploaded(researcher, *files).state == JobState.READY
    entry = StudyImage.objects.get()
    assert (entry.name, entry.prompt) == ("a.png", "one")


def test_the_look_at_ratings_asks_for_the_column_of_pictures(researcher: Client, tmp_path: Path) -> None:
    url = reverse("admin:ratings_dataset_import_ratings")
    archive = packed(tmp_path / "p.zip", {"p.parquet": table().read()}).read_bytes()
    posted = {
        "name": "set",
        "layout": "tidy",
        "scale_min": 1,
        "scale_max": 5,
        "ratings": SimpleUploadedFile("ratings.csv", ROWS),
        "pictures": SimpleUploadedFile("p.zip", archive),
    }
    look = researcher.post(url, posted).context["look"]
    assert look.question.choices == ("image", "mask")
    answer = {"ticket": look.ticket, "asked_for": look.question.asked_for, "choice": "mask"}
    look = researcher.post(url, answer).context["look"]
    assert "every image has a picture" in look.preview.teaching
    researcher.post(url, {"ticket": look.ticket})
    import_delivery(delivery_id=Delivery.objects.get().pk)
    assert Dataset.objects.get().name == "set"
    assert Image.objects.get().sha256 == BLUE
