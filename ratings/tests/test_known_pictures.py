"""Ratings from elsewhere find the pictures that are here already, by digest, id or a name of one alone."""

import pytest

from ratings.models import Image
from ratings.selectors.known_pictures import known_pictures
from ratings.tests.factories import make_image, make_study

pytestmark = pytest.mark.django_db


def test_a_picture_is_known_by_its_digest_its_id_and_its_names() -> None:
    image = make_image(study=make_study(), name="session1/Müller 01.png")
    names = [image.sha256, image.sha256.upper(), f"{image.pk}.png", "Mu\u0308ller%2001.png", "session1\\Müller 01.png"]
    assert [known_pictures(names=[name]).found for name in names] == [{name: image.pk} for name in names]


def test_a_name_of_two_pictures_means_neither() -> None:
    for number in (1, 2):
        make_image(study=make_study(slug=f"s{number}"), name="001.png")
    assert Image.objects.count() == 2
    known = known_pictures(names=["001.png", "002.png"])
    assert (known.found, known.doubtful) == ({}, ["001.png"])


def test_a_picture_of_another_folder_is_not_taken_for_one_of_the_same_name() -> None:
    """Every set has a 001.png, and sets from elsewhere know nothing of what is here."""
    image = make_image(study=make_study(), name="session1/001.png")
    names = ["session2/001.png", "s3://bucket/x/session1/001.png", "001.png"]
    assert [known_pictures(names=[name]).found for name in names] == [{}, {names[1]: image.pk}, {names[2]: image.pk}]
