"""What the rating page weighs on its way, without pictures and its typeface: a limit for every design."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.test import Client

from annotate.storage import minified
from ratings.choices import Design
from ratings.tests.factories import make_study

pytestmark = pytest.mark.django_db
LIMIT = 60_000  # bytes, as they travel
HEADERS = 300  # bytes of an answer's headers, about
FILE = re.compile(r'"/static/((?:js|css|img)/[^"]+)"')
AGREED = {"consent": "yes", "consent_version": "1"}
SCALES: list[dict[str, object]] = [{"key": key, "label": f"Is it {key}?", "labels": {}} for key in ("liked", "fine")]


def as_it_travels(name: str) -> int:
    """Count the bytes of a static file: as it is stored, compressed, with headers."""
    source = Path(str(finders.find(name))).read_bytes()
    return HEADERS + len(gzip.compress(bytes(minified(name, ContentFile(source)).read())))


@pytest.mark.parametrize("design", Design.values)
def test_the_rating_page_without_pictures_weighs_at_most_60_kilobytes(design: str) -> None:
    study = make_study(design=design, scales=SCALES if design == Design.SCALES else [])
    client = Client(headers={"accept-encoding": "gzip"})
    client.post(f"/s/{study.slug}/join/", AGREED)
    page = client.get(f"/s/{study.slug}/rate/")
    assert page.headers["Content-Encoding"] == "gzip"
    names = sorted(set(FILE.findall(gzip.decompress(page.content).decode())))
    assert len(names) > 30
    assert HEADERS + len(page.content) + sum(map(as_it_travels, names)) <= LIMIT
