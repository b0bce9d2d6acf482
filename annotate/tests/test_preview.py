"""What is written in a study's form is shown as raters will read it, before anything is saved."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotate.tests.browser import NewVisitor
from ratings.models import Study
from ratings.tests.factories import make_study

WORDS = {"languages": "he,en", "contact_name": "Ada Mole", "consent_text": "## Data\n\nAsk {contact_name}, *please*."}


@pytest.mark.django_db
def test_a_text_is_shown_with_the_facts_of_the_form_and_nothing_is_saved(admin_client: Client) -> None:
    study = make_study(consent_text="Former words.")
    sent = {**WORDS, "preview": "consent_text", "previewed_study": study.pk}
    page = admin_client.post(reverse("admin:ratings_study_preview"), sent).content.decode()
    assert '<html lang="he" dir="rtl">' in page
    assert '<h2 dir="auto">Data</h2>\n<p dir="auto">Ask Ada Mole, <em>please</em>.</p>' in page
    assert '<span  dir="auto">Ada Mole</span>' in page
    study.refresh_from_db()
    assert (study.consent_text, study.languages, study.contact_name) == ("Former words.", ["en"], "")


@pytest.mark.django_db
def test_a_study_that_is_not_saved_yet_has_a_preview_too(admin_client: Client) -> None:
    url = reverse("admin:ratings_study_preview")
    sent = {"instructions": "Look *twice*. <script>alert(1)</script>", "preview": "instructions"}
    page = admin_client.post(url, sent).content.decode()
    assert "Look <em>twice</em>. &lt;script&gt;" in page
    assert not Study.objects.exists()
    answer = admin_client.post(url, {**sent, "preview": "slug"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "not of 'slug'" in answer.content.decode()


def signed_in(visitor_page: Page, client: Client, base_url: str) -> None:
    """Give a browser the session of somebody who is signed in."""
    cookie = client.cookies["sessionid"].value
    visitor_page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base_url}])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_form_shows_a_text_beside_it_and_again_what_was_written_since(new_visitor: NewVisitor) -> None:
    study = make_study(instructions="# First", languages=["en"])
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    visitor = new_visitor()
    signed_in(visitor.page, client, visitor.base_url)
    visitor.open(reverse("admin:ratings_study_change", args=[study.pk]))
    button = visitor.page.get_by_role("button", name="Preview of Instructions")
    button.click()
    frame = visitor.page.frame_locator("iframe[title='Instructions as raters read it']")
    expect(frame.get_by_role("heading", name="First")).to_be_visible()
    button.click()
    expect(visitor.page.locator("iframe[title='Instructions as raters read it']")).to_be_hidden()
    visitor.page.get_by_label("Instructions", exact=True).fill("Second, **at once**")
    button.click()
    expect(frame.locator("strong")).to_have_text("at once")
