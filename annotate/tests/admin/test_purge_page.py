"""An admin purges a picture on a page that counts its places and wants its digest typed."""

import pytest
from django.test import Client

from ratings.models import Image, PurgedPicture
from ratings.tests.factories import make_image, make_staff, make_study

pytestmark = pytest.mark.django_db


def browser(group: str) -> Client:
    """Give the browser of somebody in a group."""
    client = Client()
    client.force_login(make_staff("ann", group=group))
    return client


def test_an_admin_purges_a_picture_once_its_digest_is_typed() -> None:
    image = make_image(study=make_study())
    admin, address = browser("admin"), f"/admin/ratings/image/{image.pk}/purge/"
    page = admin.get(address).content.decode()
    assert "2 files in storage, thumbnails included" in page
    assert "backups of the database" in page
    refused = admin.post(address, {"ratings": "delete", "digest": "0" * 12}).content.decode()
    assert f"This is not {image.sha256[:12]}: nothing was changed." in refused
    assert not PurgedPicture.objects.exists()
    admin.post(address, {"ratings": "delete", "words": "reported", "digest": image.sha256[:12]})
    assert not Image.objects.exists()
    assert PurgedPicture.objects.get().words == "reported"


def test_a_researcher_may_not() -> None:
    image = make_image(study=make_study())
    answer = browser("researcher").post(f"/admin/ratings/image/{image.pk}/purge/", {"digest": image.sha256[:12]})
    assert answer.status_code == 403
