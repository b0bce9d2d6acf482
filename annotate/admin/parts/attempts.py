"""The limit of attempts to sign in, to reset a password or to use an invitation, per address."""

from django.http import HttpRequest, HttpResponse

from annotate.errors import too_many_requests_page
from annotate.throttles import AddressThrottle


def refused_attempt(request: HttpRequest, view: object) -> HttpResponse | None:
    """Give the page that says how long to wait, where too many attempts came from this address."""
    throttle = AddressThrottle()
    if throttle.allow_request(request, view):
        return None
    return too_many_requests_page(request, wait=throttle.wait())
