"""Every state that a rater may meet on a page is accessible and fits the phone, in the light and in the dark."""

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import NewVisitor, joined, make_gallery
from annotate.tests.test_pair_journey import make_comparison, started
from ratings.choices import StudyState
from ratings.models import Study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEMES = pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
SCREENS = "[...document.querySelectorAll('template[id^=screen-]')].map((template) => template.id)"
SHOW_SCREEN = """(id) => {
  const screen = document.getElementById("screen");
  screen.hidden = false;
  screen.replaceChildren(document.getElementById(id).content.cloneNode(true));
}"""
SAY = """(text) => {
  for (const id of ["notice", "toast"]) {
    const place = document.getElementById(id);
    place.hidden = false;
    place.textContent = text;
  }
}"""
LONG_NOTICE = "One rating could not be saved. This image was given to somebody else: go on with the next one."


@SCHEMES
@pytest.mark.slow
def test_what_stands_in_for_a_picture_is_accessible(new_visitor: NewVisitor, scheme: str) -> None:
    narrow = {"width": 320, "height": 568}
    for visitor in (
        joined(new_visitor, make_gallery(count=2), color_scheme=scheme, viewport=narrow),
        started(new_visitor, make_comparison(pairs=2), color_scheme=scheme, viewport=narrow),
    ):
        visitor.page.evaluate(SAY, LONG_NOTICE)
        visitor.check_page()
        screens = visitor.page.evaluate(SCREENS)
        assert len(screens) == 11
        for name in screens:
            visitor.page.evaluate(SHOW_SCREEN, name)
            visitor.check_page()


@SCHEMES
@pytest.mark.slow
def test_pages_around_a_study_are_accessible_in_every_state_of_it(new_visitor: NewVisitor, scheme: str) -> None:
    visitor = new_visitor(color_scheme=scheme)
    visitor.open("/")
    expect(visitor.page.get_by_role("heading", name="No study is open right now")).to_be_visible()
    visitor.check_page()
    visitor.open("/me/")
    visitor.check_page()
    study = make_gallery(count=1, completion_code="PM-1")
    visitor.join(study)
    for state in (StudyState.OPEN, StudyState.PAUSED, StudyState.CLOSED):
        Study.objects.filter(pk=study.pk).update(state=state)
        for path in (f"/s/{study.slug}/", f"/s/{study.slug}/instructions/", "/me/", "/me/withdraw/"):
            visitor.open(path)
            visitor.check_page()
    visitor.open("/s/no-such-study/")
    visitor.check_page()
    visitor.page.context.clear_cookies()
    visitor.open(f"/s/{study.slug}/")
    visitor.check_page()
