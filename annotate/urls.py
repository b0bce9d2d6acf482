"""Addresses of the pages, the API and the admin."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from annotate import api, api_dumps, api_made, api_pairs, views, views_identity, views_made
from annotate.health import healthz
from annotate.login import LoginPage
from annotate.media import media, service_worker

handler400 = "annotate.errors.bad_request_page"

api_urls = [
    path("studies/<slug:slug>", api.StudyView.as_view(), name="study"),
    path("studies/<slug:slug>/participations", api.ParticipationsView.as_view(), name="participations"),
    path("studies/<slug:slug>/leases", api.LeasesView.as_view(), name="leases"),
    path("ratings", api.RatingsView.as_view(), name="ratings"),
    path("ratings/batch", api.RatingsBatchView.as_view(), name="ratings-batch"),
    path("ratings/<uuid:nonce>", api.RatingView.as_view(), name="rating"),
    path("studies/<slug:slug>/pairs/leases", api_pairs.PairLeasesView.as_view(), name="pair-leases"),
    path("choices", api_pairs.ChoicesView.as_view(), name="choices"),
    path("choices/batch", api_pairs.ChoicesBatchView.as_view(), name="choices-batch"),
    path("choices/<uuid:nonce>", api_pairs.ChoiceView.as_view(), name="choice"),
    path("pairs/<int:assignment>/skip", api_pairs.SkipPairView.as_view(), name="skip-pair"),
    path("studies/<slug:slug>/made", api_made.MadeView.as_view(), name="made"),
    path("studies/<slug:slug>/made/<uuid:nonce>", api_made.WishView.as_view(), name="wish"),
    path("studies/<slug:slug>/dumps", api_dumps.DumpsView.as_view(), name="dumps"),
    path("studies/<slug:slug>/dumps/<int:version>", api_dumps.DumpView.as_view(), name="dump"),
    path(
        "studies/<slug:slug>/dumps/<int:version>/files/<path:name>", api_dumps.DumpFileView.as_view(), name="dump-file"
    ),
    path("assignments/<int:assignment>/skip", api.SkipView.as_view(), name="skip"),
    path("me", api.MeView.as_view(), name="me"),
    path("score", api.ScoreView.as_view(), name="score"),
]

urlpatterns = [
    path("api/v1/", include((api_urls, "api"))),  # first: every click looks it up
    path("s/service-worker.js", service_worker, name="service-worker"),
    path("", include(([*views.page_urls, *views_identity.identity_urls, *views_made.made_urls], "pages"))),
    path("admin/login/", LoginPage.as_view(), name="login"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    re_path(r"^api/v1/", api.UnknownView.as_view()),
    path("healthz", healthz, name="healthz"),
    re_path(r"^media/(?P<path>images/.+)$", media, name="media"),
]
