"""A study as its participants meet it, for staff: the same pages, on which nothing is stored.

Each page and call runs in a transaction that the database holds to be read-only, so that a write by mistake is an
error and not a row. How far somebody has come is in their browser.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views import View

from annotate.flows.previews import access_previewed_study, previewed_items
from annotate.pages.cards import minutes, pictures_of
from annotate.pages.end_views import EndQuestionsPage
from annotate.pages.end_words import words_of_end
from annotate.pages.forms import JoinForm
from annotate.pages.preview_gate import member_of_staff, reading_only
from annotate.pages.preview_state import Walk, keep_walk, new_walk, walk_of
from annotate.pages.views import InstructionsPage, RaterPage, rating_config
from annotate.pages.visitors import spoken
from ratings.choices import AssignmentKind, End, ParticipationState, SkipReason
from ratings.models import Participation, Rater, Study
from ratings.selectors.availability import Availability
from ratings.selectors.ends import is_asked_at_end, way_back_of
from ratings.selectors.screening import screens_out
from ratings.selectors.visitors import StudyVisitor, VisitorKind
from ratings.values.devices import fault_of
from ratings.values.platform_links import PlatformLink
from ratings.values.questions import checked_end_answers
from ratings.values.shapes import ShapeError

NAMESPACE = "preview"
NEWCOMER = StudyVisitor(kind=VisitorKind.NEWCOMER, link=PlatformLink())


def address(name: str, slug: str) -> str:
    """Give the address of a page of the walk."""
    return reverse(f"pages:{name}", args=[slug], current_app=NAMESPACE)


class PreviewPage(RaterPage):
    """A page of the walk, for those who may see the study."""

    study: Study
    walk: Walk

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let staff in, and nothing be written."""
        if member_of_staff(request) is None:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        with reading_only():
            return super().dispatch(request, *args, **kwargs)

    def found(self, request: HttpRequest, slug: str) -> Study:
        """Find the study and how far the walk has come, and speak one of its languages from here on."""
        self.study = spoken(request, access_previewed_study(slug=slug, person=cast("User", request.user)))
        self.walk = walk_of(request, slug=slug)
        return self.study

    def kept(self, request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        """Let the browser carry the walk on."""
        keep_walk(request, answer, self.walk)
        return answer

    def go_to(self, request: HttpRequest, name: str, query: str = "") -> HttpResponseBase:
        """Lead to another page of the walk."""
        return self.kept(request, HttpResponseRedirect(address(name, self.study.slug) + query))

    def participation(self) -> Participation:
        """Make up the part of somebody who has come so far; it is never saved."""
        items = previewed_items(self.study)
        counted = {item.pk for item in items if getattr(item, "kind", "") != AssignmentKind.PRACTICE}
        is_through = not {item.pk for item in items} - self.walk.closed
        return Participation(
            pk=self.walk.run,
            study=self.study,
            rater=Rater(pk=self.walk.run),
            consent_version=self.study.consent_version,
            quota=len(counted),
            done=len(counted & set(self.walk.answered)),
            state=ParticipationState.COMPLETE if is_through else ParticipationState.ACTIVE,
            end_answers={} if self.walk.has_answered_end else None,
        )


class PreviewStudyPage(PreviewPage):
    """The study's own page, where a walk begins."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Show it as to a newcomer, with places free."""
        study = self.found(request, slug)
        self.walk = new_walk(slug)
        context = {
            "study": study,
            "asked": study.quota,
            "available": Availability(),
            "minutes": minutes(study),
            "pictures": pictures_of(study),
            "visitor": NEWCOMER,
        }
        return self.kept(request, render(request, "pages/study.html", context))


class PreviewJoinPage(PreviewPage):
    """Consent and profile, checked as for a rater."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Show the form."""
        return self.form_page(request, JoinForm(study=self.found(request, slug), visitor=NEWCOMER), [])

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Check what was filled in, and lead to where a rater would be led."""
        study = self.found(request, slug)
        form = JoinForm(request.POST, study=study, visitor=NEWCOMER)
        if not form.is_valid():
            return self.form_page(request, form, form.sentences, status=400)
        self.walk = new_walk(slug)
        enrolment = form.enrolment()
        if study.device_rules.takes_all is False and fault_of(rules=study.device_rules, device=enrolment.device):
            return self.go_to(request, "done", f"?end={End.DEVICE}")
        if screens_out(study=study, answers=enrolment.profile):
            return self.go_to(request, "done", f"?end={End.SCREENED_OUT}")
        return self.go_to(request, "instructions")

    def form_page(
        self, request: HttpRequest, form: JoinForm, sentences: list[str], *, status: int = 200
    ) -> HttpResponseBase:
        """Show the form, with what is wrong with it."""
        context = {"study": form.study, "form": form, "form_errors": sentences}
        return render(request, "pages/join.html", context, status=status)


class PreviewInstructionsPage(PreviewPage):
    """How rating works."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Show them."""
        study = self.found(request, slug)
        return self.kept(request, InstructionsPage().show(request, study, self.participation()))


class PreviewRatePage(PreviewPage):
    """Where rating happens: the same page and scripts, whose calls are answered without a record."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Give the page its configuration."""
        study, participation = self.found(request, slug), self.participation()
        pages = {f"{name}_url": address(name, slug) for name in ("done", "consent", "vision", "device")}
        base = reverse("preview-leases", args=[slug, slug]).removesuffix(f"/studies/{slug}/leases")
        context = {
            "study": study,
            "participation": participation,
            "skip_reasons": [{"value": value, "label": label} for value, label in SkipReason.choices],
            "config": {
                **rating_config(study, participation),
                **pages,
                "leave_url": address("study", slug),
                "api_base": base,
            },
        }
        return self.kept(request, render(request, "pages/rate.html", context))


class PreviewDonePage(PreviewPage):
    """The end of a part, with what is taken back to a platform; any end can be asked for."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Show the end that was asked for, or the one that was reached."""
        study, participation = self.found(request, slug), self.participation()
        asked = request.GET.get("end", "")
        if asked in End.values:
            participation.end = asked
        elif is_asked_at_end(participation):
            return self.go_to(request, "end-questions")
        back = way_back_of(participation)
        if back is None:
            return self.go_to(request, "rate")
        context = {"study": study, "participation": participation, "back": back, **words_of_end(back.end)}
        template = "pages/declined.html" if back.end == End.DECLINED else "pages/done.html"
        return self.kept(request, render(request, template, context))


class PreviewDeclinedPage(PreviewPage):
    """The end for somebody who does not agree."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Show it."""
        self.found(request, slug)
        return self.go_to(request, "done", f"?end={End.DECLINED}")


class PreviewEndQuestionsPage(PreviewPage):
    """The questions after the last picture."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Ask them."""
        study = self.found(request, slug)
        return EndQuestionsPage().form_page(request, study, answers={}, wrong={})

    def post(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """Check the answers, or show what is missing."""
        study = self.found(request, slug)
        answers = {one.key: request.POST.get(f"end.{one.key}", "") for one in study.questions_at_end}
        try:
            checked_end_answers(study.questions_at_end, answers)
        except ShapeError as error:
            wrong: Mapping[str, str] = dict.fromkeys(str(error).split(), "")
            return EndQuestionsPage().form_page(request, study, answers=answers, wrong=dict(wrong))
        self.walk = self.walk.finished()
        return self.go_to(request, "done")


class OutsidePage(PreviewPage):
    """Every other page that a rater's page leads to: it is about what is stored, and here nothing is."""

    def get(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """Say so."""
        return render(request, "pages/preview_outside.html")


PAGES: Mapping[str, type[View]] = {
    "study": PreviewStudyPage,
    "join": PreviewJoinPage,
    "instructions": PreviewInstructionsPage,
    "rate": PreviewRatePage,
    "done": PreviewDonePage,
    "declined": PreviewDeclinedPage,
    "end-questions": PreviewEndQuestionsPage,
}


def preview_urls(rater_urls: Iterable[URLPattern]) -> list[URLPattern]:
    """Give each of the raters' addresses its page in the walk, so that links within a page stay in it."""
    return [
        path(str(one.pattern), PAGES.get(one.name or "", OutsidePage).as_view(), name=one.name) for one in rater_urls
    ]
