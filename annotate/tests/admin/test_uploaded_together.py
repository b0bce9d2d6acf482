"""What is uploaded together in the admin is joined together, and the page of the delivery names what is left over."""

import html
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.choices import JobState
from ratings.models import Delivery, Study, StudyImage
from ratings.services.uploads.imports import import_delivery
from ratings.tests.factories import make_study
from ratings.tests.handing_in import DRAWN, packed, prompts

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(slug="s")


def handed_in(
    client: Client, study: Study, *, pictures: list[tuple[str, bytes]], details: list[tuple[str, str]]
) -> str:
    """Upload files, let a worker take them in, and read the page of the delivery."""
    files = {
        "pictures": [SimpleUploadedFile(name, content) for name, content in pictures],
        "details": [SimpleUploadedFile(name, rows.encode()) for name, rows in details],
    }
    client.post(reverse("admin:ratings_study_upload", args=[study.pk]), files)
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == JobState.READY, delivery.error
    return html.unescape(client.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode())


def archive(tmp_path: Path, name: str, **files: str) -> tuple[str, bytes]:
    """Pack drawn pictures, by name and colour."""
    contents = {f"{stem.replace('_', '-')}.png": DRAWN[color] for stem, color in files.items()}
    return name, packed(tmp_path / name, contents).read_bytes()


def test_a_list_may_describe_one_of_two_archives(researcher: Client, study: Study, tmp_path: Path) -> None:
    pictures = [
        archive(tmp_path, "art.zip", art_0="red", art_1="green"),
        archive(tmp_path, "fashion.zip", fashion_0="blue", fashion_1="teal"),
    ]
    rows = "file_name,prompt\nfashion-0.png,f0\nfashion-1.png,f1\ngone.png,x\n"
    page = handed_in(researcher, study, pictures=pictures, details=[("list.csv", rows)])
    assert prompts() == {"art-0.png": "", "art-1.png": "", "fashion-0.png": "f0", "fashion-1.png": "f1"}
    assert "Rows without a picture: 1 ('gone.png')." in page
    assert "Pictures without a row: 2 ('art-0.png', 'art-1.png')." in page


def test_one_name_in_two_archives_is_distinguished_by_the_archive(
    researcher: Client, study: Study, tmp_path: Path
) -> None:
    pictures = [
        archive(tmp_path, "art.zip", x="red"),
        archive(tmp_path, "fashion.zip", x="blue"),
        ("y.png", DRAWN["teal"]),
    ]
    rows = "file_name,prompt\nart/x.png,a\nfashion\\x.png,f\nx.png,doubtful\ny.png,y\n"
    page = handed_in(researcher, study, pictures=pictures, details=[("list.csv", rows)])
    assert prompts() == {"art/x.png": "a", "fashion/x.png": "f", "y.png": "y"}
    assert "x.png: it could mean 'art/x.png' or 'fashion/x.png'; write the whole path" in page


def test_several_lists_tell_together(researcher: Client, study: Study, tmp_path: Path) -> None:
    pictures = [archive(tmp_path, "art.zip", a="red", b="blue")]
    lists = [("prompts.csv", "file,prompt\na.png,one\nb.png,two\n"), ("models.csv", "file,model\na.png,flux\n")]
    handed_in(researcher, study, pictures=pictures, details=lists)
    known = set(StudyImage.objects.values_list("name", "prompt", "generator"))
    assert known == {("a.png", "one", "flux"), ("b.png", "two", "")}


def test_lists_that_contradict_each_other_are_refused_by_name(researcher: Client, study: Study, tmp_path: Path) -> None:
    pictures = [archive(tmp_path, "art.zip", a="red")]
    lists = [("one.csv", "file,prompt\na.png,one\n"), ("two.csv", "file,prompt\na.png,two\n")]
    with pytest.raises(AssertionError, match=r"one\.csv and two\.csv: two rows that differ are about 'art/a\.png'"):
        handed_in(researcher, study, pictures=pictures, details=lists)
    assert not StudyImage.objects.exists()


def test_two_files_of_one_name_are_not_meant_by_the_name_alone(researcher: Client, study: Study) -> None:
    pictures = [("a.png", DRAWN["red"]), ("a.png", DRAWN["blue"]), ("b.png", DRAWN["teal"])]
    page = handed_in(researcher, study, pictures=pictures, details=[("l.csv", "file,prompt\na.png,one\nb.png,two\n")])
    assert prompts() == {"namesake-1/a.png": "", "namesake-2/a.png": "", "b.png": "two"}
    assert "a.png: it could mean 'pictures/namesake-1/a.png' or 'pictures/namesake-2/a.png'" in page
