"""The pages on which taking part ends: done, declined, and finishing early."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language

from annotate.flows import raters
from annotate.flows.made import offering_among
from annotate.pages.cards import favourites
from annotate.pages.end_words import words_of_end
from annotate.pages.views import ParticipantPage, RaterPage
from annotate.pages.visitors import API_BASE, link_of, study_spoken, to_study_page, visitor_of
from ratings.choices import End
from ratings.exceptions import ProfileInvalidError
from ratings.models import Participation, Study
from ratings.selectors.ends import has_partial_end, is_asked_at_end, way_back_by_link, way_back_of
from ratings.values.languages import DEFAULT_LANGUAGE
from ratings.values.questions import LONGEST_TEXT

SECONDS_TO_REDIRECT = 15


class DonePage(ParticipantPage):
    """The end of a part, with what to take back to a platform."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Thank a rater whose part has ended; others go on rating."""
        participation.study = study
        back = way_back_of(participation)
        if back is None:
            return redirect("pages:rate", study.slug)
        if is_asked_at_end(participation):
            return redirect("pages:end-questions", study.slug)
        context = {
            "study": study,
            "participation": participation,
            "back": back,
            "seconds": SECONDS_TO_REDIRECT,
            "favourites": favourites(participation) if participation.done else [],
            "made_is_on": bool(offering_among(studies=[study.pk])),
            "api_base": API_BASE,
            **words_of_end(back.end),
        }
        return render(request, "pages/done.html", context)


class EndQuestionsPage(ParticipantPage):
    """The questions after the last picture."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Ask them once; who has answered goes on."""
        participation.study = study
        if not is_asked_at_end(participation):
            return redirect("pages:done", study.slug)
        return self.form_page(request, study, answers={}, wrong={})

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Keep the answers, or show what is missing."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None:
            return to_study_page(request, study)
        participation.study = study
        answers = {one.key: request.POST.get(f"end.{one.key}", "") for one in study.questions_at_end}
        try:
            raters.submit_end_answers(participation=participation, answers=answers)
        except ProfileInvalidError as error:
            return self.form_page(request, study, answers=answers, wrong=error.fields, sentence=error.message)
        return redirect("pages:done", study.slug)

    def form_page(
        self,
        request: HttpRequest,
        study: Study,
        *,
        answers: dict[str, str],
        wrong: dict[str, str],
        sentence: str = "",
    ) -> HttpResponse:
        """Show the questions with what was answered so far."""
        rows = [
            {"question": one, "language": language, "answer": answers.get(one.key, ""), "is_wrong": one.key in wrong}
            for language, one in study.end_questions_in(get_language() or DEFAULT_LANGUAGE)
        ]
        context = {
            "study": study,
            "rows": rows,
            "sentence": sentence,
            "longest": LONGEST_TEXT,
        }
        return render(request, "pages/end_questions.html", context, status=400 if wrong else 200)


class DeclinedPage(RaterPage):
    """The end for somebody who does not agree; nothing is stored of them."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Say so, and lead back to where they came from."""
        study = study_spoken(request, slug)
        back = way_back_by_link(study=study, end=End.DECLINED, link=link_of(request))
        context = {"study": study, "back": back, "seconds": SECONDS_TO_REDIRECT, **words_of_end(back.end)}
        return render(request, "pages/declined.html", context)


class FinishPage(ParticipantPage):
    """The way out before everything is rated, for studies that have an end for that."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Ask whether to stop here."""
        if not has_partial_end(study) or not participation.done:
            return to_study_page(request, study)
        return render(request, "pages/finish.html", {"study": study, "participation": participation})

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """End the visitor's part."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None:
            return to_study_page(request, study)
        raters.finish_study_early(participation=participation)
        return redirect("pages:done", study.slug)


end_urls = [
    path("s/<slug:slug>/done/", DonePage.as_view(), name="done"),
    path("s/<slug:slug>/questions/", EndQuestionsPage.as_view(), name="end-questions"),
    path("s/<slug:slug>/declined/", DeclinedPage.as_view(), name="declined"),
    path("s/<slug:slug>/finish/", FinishPage.as_view(), name="finish"),
]
