"""The pages of the check of colour vision and screen: one plate after another, each with its picture."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from annotate.flows import raters
from annotate.pages.views import ParticipantPage, RaterPage
from annotate.pages.visitors import study_spoken, to_study_page, visitor_of
from annotate.plates import plate_png
from ratings.exceptions import InvalidInputError
from ratings.models import Participation, Study
from ratings.selectors.vision import next_place, plate_of


class VisionPage(ParticipantPage):
    """The plate that a rater has said nothing of yet."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Ask what number is in it; who has seen them all goes on."""
        return self.plate_page(request, study, participation)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Keep the answer, and show the next plate."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None:
            return to_study_page(request, study)
        sent = request.POST.get("place", "")
        place = int(sent) if sent.isdecimal() else 0
        said = None if "none" in request.POST else request.POST.get("number", "")
        try:
            raters.submit_plate_answer(participation=participation, place=place, said=said)
        except InvalidInputError as error:
            return self.plate_page(request, study, participation, sentence=error.message)
        return redirect("pages:vision", slug)

    def plate_page(
        self, request: HttpRequest, study: Study, participation: Participation, *, sentence: str = ""
    ) -> HttpResponse:
        """Show the plate with what is wrong with the answer."""
        participation.study = study
        place = next_place(participation)
        if participation.end or place is None:
            return redirect("pages:done" if participation.end else "pages:rate", study.slug)
        context = {
            "study": study,
            "place": place,
            "is_first": place == study.checked_places[0],
            "step": gettext("Step {place} of {count}").format(
                place=study.checked_places.index(place) + 1, count=len(study.checked_places)
            ),
            "sentence": sentence,
        }
        return render(request, "pages/vision.html", context, status=400 if sentence else 200)


class PlatePicture(RaterPage):
    """The picture of the plate that a rater is shown; which number is in it is in no address."""

    def get(self, request: HttpRequest, slug: str, place: int) -> HttpResponse:
        """Draw it for the rater of this browser."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None or place not in study.checked_places:
            raise Http404
        return HttpResponse(plate_png(plate_of(participation=participation, place=place)), content_type="image/png")


vision_urls = [
    path("s/<slug:slug>/vision/", VisionPage.as_view(), name="vision"),
    path("s/<slug:slug>/vision/<int:place>.png", PlatePicture.as_view(), name="plate"),
]
