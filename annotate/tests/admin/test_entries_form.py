"""A study's questions are built in rows, without a mouse, and what is wrong is named by its row or its line."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, expect

from annotate.tests.admin.test_admin_actions import study_form
from annotate.tests.browser import BOTH_SIZES, NewVisitor, Visitor
from ratings.models import Study
from ratings.tests.factories import make_staff, make_study

AGE = {"key": "age", "label": "Age?", "options": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]}
EYES = {
    "key": "eyes",
    "label": "Do you see colours?",
    "required": True,
    "options": [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No", "screens_out": True}],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["profile_questions", "end_questions", "scales", "group_quotas"])
def test_a_text_that_is_no_json_is_refused_with_its_line(admin_client: Client, name: str) -> None:
    study = make_study()
    url = reverse("admin:ratings_study_change", args=[study.pk])
    page = admin_client.post(url, study_form(study, **{name: '[\n  {"key": "age"\n   "label": 1}\n]'})).content.decode()
    assert "Line 3, column 4 is no JSON: Expecting &#x27;,&#x27; delimiter." in page
    assert "&quot;label&quot;: 1}" in page


def at_questions(visitor: Visitor, study: Study) -> Locator:
    """Sign a researcher in, open the form of a study at its questions, and give these."""
    client = Client()
    client.force_login(make_staff("mira", group="researcher"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base_url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    visitor.open(reverse("admin:ratings_study_change", args=[study.pk]))
    open_tab(visitor)
    return visitor.page.get_by_role("group", name="Profile questions", exact=True)


def press(control: Locator) -> None:
    """Press a button by its key alone."""
    control.focus()
    control.press("Enter")


def open_tab(visitor: Visitor) -> None:
    """Open the tab of the questions by its key alone."""
    press(visitor.page.get_by_role("button", name=re.compile("^Profile")))


def save(visitor: Visitor) -> None:
    """Save the form by its key alone, and come back to the questions."""
    with visitor.page.expect_navigation():
        press(visitor.page.get_by_role("button", name="Save and continue editing"))
    open_tab(visitor)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@BOTH_SIZES
def test_questions_are_added_ordered_and_refused_by_their_row_without_a_mouse(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_study(profile_questions=[AGE], languages=["en"])
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    rows = at_questions(visitor, study)
    press(rows.get_by_role("button", name="Add question"))
    question = rows.get_by_role("group", name="Question 2", exact=True)
    expect(question.get_by_label("Key (required)")).to_be_focused()
    visitor.page.keyboard.type("eyes")
    question.get_by_label("Label (required)").first.fill("Do you see colours?")
    question.get_by_label("Required", exact=True).press("Space")
    for number, (value, label) in enumerate((("yes", "Yes"), ("no", "")), start=1):
        option = question.get_by_role("group", name=f"Option {number}", exact=True)
        option.get_by_label("Value (required)").fill(value)
        option.get_by_label("Label (required)").fill(label)
    option.get_by_label("Screens out").press("Space")
    save(visitor)
    expect(visitor.page.get_by_text("question 2, option 2 needs “label”")).to_be_visible()
    rows.get_by_role("group", name="Option 2", exact=True).nth(1).get_by_label("Label (required)").fill("No")
    press(rows.get_by_role("button", name="Move question 2 up"))
    expect(visitor.page.get_by_text("It is question 1 now.")).to_be_visible()
    expect(rows.get_by_role("button", name="Move question 1 down")).to_be_focused()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(overflow) <= 0
    save(visitor)
    study.refresh_from_db()
    assert study.profile_questions == [EYES, AGE]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_json_can_be_written_as_well_and_an_untouched_list_stays_as_it_is(new_visitor: NewVisitor) -> None:
    study = make_study(profile_questions=[AGE], languages=["en"])
    visitor = new_visitor()
    rows = at_questions(visitor, study)
    save(visitor)
    study.refresh_from_db()
    assert study.profile_questions == [AGE]
    press(visitor.page.get_by_role("button", name="Write it as JSON").first)
    field = visitor.page.locator("textarea[name=profile_questions]")
    field.fill("[{")
    press(visitor.page.get_by_role("button", name="Fill in a form"))
    expect(visitor.page.get_by_text("This is no list in JSON")).to_be_visible()
    field.fill(json.dumps([EYES]))
    press(visitor.page.get_by_role("button", name="Fill in a form"))
    press(rows.get_by_role("button", name="Remove question 1, option 2"))
    save(visitor)
    study.refresh_from_db()
    assert study.profile_questions == [{**EYES, "options": EYES["options"][:1]}]  # type: ignore[index]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_quotas_are_lines_of_a_form_and_a_wrong_one_is_named(new_visitor: NewVisitor) -> None:
    study = make_study(languages=["en"], group_quotas={"domain": {"art": 3}})
    visitor = new_visitor()
    at_questions(visitor, study)
    page = visitor.page
    quotas = page.get_by_role("group", name="Group quotas", exact=True)

    def open_selection() -> None:
        press(page.get_by_role("button", name=re.compile("^Selection")))

    open_selection()
    expect(quotas.get_by_label("Domain")).to_have_value("art = 3")
    quotas.get_by_label("Domain").fill("art = 3\ncats = dogs = 5")
    quotas.get_by_label("Generator").fill("sketch = many")
    save(visitor)
    open_selection()
    expect(page.get_by_text("“generator”")).to_be_visible()
    quotas.get_by_label("Generator").fill("")
    save(visitor)
    study.refresh_from_db()
    assert study.group_quotas == {"domain": {"art": 3, "cats = dogs": 5}}
    open_selection()
    press(page.locator(".field-group_quotas").get_by_role("button", name="Write it as JSON"))
    field = page.locator("textarea[name=group_quotas]")
    field.fill("[]")
    press(page.locator(".field-group_quotas").get_by_role("button", name="Fill in a form"))
    expect(page.get_by_text("This is no table in JSON")).to_be_visible()
    field.fill("{}")
    save(visitor)
    study.refresh_from_db()
    assert study.group_quotas == {}
