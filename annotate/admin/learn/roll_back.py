"""What somebody confirms who rolls a study back: which version comes back, and how good it was."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext
from unfold.forms import BaseDialogForm

from annotate.admin.learn.version_metrics import headline_measure
from annotate.admin.parts.base import whole
from scoring.models import ModelVersion
from scoring.selectors.overview import version_before


def target_in_words(version: ModelVersion | None) -> str:
    """Name the version that would come back, its day and its quality."""
    if version is None:
        return gettext("the version before")
    figure = headline_measure(version=version)
    sentence = gettext("{version} of {day}") if figure.value is None else gettext("{version} of {day}, SROCC {figure}")
    return sentence.format(version=version, day=formats.date_format(version.created_at, "j M Y"), figure=figure.number)


class RollBackForm(BaseDialogForm):  # type: ignore[misc]
    """The version that comes back, as it was shown to who confirms."""

    form_before_template = "admin/scoring/modelversion/roll_back.html"
    target = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, object_id: int | str | None = None, *args: Any, **kwargs: Any) -> None:
        """Name the target in the form."""
        super().__init__(request, object_id, *args, **kwargs)
        version = ModelVersion.objects.filter(pk=object_id).first() if object_id is not None else None
        self.before = version_before(study_id=version.study_id) if version is not None else None
        self.fields["target"].initial = self.before.number if self.before else None

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        """Say which version comes back."""
        if self.before is None:
            return {"target": ""}
        measured = self.before.measured
        return {"target": target_in_words(self.before), "ratings": whole(measured.test_ratings)}

    def clean_target(self) -> int:
        """Refuse where another version would come back by now than was shown."""
        number = int(self.cleaned_data["target"])
        if self.before is None or self.before.number != number:
            raise forms.ValidationError(gettext("Another version would come back by now: open the page again."))
        return number
