"""The look at a file of ratings says before anything is written what finds no partner, and what would be refused."""

import html
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ratings.models import Dataset, Delivery
from ratings.services.datasets import preview
from ratings.tests.handing_in import DRAWN, packed, ratings_in

pytestmark = pytest.mark.django_db

ROWS = b"rater,image,rating\nann,a.png,1\nbob,b.png,2\n"


def looked_at(client: Client, content: bytes = ROWS, *, beside: dict[str, str] | None = None, **fields: Any) -> str:
    """Upload ratings for a look, with tables beside them, and read the page."""
    tables = [SimpleUploadedFile(name, rows.encode()) for name, rows in (beside or {}).items()]
    posted = {"name": "set", "layout": "tidy", "scale_min": 1, "scale_max": 5, "beside": tables, **fields}
    files = {"ratings": SimpleUploadedFile("ratings.csv", content)}
    page = client.post(reverse("admin:ratings_dataset_import_ratings"), {**posted, **files})
    return html.unescape(page.content.decode())


def archive(tmp_path: Path, **files: str) -> SimpleUploadedFile:
    """Pack drawn pictures, by name and colour."""
    contents = {f"{name}.png": DRAWN[color] for name, color in files.items()}
    return SimpleUploadedFile("pictures.zip", packed(tmp_path / "p.zip", contents).read_bytes())


def test_profiles_and_details_without_a_partner_are_named(researcher: Client) -> None:
    beside = {
        "raters.csv": "rater,age\nann,30\nzoe,40\n",
        "images.csv": "image,prompt,style\n.\\a.png,one,oil\nc.png,three,ink\n",
    }
    page = looked_at(researcher, beside=beside)
    for sentence in (
        "Profiles without a rater: 1 ('zoe').",
        "Raters without a profile: 1 ('bob').",
        "Details without a rated image: 1 ('c.png').",
        "Rated images without details: 1 ('b.png').",
        "Known of raters: age.",
        "Known of images: prompt, style.",
        '<td class="admin-table-words">one</td>',
    ):
        assert sentence in page
    assert not Dataset.objects.exists()
    assert 'name="ticket"' in page


def test_pictures_that_nobody_rated_are_named(researcher: Client, tmp_path: Path) -> None:
    page = looked_at(researcher, pictures=archive(tmp_path, a="red", b="blue", z="teal"))
    assert "Pictures that nobody rated: 1 ('z.png')." in page
    assert 'name="ticket"' in page


def test_a_set_that_would_be_refused_for_want_of_pictures_says_so_before(researcher: Client, tmp_path: Path) -> None:
    page = looked_at(researcher, pictures=archive(tmp_path, a="red"))
    assert "Nothing would be imported." in page
    assert "1 rated images have no file under p" in page
    assert "'b.png'" in page
    assert 'name="ticket"' not in page
    assert not Delivery.objects.exists()


def test_rows_are_compared_under_the_names_that_the_records_have(researcher: Client, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_bytes(ROWS)
    ratings_in(tmp_path)
    rows = b"rater,image,rating\nann,.\\a.png,1\nbob,./b.png,3\nbob,c.png,2\n"
    page = looked_at(researcher, rows, name="set")
    assert "Of the rows read, 1 are new, 1 differ from what is known of their rater and image, and 1 are known." in page


@pytest.mark.slow
def test_of_a_file_that_is_not_read_to_its_end_nothing_is_said_to_lack_a_partner(researcher: Client) -> None:
    rows = b"".join(b"ann,%d.png,3\n" % number for number in range(preview.READ_ROWS + 1))
    page = looked_at(researcher, b"rater,image,rating\n" + rows, beside={"raters.csv": "rater,age\nzoe,40\n"})
    assert f"The first {preview.READ_ROWS} rows were read" in page
    assert "Profiles without a rater" not in page


def test_while_a_row_is_wrong_nothing_is_said_to_lack_a_partner(researcher: Client) -> None:
    page = looked_at(researcher, ROWS.replace(b"2", b"good"), beside={"raters.csv": "rater,age\nann,30\nbob,40\n"})
    assert "line 3, rating = 'good'" in page
    assert "Profiles without a rater" not in page
