"""The pages that sign a browser in as somebody else, or out; each asks first, and acts on POST alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from annotate.flows import raters
from annotate.languages import is_language_chosen, remember_language
from annotate.pages.views import RaterPage
from annotate.pages.visitors import leaving, link_of, study_spoken, to_study_page
from annotate.rater_cookie import forget_rater, rater_of, remember_rater
from ratings.choices import ParticipationState, StudyState
from ratings.models import Participation
from ratings.selectors import studies
from ratings.selectors.resuming import access_resume_link


def lead_on(request: HttpRequest, participation: Participation) -> HttpResponse:
    """Sign the browser in as the participation's rater, and lead to where they go on."""
    study = participation.study
    is_going_on = study.state == StudyState.OPEN and participation.state == ParticipationState.ACTIVE
    answer = redirect("pages:rate" if is_going_on else "pages:study", study.slug)
    remember_rater(answer, participation.rater_id, is_secure=request.is_secure())
    if not is_language_chosen(request):
        remember_language(answer, participation.language, is_secure=request.is_secure())
    return answer


class ContinuePage(RaterPage):
    """Going on by a platform's link, for somebody who takes part already."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Lead to the study's page, which asks."""
        return to_study_page(request, studies.access_study(slug=slug))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Sign the browser in as the link's person."""
        rater = rater_of(request)
        rater_id = rater.pk if rater else None
        participation = raters.continue_by_link(slug=slug, link=link_of(request), rater_id=rater_id)
        return lead_on(request, participation)


class ResumePage(RaterPage):
    """The link that brings a rater back on any device."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask whether to go on as the link's rater: programs that look ahead at links change nothing."""
        link = access_resume_link(token=token)
        rater = rater_of(request)
        if rater is not None and rater.pk == link.participation.rater_id:
            return redirect("pages:study", link.participation.study.slug)
        link.require_good()
        context = {
            "participation": link.participation,
            "study": link.participation.study,
            "signed_out": rater,
            **leaving(rater.pk if rater else None),
        }
        return render(request, "pages/resume.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Sign the browser in as the link's rater; a second press changes nothing more."""
        rater = rater_of(request)
        participation = access_resume_link(token=token).participation
        if rater is None or rater.pk != participation.rater_id:
            participation = raters.continue_by_resume_link(token=token)
        return lead_on(request, participation)


class NewLinkPage(RaterPage):
    """A new resume link in place of one that somebody else has."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Revoke the old links; My data shows the new one."""
        rater = rater_of(request)
        if rater is not None:
            raters.replace_resume_link(rater=rater, slug=slug)
        return redirect("pages:me")


class SomebodyElsePage(RaterPage):
    """The way in for a second person at the same browser."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ask whether to sign out the rater whom this browser is signed in as."""
        study = study_spoken(request, slug)
        rater = rater_of(request)
        if rater is None:
            return to_study_page(request, study)
        return render(request, "pages/somebody_else.html", {"study": study, "signed_out": rater, **leaving(rater.pk)})

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Sign the browser out."""
        answer = to_study_page(request, studies.access_study(slug=slug))
        forget_rater(answer)
        return answer


identity_urls = [
    path("s/<slug:slug>/continue/", ContinuePage.as_view(), name="continue"),
    path("s/<slug:slug>/other/", SomebodyElsePage.as_view(), name="other"),
    path("s/<slug:slug>/resume-link/", NewLinkPage.as_view(), name="new-link"),
    path("r/<str:token>/", ResumePage.as_view(), name="resume"),
]
