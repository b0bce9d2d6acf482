"""The page that asks somebody who takes part already to agree to a consent text that has changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from annotate.flows import raters
from annotate.languages import preferred_languages
from annotate.pages.forms import JoinForm
from annotate.pages.views import ParticipantPage
from annotate.pages.visitors import study_spoken, to_study_page, visitor_of
from annotate.prose import prose_words
from ratings.models import Participation, Study
from ratings.selectors.texts import consent_changes


class ConsentPage(ParticipantPage):
    """The present consent text, with what is new in it."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Ask those who agreed to an earlier text; lead everybody else on."""
        if participation.consent_version == study.consent_version:
            return redirect("pages:rate", study.slug)
        return consent_page(request, study=study, participation=participation, sentences=[])

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Take the consent; what the rater gave until now stays as it is."""
        study = study_spoken(request, slug)
        visitor = visitor_of(request, study)
        if visitor.mine is None:
            return to_study_page(request, study)
        form = JoinForm(request.POST, study=study, visitor=visitor, languages=preferred_languages(request))
        if not form.is_valid():
            return consent_page(request, study=study, participation=visitor.mine, sentences=form.sentences)
        raters.join_study(slug=slug, enrolment=form.enrolment())
        return redirect("pages:rate", slug)


def consent_page(
    request: HttpRequest, *, study: Study, participation: Participation, sentences: list[str]
) -> HttpResponse:
    """Show what changed, and what is wrong with the answer."""
    context = {
        "study": study,
        "participation": participation,
        "changes": consent_changes(study=study, participation=participation, words_of=prose_words),
        "form_errors": sentences,
    }
    return render(request, "pages/consent.html", context, status=400 if sentences else 200)


consent_urls = [path("s/<slug:slug>/consent/", ConsentPage.as_view(), name="consent")]
