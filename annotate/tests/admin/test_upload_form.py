"""The upload page as a plain form, which browsers without scripts send in one piece."""

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.models import Delivery
from ratings.tests.disks import deliveries_folder
from ratings.tests.factories import make_study, picture_bytes

pytestmark = pytest.mark.django_db


def test_the_plain_form_takes_empty_files_and_several_lists_and_refuses_lists_alone(researcher: Client) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_upload", args=[study.pk])
    lists = [SimpleUploadedFile(f"{name}.csv", b"file,prompt\nred.png,a square\n") for name in ("one", "two")]
    assert "Choose pictures" in researcher.post(url, {"pictures": lists[:1]}).content.decode()
    files = [SimpleUploadedFile("empty.png", b""), SimpleUploadedFile("red.png", picture_bytes())]
    assert researcher.post(url, {"pictures": [*files, lists[0]], "details": [lists[1]]}).status_code == 302
    folder = deliveries_folder() / Delivery.objects.get().folder
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "details/one.csv",
        "details/two.csv",
        "pictures/empty.png",
        "pictures/red.png",
    ]


def test_the_plain_form_names_its_limit_before_and_after(researcher: Client, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    url = reverse("admin:ratings_study_upload", args=[make_study().pk])
    assert "at most 3 of them at once" in researcher.get(url).content.decode()
    files = [SimpleUploadedFile(f"{number}.png", b"x") for number in range(4)]
    answer = researcher.post(url, {"pictures": files})
    assert answer.status_code == 400
    assert "limit without JavaScript: 3" in answer.content.decode()
