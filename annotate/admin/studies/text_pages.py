"""A study's pages about its texts: their translations, and the ready consents to start from."""

from django.core.exceptions import PermissionDenied
from django.forms import Media, Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from annotate.admin.parts.base import linked_action
from annotate.admin.studies.consent_template_page import ConsentTemplateForm, take_template
from annotate.admin.studies.preview import preview_page
from annotate.admin.studies.study_base import StudyRowAdmin
from annotate.admin.studies.text_versions_page import versions_context
from annotate.admin.studies.translations_page import (
    bring_together,
    chosen_language,
    save_posted,
    translations_context,
)
from ratings.models import Study


class TextPages(StudyRowAdmin):
    """What researchers write for raters."""

    def get_urls(self) -> list[URLPattern]:
        """Add the ready consents."""
        templates = self.admin_site.admin_view(self.consent_template)
        preview = self.admin_site.admin_view(require_POST(self.preview))
        return [
            path("preview/", preview, name="ratings_study_preview"),
            path("<path:object_id>/consent-template/", templates, name="ratings_study_consent_template"),
            *super().get_urls(),
        ]

    @property
    def media(self) -> Media:
        """Add the scripts that show texts as raters read them and lists as rows, and let keys reach the tabs."""
        scripts = [Script(f"js/{name}.js", type="module") for name in ("admin-preview", "admin-entries", "admin-tabs")]
        return super().media + Media(js=scripts)  # type: ignore[arg-type]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """Show a text of the form, which may be that of a study not saved yet, as raters will read it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        pk = request.POST.get("previewed_study", "")
        study = self.access(request=request, object_id=pk) if pk else Study()
        return preview_page(request=request, study=study, name=request.POST.get("preview", ""))

    def consent_template(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask which ready consent to start from, in which languages; a POST writes it."""
        study = self.access(request=request, object_id=object_id)
        if not self.has_change_permission(request, study):
            raise PermissionDenied
        form = ConsentTemplateForm(request.POST or None, study=study)
        if request.method == "POST" and form.is_valid():
            return take_template(request=request, study=study, form=form)
        context = {"title": gettext("Consent template for {study}").format(study=study), "form": form}
        return self.page(request, study, template="admin/ratings/study/consent_template.html", context=context)

    @linked_action(gettext_lazy("Translations"), permission="change", icon="translate", url_path="translations")
    def translations(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the texts beside those of another language; a POST saves these, unless somebody else changed one."""
        study = self.access(request=request, object_id=object_id)
        language = chosen_language(request, study)
        posted = bring_together(request=request, study=study, language=language)
        if request.method == "POST" and not posted.theirs:
            return save_posted(request=request, study=study, texts=posted.said)
        context = translations_context(study=study, language=language, posted=posted)
        return self.page(request, study, template="admin/ratings/study/translations.html", context=context)

    @linked_action(gettext_lazy("Preview"), permission="view", icon="preview", url_path="walk")
    def walk(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the study as its participants meet it, where nothing is stored."""
        study = self.access(request=request, object_id=object_id)
        return redirect(reverse("pages:study", args=[study.slug], current_app="preview"))

    @linked_action(gettext_lazy("Text versions"), permission="view", icon="history_edu", url_path="text-versions")
    def text_versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show every version of the texts with its readers, and what changed."""
        study = self.access(request=request, object_id=object_id)
        context = versions_context(request=request, study=study)
        return self.page(request, study, template="admin/ratings/study/text_versions.html", context=context)
