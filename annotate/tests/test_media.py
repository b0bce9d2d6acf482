"""Pictures that the web process sends itself: what is no name of one is not there, whatever stands in its place."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client


@pytest.mark.parametrize(
    "name",
    [
        "a%00b.webp",
        "x" * 300 + ".webp",
        "x/" * 3000,
        "../../secrets/secret_key",
        "%ff%fe",
        "ab",
        "ab/there.webp/beside.webp",
    ],
    ids=["NUL", "long", "deep", "outside", "no text", "folder", "beside a file"],
)
def test_what_is_no_name_of_a_picture_is_not_found(name: str) -> None:
    default_storage.save("images/ab/there.webp", ContentFile(b"a picture"))
    assert Client().get("/media/images/ab/there.webp").status_code == 200
    assert Client().get(f"/media/images/{name}").status_code == 404
