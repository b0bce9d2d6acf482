"""The typeface comes from this site and moves nothing when it arrives."""

import pytest
from django.test import Client

from annotate.tests.browser import NewVisitor, joined, make_gallery

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
