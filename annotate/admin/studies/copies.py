"""Begin a study from what is there: a ready template, a file, or another study; and take one along as a file."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_slug
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from annotate.admin.parts.base import confirmed_action, go_to, linked_action
from annotate.admin.studies.study_base import StudyRowAdmin
from annotate.downloads import logged
from annotate.flows.access import has_everywhere
from annotate.flows.studies import copy_study, create_study
from ratings.choices import StudyTemplate
from ratings.exceptions import FileRejectedError, RecordError
from ratings.files.descriptions import description_in
from ratings.files.study_templates import study_template, template_comment
from ratings.files.toml_writer import toml_of
from ratings.models import Study
from ratings.selectors.studies import study_description
from ratings.values.languages import only_english

ADD = "ratings.add_study"
LONGEST_FILE = 2_000_000  # bytes of a description


class CopyForm(BaseDialogForm):  # type: ignore[misc]
    """What a copy of a study is called, and whether it has its pictures."""

    title = forms.CharField(max_length=200, label=gettext_lazy("Title"), widget=UnfoldAdminTextInputWidget)
    slug = forms.CharField(
        max_length=50, label=gettext_lazy("Slug"), validators=[validate_slug], widget=UnfoldAdminTextInputWidget
    )
    with_pictures = forms.BooleanField(
        required=False,
        label=gettext_lazy("With its pictures, and its pairs or sets"),
        help_text=gettext_lazy("Answers are never copied."),
        widget=UnfoldBooleanSwitchWidget,
    )

    @property
    def named(self) -> dict[str, Any]:
        """Give what the valid form says."""
        return {name: self.cleaned_data[name] for name in ("title", "slug", "with_pictures")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Propose a title and an address."""
        super().__init__(*args, **kwargs)
        study = Study.objects.filter(pk=self.object_id).only("title", "slug").first()
        if study is not None:
            self.fields["title"].initial = gettext("{title} (copy)").format(title=study.title)[:200]
            self.fields["slug"].initial = f"{study.slug[:45]}-copy"


class StudyBeginnings(StudyRowAdmin):
    """The ways to begin a study, beside its empty form."""

    prepopulated_fields = {"slug": ("title",)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Study | None = None) -> dict[str, Any]:
        """Derive the address from the title for a new study only."""
        return {} if obj else dict(self.prepopulated_fields)

    def get_urls(self) -> list[URLPattern]:
        """Add the upload of a description."""
        upload = self.admin_site.admin_view(require_POST(self.add_from_file))
        return [path("add/from-file/", upload, name="ratings_study_from_file"), *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill the form of a new study from the template that its address names."""
        kind = request.GET.get("template", "")
        if kind not in StudyTemplate.values:
            given = cast("dict[str, Any]", super().get_changeform_initial_data(request))
            return {"languages": only_english(), **given}
        fields = study_template(StudyTemplate(kind))
        return {"languages": only_english(), "slug": slugify(fields["title"])[:50], **fields}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Offer the templates above the empty form."""
        chosen = request.GET.get("template", "")
        templates = [
            {
                "value": kind.value,
                "label": kind.label,
                "comment": gettext(template_comment(kind)),
                "is_chosen": kind == chosen,
            }
            for kind in StudyTemplate
        ]
        return super().add_view(request, form_url, {"templates": templates, **(extra_context or {})})

    def add_from_file(self, request: HttpRequest) -> HttpResponse:
        """Make a draft of a description in TOML or JSON, and show it; else say what is wrong with it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self.begin(
            request,
            lambda: create_study(description=uploaded_description(request), actor=cast("User", request.user)),
            otherwise=reverse("admin:ratings_study_add"),
        )

    def has_copy_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those copy who may add studies to the installation; a role in one study is not enough."""
        return has_everywhere(person=cast("User", request.user), right=ADD)

    @confirmed_action(
        gettext_lazy("Copy"),
        permission="copy",
        icon="content_copy",
        question=gettext_lazy(
            "A draft with the same settings, texts, translations and questions. Its dates are blank."
        ),
        form=CopyForm,
    )
    def copy(self, request: HttpRequest, form: CopyForm, object_id: str) -> HttpResponse:
        """Make the copy, and show it."""
        study = self.access(request=request, object_id=object_id)
        return self.begin(
            request,
            lambda: copy_study(study=study, actor=cast("User", request.user), **form.named),
            otherwise=reverse("admin:ratings_study_change", args=[study.pk]),
        )

    def begin(self, request: HttpRequest, make: Callable[[], Study], *, otherwise: str) -> HttpResponse:
        """Make a study and lead to its page; else say why not, and lead back."""
        try:
            study = make()
        except RecordError as error:
            messages.error(request, error.message)
            return go_to(request=request, url=otherwise)
        messages.success(request, gettext("The draft {title} is made: look it through.").format(title=study.title))
        return go_to(request=request, url=reverse("admin:ratings_study_change", args=[study.pk]))

    @linked_action(gettext_lazy("Settings as TOML"), permission="view", icon="download", url_path="toml")
    def toml(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the study's description as a file, of which another study can be made."""
        study = self.access(request=request, object_id=object_id)
        text = toml_of(study_description(study=study))
        name = f"{study.slug}.toml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        answer = HttpResponse(text, content_type="application/toml; charset=utf-8", headers=headers)
        return logged(request=request, answer=answer, target=study.slug, file=name)


def uploaded_description(request: HttpRequest) -> dict[str, Any]:
    """Read the description that was uploaded; an address that was given takes the place of the one in the file."""
    file = request.FILES.get("file")
    slug = request.POST.get("slug", "").strip()
    return {**description_of_file(file), **({"slug": slug} if slug else {})}


def description_of_file(file: "UploadedFile[bytes] | None") -> dict[str, Any]:
    """Read a file of a form; raise `FileRejectedError` for none, one too long, or one that is no text."""
    if file is None:
        raise FileRejectedError(gettext("Choose a TOML or JSON file first."))
    if (file.size or 0) > LONGEST_FILE:
        raise FileRejectedError(gettext("{file} is longer than a description can be.").format(file=file.name))
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRejectedError(gettext("{file} is no text in UTF-8.").format(file=file.name)) from error
    return description_in(text, name=file.name or "file")
