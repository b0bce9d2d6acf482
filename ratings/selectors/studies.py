"""Studies as the public and the raters see them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from ratings.choices import StudyState
from ratings.exceptions import NotFoundError, StudyClosedError, StudyNotFoundError, StudyPausedError
from ratings.models import Study
from ratings.registry import design_of


def access_study(*, slug: str) -> Study:
    """Give a study that is public; a draft is as good as absent."""
    study = Study.objects.visible().filter(slug=slug).first()
    if study is None:
        raise StudyNotFoundError(
            gettext("There is no study called “{slug}”: check the link you were given.").format(slug=slug)
        )
    return study


def access_any_study(*, slug: str) -> Study:
    """Give a study, drafts included: staff asks."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        raise NotFoundError(f"There is no study {slug!r}.")
    return study


def open_studies() -> QuerySet[Study]:
    """Give the studies that take raters now."""
    return Study.objects.filter(state=StudyState.OPEN)


def require_open(*, study: Study) -> None:
    """Raise unless the study hands out images now."""
    if study.state == StudyState.PAUSED:
        raise StudyPausedError(gettext("This study is paused: your ratings are safe, come back later."))
    require_not_closed(study=study)


def require_not_closed(*, study: Study) -> None:
    """Raise when the study takes no more answers."""
    if study.state in {StudyState.CLOSED, StudyState.DRAFT}:
        raise StudyClosedError(gettext("This study is closed and takes no more answers."))


def public_facts(*, study: Study) -> dict[str, Any]:
    """Give what anybody may know of a study."""
    return {
        "slug": study.slug,
        "title": study.title,
        "state": study.state,
        "instructions": study.instructions,
        "consent": {"version": study.consent_version, "text": study.consent_text},
        "scale": {name: value for name, value in study.scale.as_json().items() if name != "kind"},
        "profile": [question.as_json() for question in study.questions],
        **(
            {"scales": [scale.as_json() for scale in study.named_scales]}
            if "scales" in design_of(study).settings
            else {}
        ),
    }
