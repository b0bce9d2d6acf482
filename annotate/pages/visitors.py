"""Who visits a page: read from the link they came by first, then from the browser's cookie."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from annotate.languages import preferred_languages
from annotate.rater_cookie import mark_for, mark_for_nobody, rater_of
from ratings.models import Rater, Study
from ratings.selectors.participations import participations_of
from ratings.selectors.studies import access_study
from ratings.selectors.visitors import StudyVisitor, is_meant, visitor_at
from ratings.values.languages import spoken_language
from ratings.values.platform_links import PlatformLink, read_link

API_BASE = "/api/v1"


def link_of(request: HttpRequest) -> PlatformLink:
    """Read the platform's ids from a form's hidden fields and from the address; a blank field says nothing."""
    return read_link([*((name, value) for name, value in pairs(request.POST) if value), *pairs(request.GET)])


def pairs(query: QueryDict) -> list[tuple[str, str]]:
    """Give every parameter, repeated ones included."""
    return [(name, value) for name, values in query.lists() for value in values]


def study_spoken(request: HttpRequest, slug: str) -> Study:
    """Find a study, and speak one of its languages from here on."""
    return spoken(request, access_study(slug=slug))


def spoken(request: HttpRequest, study: Study) -> Study:
    """Speak a language of the study from here on: the one that the visitor likes best."""
    translation.activate(spoken_language(offered=study.languages, preferred=preferred_languages(request)))
    return study


def visitor_of(request: HttpRequest, study: Study) -> StudyVisitor:
    """Find out who stands before a study."""
    rater = rater_of(request)
    return visitor_at(study=study, link=link_of(request), rater_id=rater.pk if rater else None)


def marked(answer: HttpResponse, visitor: StudyVisitor) -> HttpResponse:
    """Say in a page's header whom it was made for: a participant, nobody, or no word for a rater without a part."""
    return mark_for_nobody(answer) if visitor.rater_id is None else mark_for(answer, visitor.mine)


def leaving(rater_id: UUID | None) -> dict[str, Any]:
    """Give a page that may sign a rater out what it needs to send their last answers first."""
    parts = participations_of(rater=Rater(pk=rater_id)) if rater_id else ()
    return {"leaving": parts, "api_base": API_BASE}


def rater_meant(request: HttpRequest) -> Rater | None:
    """Give the browser's rater, unless the visitor's link names somebody else."""
    rater = rater_of(request)
    return rater if rater is not None and is_meant(rater=rater, link=link_of(request)) else None


def to_study_page(request: HttpRequest, study: Study) -> HttpResponseRedirect:
    """Lead to the study's page with the link's parameters, which says what the visitor can do."""
    return redirect(with_parameters(request, reverse("pages:study", args=[study.slug])))


def to_my_data(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to what is stored of the visitor, as the link names them."""
    return redirect(with_parameters(request, reverse("pages:me")))


def with_parameters(request: HttpRequest, address: str) -> str:
    """Add the parameters by which the visitor came: they say who it is on the next page, too."""
    return f"{address}?{request.GET.urlencode()}" if request.GET else address
