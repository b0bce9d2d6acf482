"""The policy that says which scripts and pictures pages may load."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PagePolicyMiddleware(CSPMiddleware):
    """The package's middleware, which puts a policy together for every answer, also where none is wanted."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave answers alone that the settings exclude, such as the API's."""
        if request.path_info.startswith(tuple(settings.CONTENT_SECURITY_POLICY["EXCLUDE_URL_PREFIXES"])):
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
