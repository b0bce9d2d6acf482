"""The raters' page of pictures made for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language

from annotate.api.made_serializers import MadeSerializer, made_body
from annotate.flows.made import made_for
from annotate.pages.views import ParticipantPage
from annotate.pages.visitors import API_BASE
from annotate.script_words import subject_words
from ratings.models import Participation, Study
from ratings.values.languages import DEFAULT_LANGUAGE


class MadePage(ParticipantPage):
    """Wishes, and what came of them; everything after the first look goes through the API."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Show the page where there is anything to wish for or to look at."""
        participation.study = study
        found = made_for(participation=participation)
        if not found.has_anything:
            return redirect("pages:study", study.slug)
        subjects = subject_words()
        config = {
            "slug": study.slug,
            "owner": str(participation.pk),
            "rater": str(participation.rater_id),
            "scale": study.scale_in(get_language() or DEFAULT_LANGUAGE)[1].as_json(),
            "subjects": subjects,
            "api_base": API_BASE,
        }
        context = {
            "study": study,
            "config": config,
            "subjects": [
                {"prompt": prompt, "label": subjects.get(prompt), "language": study.languages[0]}
                for prompt in found.prompts
            ],
            "standing": found.standing,
            "made": MadeSerializer(made_body(found)).data,
        }
        return render(request, "pages/made.html", context)


made_urls = [path("s/<slug:slug>/made/", MadePage.as_view(), name="made")]
