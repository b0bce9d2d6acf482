"""The ranking of what a study compares: for everybody, in a frame on another site, and for one rater."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page

from annotate.languages import named_language
from annotate.pages.views import ParticipantPage, RecordPage
from annotate.pages.visitors import spoken
from ratings.choices import ArenaAccess
from ratings.models import Participation, Study
from ratings.selectors.arena import ARENA_SECONDS, access_arena, own_arena, require_arena, shown_arena
from ratings.values.languages import DEFAULT_LANGUAGE

MARGIN = 0.04  # of the width, left and right of the outermost interval
MIDDLE = 50.0


@dataclass(frozen=True, kw_only=True)
class DrawnEntry:
    """A condition of a ranking, and where its score and interval lie in its drawing, in per cent of the width."""

    said: dict[str, Any]
    low: float
    points: float
    high: float

    @property
    def length(self) -> float:
        """Give how long the interval is."""
        return round(self.high - self.low, 2)


@dataclass(frozen=True, kw_only=True)
class DrawnPart:
    """Conditions that were compared with each other, drawn on one scale; one alone has no score."""

    is_settled: bool
    entries: list[DrawnEntry]
    alone: str


def drawn_parts(ranking: dict[str, Any]) -> list[DrawnPart]:
    """Draw each part of a ranking, those with scores first."""
    parts = [drawn_part(part) for part in ranking["parts"]]
    return sorted(parts, key=lambda part: -len(part.entries))


def drawn_part(part: dict[str, Any]) -> DrawnPart:
    """Draw all entries of a part on one scale, from the lowest end of an interval to the highest."""
    entries = part["entries"]
    if "points" not in entries[0]:
        return DrawnPart(is_settled=True, entries=[], alone=entries[0]["name"])
    lows = [one["points"] if one["low"] is None else one["low"] for one in entries]
    highs = [one["points"] if one["high"] is None else one["high"] for one in entries]
    start, width = min(lows), max(highs) - min(lows)

    def place(points: float) -> float:
        share = (points - start) / width if width else MIDDLE / 100
        return round(100 * (MARGIN + (1 - 2 * MARGIN) * share), 2)

    drawn = [
        DrawnEntry(said=one, low=place(low), points=place(one["points"]), high=place(high))
        for one, low, high in zip(entries, lows, highs, strict=True)
    ]
    return DrawnPart(is_settled=part["is_settled"], entries=drawn, alone="")


def is_kept_from_engines(study: Study) -> bool:
    """Tell whether search engines are asked to leave a ranking out."""
    return study.arena != ArenaAccess.PUBLIC


@method_decorator([gzip_page, conditional_page], name="dispatch")
class ArenaPage(RecordPage):
    """A study's ranking, the same for all who ask in one language: caches may keep it for a minute."""

    template = "pages/arena.html"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show what workers computed."""
        study = spoken(request, access_arena(slug=slug))
        answer = render(request, self.template, arena_context(study))
        patch_vary_headers(answer, ("Accept-Language", "Cookie"))  # a cookie may hold the visitor's language
        # What sets a cookie of a visitor is for that visitor alone.
        whose = "private" if named_language(request) else "public"
        patch_cache_control(answer, max_age=ARENA_SECONDS, **{whose: True})
        if is_kept_from_engines(study):
            answer["X-Robots-Tag"] = "noindex"
        return self.opened(answer, study)

    def opened(self, answer: HttpResponse, study: Study) -> HttpResponse:  # noqa: ARG002 - a frame asks the study
        """Leave it to be shown in no frame, as all pages."""
        return answer


def arena_context(study: Study) -> dict[str, Any]:
    """Give what the templates show."""
    arena = shown_arena(study=study, language=get_language() or DEFAULT_LANGUAGE)
    return {
        "study": study,
        "arena": arena,
        "parts": drawn_parts(arena),
        "groups": [{"said": group, "parts": drawn_parts(group)} for group in arena["groups"]],
    }


class ArenaFramePage(ArenaPage):
    """The ranking for a frame on those sites that the study names."""

    template = "pages/arena_frame.html"

    def opened(self, answer: HttpResponse, study: Study) -> HttpResponse:
        """Say which sites may hold it in a frame, where the study names any."""
        if study.arena_frames:
            replaced = {"frame-ancestors": study.arena_frames}
            answer._csp_replace = replaced  # type: ignore[attr-defined]  # as the decorator of django-csp does
            answer.xframe_options_exempt = True  # an older header, which knows no list
        return answer


class OwnArenaPage(ParticipantPage):
    """A rater's own ranking, beside everybody's."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Show it, or how many answers it takes."""
        own = own_arena(study=require_arena(study), participation=participation)
        context = {
            **arena_context(study),
            "participation": participation,
            "own": own,
            "own_parts": drawn_parts(own.ranking) if own.ranking else [],
        }
        return render(request, "pages/arena_own.html", context)


arena_urls = [
    path("s/<slug:slug>/arena/", ArenaPage.as_view(), name="arena"),
    path("s/<slug:slug>/arena/frame/", ArenaFramePage.as_view(), name="arena-frame"),
    path("s/<slug:slug>/arena/mine/", OwnArenaPage.as_view(), name="own-arena"),
]
