"""The page on which visitors choose their language."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from annotate.flows import raters
from annotate.languages import PARAMETER, languages_in_own_words, remember_language, supported_language
from annotate.pages.views import RaterPage
from annotate.pages.visitors import study_spoken
from annotate.rater_cookie import rater_of


class LanguagePage(RaterPage):
    """The languages that there are, or those of one study."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show each by the name that its speakers know it by."""
        slug = request.GET.get("study")
        study = study_spoken(request, slug) if slug else None
        context = {
            "next": request.GET.get("next", ""),
            "languages": languages_in_own_words(study.languages if study else None),
            "spoken": translation.get_language(),
        }
        return render(request, "pages/language.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the choice in the browser and with the rater, and lead back."""
        answer = redirect(way_back(request))
        language = supported_language(request.POST.get("language", ""))
        if language is not None:
            rater = rater_of(request)
            if rater is not None:
                raters.choose_language(rater=rater, language=language)
            remember_language(answer, language, is_secure=request.is_secure())
        return answer


def way_back(request: HttpRequest) -> str:
    """Give the address that the visitor came from, less the language that its link named; a foreign one is refused."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return reverse("pages:home")
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode(kept)))


language_urls = [path("language/", LanguagePage.as_view(), name="language")]
