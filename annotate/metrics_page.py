"""The page that Prometheus reads."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNKNOWN_CALLER = "Bring METRICS_TOKEN, as the header Authorization: Bearer ...\n"


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the metrics to who brings the token; where none is set there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(UNKNOWN_CALLER, status=401, content_type="text/plain")
    from annotate.metrics import metrics_text  # counters, which are made only where somebody reads them

    return HttpResponse(metrics_text(), content_type=METRICS_TYPE)
