"""On a study's page in the admin nothing is cut: where one is, what can be done, and the tabs of its form."""

import pytest
from django.test import Client
from django.urls import reverse

from annotate.tests.browser import NewVisitor, Visitor, make_gallery
from ratings.tests.factories import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TITLE = "Which pictures of harbours do people in Lisbon like?"
CUT = """[...document.querySelectorAll("#header-inner h1, #header-inner h1 *")]
  .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)"""
BEYOND = """[...document.querySelectorAll("#content *, #header-inner *")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 200))"""


DRAWN = """() => {
  const canvas = document.body.appendChild(document.createElement("canvas"));
  const data = {labels: ["a", "b"], datasets: [{label: "s", data: [-0.5, 0.5]}]};
  const chart = new Chart(canvas, {type: "line", data, options: {scales: {y: {min: -0.5, max: 0.5}}}});
  chart.tooltip.setActiveElements([{datasetIndex: 0, index: 0}], {x: 1, y: 1});
  chart.update();
  return [chart.scales.y.ticks[0].label, chart.tooltip.body[0].lines[0]];
}"""


def signed_in(visitor: Visitor) -> Visitor:
    """Sign an admin in."""
    client = Client()
    client.force_login(make_staff("mira", group="admin"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base_url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return visitor


def test_the_axis_and_the_label_of_a_plot_write_a_loss_with_a_minus(new_visitor: NewVisitor) -> None:
    visitor = signed_in(new_visitor())
    visitor.open(reverse("admin:index"))
    assert visitor.page.evaluate(DRAWN) == ["\N{MINUS SIGN}0.5", "s: \N{MINUS SIGN}0.5"]


@pytest.mark.parametrize("width", [1440, 1280, 1100])
def test_a_study_s_page_shows_its_place_whole_and_ends_at_the_window(new_visitor: NewVisitor, width: int) -> None:
    study = make_gallery(count=1, title=TITLE)
    visitor = signed_in(new_visitor(viewport={"width": width, "height": 900}))
    visitor.open(reverse("admin:ratings_study_change", args=[study.pk]))
    visitor.page.wait_for_load_state("networkidle")
    assert TITLE in visitor.page.locator("#header-inner h1").inner_text()
    assert visitor.page.evaluate(CUT) == []
    assert visitor.page.evaluate(BEYOND) == []
