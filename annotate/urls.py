"""Addresses of the pages, the API and the admin."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotate.admin.invitation_page import InvitationPage
from annotate.admin.login import LoginPage
from annotate.admin.passwords import password_urls
from annotate.api.urls import api_urls
from annotate.api.views import UnknownView
from annotate.health import healthz, livez, readyz
from annotate.media import media, service_worker
from annotate.metrics_page import metrics
from annotate.pages.arena_views import arena_urls
from annotate.pages.consent_views import consent_urls
from annotate.pages.device_views import device_urls
from annotate.pages.end_views import end_urls
from annotate.pages.identity_views import identity_urls
from annotate.pages.language_views import language_urls
from annotate.pages.made_views import made_urls
from annotate.pages.preview_calls import preview_call_urls
from annotate.pages.preview_views import NAMESPACE, preview_urls
from annotate.pages.taste_views import taste_urls
from annotate.pages.views import page_urls
from annotate.pages.vision_views import vision_urls

handler400 = "annotate.errors.bad_request_page"
handler403 = "annotate.errors.forbidden_page"

rater_urls = [
    *(*page_urls, *consent_urls, *end_urls, *identity_urls, *made_urls, *taste_urls, *arena_urls, *vision_urls),
    *(*device_urls, *language_urls),
]
previewed_urls = preview_urls(rater_urls)
urlpatterns = [
    path("api/v1/", include((api_urls, "api"))),  # first: every click looks it up
    path("s/service-worker.js", service_worker, name="service-worker"),
    path("", include((rater_urls, "pages"))),
    *preview_call_urls,
    path("preview/", include((previewed_urls, "pages"), namespace=NAMESPACE)),
    path("admin/invitations/<str:key>/", InvitationPage.as_view(), name="invitation"),
    *password_urls,
    path("admin/login/", LoginPage.as_view(), name="login"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    re_path(r"^api/v1/", UnknownView.as_view()),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    re_path(r"^media/(?P<path>images/.+)$", media, name="media"),
]
