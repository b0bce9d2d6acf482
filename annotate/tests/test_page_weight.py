"""What the rating page weighs on its way, without pictures and its typeface: a limit for every design."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory

from annotate.static_files import StaticFilesMiddleware
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


@pytest.mark.parametrize(("kind", "other"), [("likert", "slider"), ("slider", "likert")])
@pytest.mark.parametrize("design", [Design.RATING, Design.SCALES])
def test_a_page_asks_for_the_scale_that_its_study_has_and_not_for_the_other(design: str, kind: str, other: str) -> None:
    study = make_study(design=design, scale_kind=kind, scales=SCALES if design == Design.SCALES else [])
    client = Client()
    client.post(f"/s/{study.slug}/join/", AGREED)
    page = client.get(f"/s/{study.slug}/rate/").content.decode()
    assert f"js/{kind}.js" in page
    assert f"js/{other}.js" not in page


def test_static_files_travel_small_with_the_headers_they_need_and_no_others(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "annotate.storage.StaticStorage"}}
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]  # our own files
    call_command("collectstatic", interactive=False, verbosity=0)
    static_files = StaticFilesMiddleware(lambda _: HttpResponse("a page"))
    request = RequestFactory().get(staticfiles_storage.url("js/session.js"), headers={"accept-encoding": "gzip, br"})
    answer = static_files(request)
    assert dict(answer.headers) == {
        "Content-Length": str(len(b"".join(answer))),
        "Content-Type": "text/javascript",
        "Cache-Control": "max-age=315360000, immutable",
        "Content-Encoding": "br",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    passing = static_files(RequestFactory().get("/static/js/session.js"))  # no name of one content: may change
    assert passing.headers["ETag"]
    assert passing.headers["Cache-Control"] == "max-age=60, public"
    assert static_files(RequestFactory().get("/s/demo/")).content == b"a page"
