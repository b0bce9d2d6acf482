"""The raters' pages: each view parses, authorises, calls one function, answers."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from annotate.errors import error_page, status_of, unavailable_page, wait_sentence
from annotate.flows import raters
from annotate.flows.made import offering_among
from annotate.languages import is_language_chosen, preferred_languages, remember_language
from annotate.pages.cards import StudyCard, minutes, pictures_of, record_cards, study_cards
from annotate.pages.end_words import words_of_end
from annotate.pages.forms import JoinForm
from annotate.pages.visitors import (
    API_BASE,
    leaving,
    link_of,
    marked,
    rater_meant,
    spoken,
    study_spoken,
    to_my_data,
    to_study_page,
    visitor_of,
)
from annotate.rater_cookie import forget_rater, mark_for, rater_of, remember_rater, require_same_rater
from annotate.throttles import INVITATION, EnrolThrottle
from ratings.choices import End, ScaleKind, SkipReason
from ratings.exceptions import DeviceNotAllowedError, RecordError
from ratings.models import Participation, Study
from ratings.registry import design_of
from ratings.selectors import participations, studies
from ratings.selectors.availability import Availability, availability_of, other_studies
from ratings.selectors.ends import end_of, has_partial_end, way_back_by_link
from ratings.selectors.resuming import RESUME_DAYS, resume_token
from ratings.selectors.vision import next_place
from ratings.selectors.visitors import StudyVisitor, VisitorKind
from ratings.values.languages import DEFAULT_LANGUAGE


def anchors(study: Study) -> list[dict[str, str]]:
    """Give the words of the scale in the order of their values."""
    language, scale = study.scale_in(get_language() or DEFAULT_LANGUAGE)
    return [{"value": number_format(value), "label": label, "language": language} for value, label in scale.anchors]


def steps(study: Study) -> list[dict[str, str]]:
    """Give the values of a stepped scale, each with its word if it has one."""
    language, scale = study.scale_in(get_language() or DEFAULT_LANGUAGE)
    return [
        {"value": number_format(value), "label": scale.labels.get(value, ""), "language": language}
        for value in scale.values
    ]


class RecordPage(View):
    """A page about records; domain errors become error pages."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, or show what went wrong."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except RecordError as error:
            return error_page(request, error)
        except AnyDatabaseError as error:
            return unavailable_page(request, error)


@method_decorator([never_cache, gzip_page], name="dispatch")
class RaterPage(RecordPage):
    """A page of a rater's, compressed on its way and kept by no cache."""


class HomePage(RaterPage):
    """The open studies."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        cards = study_cards(studies=list(studies.open_studies()), rater=rater_of(request))
        return render(request, "pages/home.html", {"cards": cards})


def invitation_of(request: HttpRequest) -> dict[str, str]:
    """Give the invitation that a link carries, to be carried on."""
    return {INVITATION: request.GET[INVITATION]} if INVITATION in request.GET else {}


def other_cards(request: HttpRequest, study: Study) -> list[StudyCard]:
    """Give a few studies to somebody whom this one does not take."""
    return study_cards(studies=other_studies(study=study), rater=rater_of(request))


def is_ahead_of_time(request: HttpRequest) -> bool:
    """Tell whether a browser fetches a page that nobody has asked for yet, or only its headers."""
    return request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", "")


class StudyPage(RaterPage):
    """What a study is about."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Tell it, and lead on to where the visitor stands."""
        study = spoken(request, raters.visit_study(slug=slug, link=link_of(request)))
        visitor = visitor_of(request, study)
        available = availability_of(study=study) if visitor.kind == VisitorKind.NEWCOMER else None
        if available is not None and not is_ahead_of_time(request):
            raters.count_newcomer(study=study, language=get_language() or DEFAULT_LANGUAGE)
        context = {
            "study": study,
            "asked": available.asked(study) if available and available.is_open else study.quota,
            "available": available,
            "others": other_cards(request, study) if available and not available.is_open else [],
            **self.way_out(study, visitor, available),
            "minutes": minutes(study),
            "pictures": pictures_of(study),
            "visitor": visitor,
            "participation": visitor.mine,
            "query": urlencode({**visitor.link.fields, **invitation_of(request)}),
            **leaving(visitor.rater_id if visitor.signed_out else None),
        }
        return marked(render(request, "pages/study.html", context), visitor)

    def way_out(self, study: Study, visitor: StudyVisitor, available: Availability | None) -> dict[str, Any]:
        """Give what the visitor takes back to their platform, where this is the end for them."""
        if available is not None and available.code == "full":
            return {"back": way_back_by_link(study=study, end=End.FULL, link=visitor.link)}
        mine = visitor.mine
        if mine is None:
            return {}
        mine.study = study
        return {"end": end_of(mine), "may_finish": bool(mine.done) and has_partial_end(study)}


class JoinPage(RaterPage):
    """Consent and profile."""

    throttle_scope = "enrol"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form to newcomers; who takes part already goes straight on."""
        study = study_spoken(request, slug)
        visitor = visitor_of(request, study)
        if visitor.kind == VisitorKind.MEMBER:
            return redirect("pages:instructions", slug)
        if visitor.kind != VisitorKind.NEWCOMER or not availability_of(study=study).is_open:
            return to_study_page(request, study)
        return self.form_page(request, JoinForm(study=study, visitor=visitor))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Enrol the visitor."""
        study = study_spoken(request, slug)
        form = JoinForm(
            request.POST,
            study=study,
            visitor=visitor_of(request, study),
            languages=preferred_languages(request),
        )
        if form.is_outdated:
            return to_study_page(request, study)
        throttle = EnrolThrottle()
        if not throttle.allow_request(request, self):
            answer = self.form_page(request, form, sentences=[wait_sentence(throttle.wait())], status=429)
            answer["Retry-After"] = str(int(throttle.wait() or 60) + 1)
            return answer
        if not form.is_valid():
            return self.form_page(request, form, sentences=form.sentences, status=400)
        try:
            participation = raters.join_study(slug=slug, enrolment=form.enrolment())
        except DeviceNotAllowedError as error:
            return self.device_page(request, form, error)
        except RecordError as error:
            return self.form_page(request, form, sentences=[error.message], status=status_of(error))
        answer = redirect("pages:done" if participation.end else "pages:instructions", slug)
        remember_rater(answer, participation.rater_id, is_secure=request.is_secure())
        if not is_language_chosen(request):
            remember_language(answer, participation.language, is_secure=request.is_secure())
        return answer

    def form_page(
        self, request: HttpRequest, form: JoinForm, *, sentences: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        """Show the form, with what is wrong with it."""
        context = {
            "study": form.study,
            "form": form,
            "form_errors": sentences,
            "declined_query": urlencode(form.carried),
        }
        return render(request, "pages/join.html", context, status=status)

    def device_page(self, request: HttpRequest, form: JoinForm, error: DeviceNotAllowedError) -> HttpResponse:
        """Say which device is needed, and what to take back; nobody is sent away by themselves, who may change it."""
        back = way_back_by_link(study=form.study, end=End.DEVICE, link=form.visitor.link)
        query = urlencode({**form.carried, **invitation_of(request)})
        context = {
            "study": form.study,
            "back": back,
            "query": query,
            **words_of_end(back.end),
            "sentence": error.message,
        }
        return render(request, "pages/device.html", context, status=status_of(error))


class ParticipantPage(RaterPage):
    """A page for those who take part; everybody else is led to the study's page."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Find the visitor's part in the study."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None:
            return to_study_page(request, study)
        return mark_for(self.show(request, study, participation), participation)

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Answer with the page."""
        raise NotImplementedError


class InstructionsPage(ParticipantPage):
    """How rating works."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Explain the scale and the controls."""
        context = {
            "study": study,
            "participation": participation,
            "steps": steps(study) if study.scale_kind == ScaleKind.LIKERT else [],
            "anchors": anchors(study),
        }
        return render(request, "pages/instructions.html", context)


class RatePage(ParticipantPage):
    """Where rating happens."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Give the page its configuration; the rest goes through the API."""
        if participation.consent_version != study.consent_version:
            return redirect("pages:consent", study.slug)
        participation.study = study
        if next_place(participation) is not None:
            return redirect("pages:vision", study.slug)
        reasons = [{"value": value, "label": label} for value, label in SkipReason.choices]
        context = {
            "study": study,
            "participation": participation,
            "skip_reasons": reasons,
            "made_is_on": bool(offering_among(studies=[study.pk])),
            "config": rating_config(study, participation),
            "is_traced": bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT),
        }
        return render(request, "pages/rate.html", context)


def rating_config(study: Study, participation: Participation) -> dict[str, Any]:
    """Tell the rating page what it needs to know once."""
    design, language = design_of(study), get_language() or DEFAULT_LANGUAGE
    return {
        "slug": study.slug,
        "owner": str(participation.pk),
        "rater": str(participation.rater_id),
        "design": study.design,
        "calls": design.family.calls,
        "words": design.words.on_screen(),
        "settings": design.public_settings(study, language),
        "scale": study.scale_in(language)[1].as_json(),
        "break_every": study.break_every,
        "show_prompt": study.show_prompt,
        "minimum_view_ms": study.minimum_view_ms,
        "surround": study.surround,
        "longest_side": study.longest_side,
        "texts": study.texts_id,
        "progress": {"done": participation.done, "quota": participation.quota},
        "done_url": reverse("pages:done", args=[study.slug]),
        "leave_url": reverse("pages:me"),
        "consent_url": reverse("pages:consent", args=[study.slug]),
        "vision_url": reverse("pages:vision", args=[study.slug]),
        "device_url": reverse("pages:device", args=[study.slug]),
        "api_base": API_BASE,
        "worker_url": reverse("service-worker"),
    }


class MePage(RaterPage):
    """What is stored about the visitor."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it, with the ways to go on, take it along or withdraw; nothing of others than the link names."""
        rater = rater_meant(request)
        mine = list(participations.participations_of(rater=rater)) if rater else []
        offering = offering_among(studies=[participation.study_id for participation in mine]) if mine else set()
        records = record_cards(mine) if mine else {}
        context = {
            "rater_name": str(rater or ""),
            "participations": [
                {
                    **described(request, participation),
                    "made_is_on": participation.study_id in offering,
                    "record": records[participation.pk],
                }
                for participation in mine
            ],
            "is_named": link_of(request).names_somebody,
            "resume_days": RESUME_DAYS,
            "api_base": API_BASE,
        }
        return render(request, "pages/me.html", context)


def described(request: HttpRequest, participation: Participation) -> dict[str, Any]:
    """Give a participation with the rater's answers in words and the link to go on elsewhere."""
    token = resume_token(participation=participation)
    return {
        "participation": participation,
        "answers": participations.answers_in_words(participation=participation),
        "resume_url": request.build_absolute_uri(reverse("pages:resume", args=[token])),
    }


class WithdrawPage(RaterPage):
    """The way out."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask whether the rater is sure."""
        rater = rater_meant(request)
        if rater is None:
            return to_my_data(request)
        context = {
            "rating_count": participations.number_of_answers(rater=rater),
            "rater": rater,
            "owners": " ".join(str(mine.pk) for mine in participations.participations_of(rater=rater)),
        }
        return render(request, "pages/withdraw.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remove the rater and everything they gave."""
        rater = rater_meant(request)
        if rater is None and link_of(request).names_somebody:
            return to_my_data(request)
        if rater is not None:
            require_same_rater(rater, meant=request.POST.get("rater"))
            raters.withdraw(rater=rater, actor=None)
        answer = redirect("pages:withdrawn")
        forget_rater(answer)
        return answer


class WithdrawnPage(RaterPage):
    """What is left to say after a withdrawal."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say it."""
        return render(request, "pages/withdrawn.html")


page_urls = [
    path("", HomePage.as_view(), name="home"),
    path("s/<slug:slug>/", StudyPage.as_view(), name="study"),
    path("s/<slug:slug>/join/", JoinPage.as_view(), name="join"),
    path("s/<slug:slug>/instructions/", InstructionsPage.as_view(), name="instructions"),
    path("s/<slug:slug>/rate/", RatePage.as_view(), name="rate"),
    path("me/", MePage.as_view(), name="me"),
    path("me/withdraw/", WithdrawPage.as_view(), name="withdraw"),
    path("withdrawn/", WithdrawnPage.as_view(), name="withdrawn"),
]
