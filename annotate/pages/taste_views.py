"""The raters' page of what was learned of their taste."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from annotate.api.taste_serializers import taste_body
from annotate.flows import tastes
from annotate.pages.views import ParticipantPage
from annotate.pages.visitors import API_BASE, study_spoken, to_study_page, visitor_of
from ratings.models import Participation, Study
from ratings.registry import shows_taste

FEW_PICTURES = 10  # kept from the model: a share of so few pairs says little
PLACES = {"low": "low", "value": "difference", "high": "high"}  # of a drawing, by the figure that it shows
LONG_SCALE = 20  # points, above which hundredths of one are no news


@dataclass(frozen=True, kw_only=True)
class DrawnInterval:
    """A statement, and where its interval lies in its drawing, in per cent of the width; zero is at the start.

    One without figures has no drawing: all three places are at the start.
    """

    said: dict[str, Any]
    low: float = 0.0
    value: float = 0.0
    high: float = 0.0

    @property
    def length(self) -> float:
        """Give how long the interval is."""
        return self.high - self.low


def drawn(statements: list[dict[str, Any]]) -> list[DrawnInterval]:
    """Draw all intervals on one scale, from zero to the most that any reaches."""
    most = max((one["high"] or 0.0 for one in statements), default=0.0)
    if not most:
        return [DrawnInterval(said=one) for one in statements]
    return [
        DrawnInterval(said=one, **{name: round(100 * one[key] / most, 2) for name, key in PLACES.items()})
        for one in statements
    ]


class TastePage(ParticipantPage):
    """What was learned, or why there is nothing to see yet; a POST has a worker write it again."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Show the page where the study has it."""
        if not shows_taste(study):
            return redirect("pages:study", study.slug)
        participation.study = study
        found = tastes.seen_taste(participation=participation)
        return render(request, "pages/taste.html", page_of(study, participation, taste_body(found)))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Have a worker write the report again."""
        study = study_spoken(request, slug)
        participation = visitor_of(request, study).mine
        if participation is None:
            return to_study_page(request, study)
        participation.study = study
        tastes.refresh_own_taste(participation=participation)
        return redirect("pages:taste", slug)


def page_of(study: Study, participation: Participation, taste: dict[str, Any]) -> dict[str, Any]:
    """Give what the template shows."""
    report = taste["report"] or {}
    statements = report.get("statements", [])
    return {
        "study": study,
        "participation": participation,
        "taste": taste,
        "report": report,
        "more": drawn([one for one in statements if one["is_more"]]),
        "less": drawn([one for one in statements if not one["is_more"]]),
        "level": level_of(report),
        "further_more": [one for one in report.get("further", []) if one["is_more"]],
        "further_less": [one for one in report.get("further", []) if not one["is_more"]],
        "prediction": prediction_of(report),
        "digits": 1 if study.scale_max - study.scale_min > LONG_SCALE else 2,
        "can_be_taken": taste["has_figures"],
        "waits": taste["state"] == "waiting" or taste["is_outdated"],
        "config": {
            "slug": study.slug,
            "rater": str(participation.rater_id),
            "api_base": API_BASE,
            "state": taste["state"],
            "is_outdated": taste["is_outdated"],
        },
    }


def level_of(report: dict[str, Any]) -> dict[str, Any] | None:
    """Say whether the rater surely rates higher or lower than others, and by how much; none without figures."""
    level = report.get("level")
    if level is None:
        return None
    if level["low"] > 0:
        return {"kind": "higher", **level}
    if level["high"] < 0:
        return {"kind": "lower", "difference": -level["difference"], "low": -level["high"], "high": -level["low"]}
    return {"kind": "alike"}


def prediction_of(report: dict[str, Any]) -> dict[str, Any] | None:
    """Give how well the rater is predicted, in per cent; no shares where no two pictures were rated differently."""
    found = report.get("prediction")
    if found is None:
        return None
    shares = {name: round(100 * found[name]) for name in ("share", "low", "high", "everybody") if name in found}
    pictures = found.get("pictures", 0)
    return {**found, **shares, "pictures": pictures, "is_few": pictures < FEW_PICTURES, "is_known": "share" in found}


taste_urls = [path("s/<slug:slug>/taste/", TastePage.as_view(), name="taste")]
