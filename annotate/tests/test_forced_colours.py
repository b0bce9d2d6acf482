"""In colours of the rater's own choosing the prompt below a picture can be read, whatever the study's surround."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from annotate.tests.browser import AXE_RULES, NewVisitor, joined, make_gallery
from ratings.models import StudyImage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_long_prompt_can_be_read_in_forced_colours(new_visitor: NewVisitor, scheme: str) -> None:
    study = make_gallery(count=2, show_prompt=True)
    StudyImage.objects.update(prompt="A harbour at dawn, boats and gulls. " * 30)
    visitor = joined(new_visitor, study, viewport={"width": 1280, "height": 900}, has_touch=False)
    visitor.await_picture()
    visitor.page.emulate_media(color_scheme=scheme, forced_colors="active", reduced_motion="reduce")  # type: ignore[arg-type]
    visitor.await_layout()
    assert visitor.page.locator("#prompt-more").is_visible()
    found = Axe().run(visitor.page, options={"runOnly": AXE_RULES}).response["violations"]
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
