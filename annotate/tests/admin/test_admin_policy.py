"""Staff pages may run no script but files of the site, and Chromium finds that enough."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from annotate.tests.browser import DESKTOP, NewVisitor
from annotate.tests.rights_world import addresses, make_rows

MAIN = (
    *("index", "ratings_study_changelist", "ratings_study_change", "ratings_study_upload", "ratings_study_quality"),
    *("ratings_study_planning", "ratings_rater_changelist", "ratings_rater_change", "ratings_image_changelist"),
    *("scoring_modelversion_change", "scoring_trainingrun_change", "ratings_dump_add", "ratings_dataset_changelist"),
    *("ratings_subscription_add", "auth_user_change"),
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/nowhere/", "/api/docs/"])
def test_staff_pages_allow_no_inline_script_and_no_other_site(path: str) -> None:
    client = Client()
    if path != "/admin/login/":
        client.force_login(User.objects.create_superuser("root"))
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in client.get(path, follow=True).headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


def violations(new_visitor: NewVisitor, paths: list[str]) -> list[str]:
    """Open pages as a superuser; give what Chromium refused for the policy."""
    visitor = new_visitor(viewport=DESKTOP, has_touch=False)
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": visitor.base_url}
    visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
    found: list[str] = []
    for path in paths:
        seen = len(visitor.complaints)
        visitor.open(path)
        visitor.page.wait_for_load_state("load")
        found += [f"{path}: {one}" for one in visitor.complaints[seen:] if "Content Security Policy" in one]
    visitor.complaints.clear()  # of other kinds: rows of this test have no files behind them
    return found


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_chromium_refuses_nothing_on_the_main_pages_of_the_admin(
    new_visitor: NewVisitor, live_server: LiveServer
) -> None:
    rows = make_rows()
    pages = {one.name.removeprefix("admin:"): one.filled(rows) for one in addresses("admin/")}
    assert violations(new_visitor, [*(pages[name] for name in MAIN), "/api/docs/"]) == []
