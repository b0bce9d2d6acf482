"""Show what is written in a study's form as raters will read it, before anything is saved."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import get_language_info, gettext, override

from annotate.admin.studies.forms import StudyForm
from annotate.templatetags.spoken import facts_of, marked_prose
from ratings.models import Study
from ratings.values.consent_facts import FactRow
from ratings.values.translations import FILLED, LONG


def preview_page(*, request: HttpRequest, study: Study, name: str) -> HttpResponse:
    """Answer with a text of a form that is being written, in the study's first language, as a page of its own.

    The study is changed in memory only: what does not fit keeps its stored value.
    """
    if name not in LONG:
        return HttpResponseBadRequest(
            gettext("There is a preview of {long}; not of {name}.").format(long=", ".join(LONG), name=f"{name!r}")
        )
    form = StudyForm(request.POST, instance=study)
    form.is_valid()
    language = study.languages[0]
    with override(language):
        context = {
            "language": language,
            "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
            "text": marked_prose(study.text_in(language=language, name=name)),
            "rows": facts_shown(study=study, name=name),
        }
        return render(request, "admin/ratings/study/preview.html", context)


def facts_shown(*, study: Study, name: str) -> list[FactRow]:
    """Give the facts that raters read below the consent text; none below another."""
    return facts_of(study) if name in FILLED else []
