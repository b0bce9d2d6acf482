"""The typeface comes from this site, moves nothing when it arrives, and costs the rating page few bytes."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.test import Client

from annotate.storage import minified
from annotate.tests.browser import NewVisitor, joined, make_gallery
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_participation, make_study

MOST_BYTES = 60_000  # of the rating page as it is transferred, without pictures and typeface
LINKED = re.compile(r'<(?:link|script)[^>]+?(?:href|src)="/static/([^"]+)"', re.DOTALL)
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  const watch = new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }));
  watch.observe({ type: "layout-shift", buffered: true });
  document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(sum))));
})"""
FACES = "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
FILES = "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.endsWith('.woff2'))"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_are_set_in_the_typeface_of_this_site_and_nothing_moves(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2)
    visitor = joined(new_visitor, study)
    for path in ("/", f"/s/{study.slug}/", f"/s/{study.slug}/rate/"):
        visitor.open(path)
        assert visitor.page.evaluate(SHIFTS) == 0, path
        assert visitor.page.evaluate(FACES) == ["Figtree"], path
        files = visitor.page.evaluate(FILES)
        assert files == [f"{visitor.base_url}/static/fonts/figtree-latin.woff2"]
    assert visitor.complaints == []


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "count"), [("en", 1), ("de", 1), ("pl", 2), ("tr", 2)])
def test_languages_with_letters_of_their_own_get_those_at_once(language: str, count: int) -> None:
    page = Client().get("/", headers={"accept-language": language}).content.decode()
    assert page.count('rel="preload"') == count


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{}, {"design": "pairwise"}, {"design": "best-worst"}])
def test_the_rating_page_is_at_most_sixty_kilobytes(fields: dict[str, str]) -> None:
    participation = make_participation(study=make_study(**fields))
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    page = client.get(f"/s/{participation.study.slug}/rate/").content
    files = [name for name in LINKED.findall(page.decode()) if not name.startswith("fonts/")]
    assert {"css/rate.css", "js/rate.js"} <= set(files)
    sizes = [len(gzip.compress(page)), *(len(gzip.compress(read_static(name))) for name in files)]
    assert sum(sizes) <= MOST_BYTES


def read_static(name: str) -> bytes:
    """Read a file that pages load as it is served: without comments and blanks."""
    found = finders.find(name)
    assert isinstance(found, str), name
    return bytes(minified(name, ContentFile(Path(found).read_bytes())).read())
