"""The bar that marks every page of a preview, with the ways through it."""

from typing import Any

from django import template
from django.template import RequestContext

from ratings.choices import End
from ratings.models import Study
from ratings.values.languages import LANGUAGES

register = template.Library()


@register.inclusion_tag("pages/preview_bar.html", takes_context=True)
def preview_bar(context: RequestContext) -> dict[str, Any]:
    """Give the study that is looked through, its languages and the ends there are; nothing outside of a preview."""
    study = context.get("study")
    languages = study.languages if isinstance(study, Study) else []
    return {
        "request": context.get("request"),
        "study": study,
        "languages": [(code, LANGUAGES[code]) for code in languages] if len(languages) > 1 else [],
        "ends": [(end.value, end.label) for end in End],
    }
