"""Every page of the admin says that a row is not there, whatever its address says in the row's place."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

pytestmark = pytest.mark.django_db

NO_ROWS = ("9999999", "no-number", "00000000-0000-4000-8000-000000000000", "99999999999999999999", "_00")
ROW_PARAMETERS = ("<path:object_id>", "<object_id>", "<id>")


def addresses() -> Iterator[str]:
    """Give the address of every page of the admin that is about one row, once per row that is not there."""
    for route in routes(admin.site.urls[0], "/admin/"):
        parameter = next((name for name in ROW_PARAMETERS if name in route), None)
        rest = route.replace(parameter or "", "")
        if parameter and "<" not in rest:
            yield from (route.replace(parameter, value) for value in NO_ROWS)


def routes(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    """Walk the address patterns."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern.pattern, RoutePattern):
            yield prefix + str(pattern.pattern)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.slow
def test_a_row_that_is_not_there_is_no_error_of_ours(method: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    tried = list(addresses())
    assert len(tried) > 200
    answers = {address: getattr(client, method)(address).status_code for address in tried}
    assert {address: status for address, status in answers.items() if status not in {302, 403, 404, 405}} == {}
