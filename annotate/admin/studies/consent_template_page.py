"""The page on which a study's consent starts from a ready text."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldBooleanSwitchWidget

from annotate.admin.parts.base import carry_out
from annotate.flows.studies import write_template
from ratings.choices import ConsentKind
from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.selectors.texts import consent_texts_to_write, empty_consent_texts
from ratings.values.languages import LANGUAGES

NOTHING_EMPTY = gettext_lazy(
    "Nothing is empty in these languages: tick “Replace what is written” if the template is to take its place."
)


class ConsentTemplateForm(forms.Form):
    """Which template, in which of the study's languages, and whether it takes the place of what is written."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Template"),
        choices=ConsentKind.choices,
        initial=ConsentKind.GDPR,
        widget=UnfoldAdminRadioSelectWidget,
    )
    languages = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Languages"))
    replaces = forms.BooleanField(
        required=False,
        label=gettext_lazy("Replace what is written"),
        help_text=gettext_lazy("Else the template fills empty texts only."),
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        """Offer the languages of the study."""
        super().__init__(*args, **kwargs)
        self.study, self.empty = study, empty_consent_texts(study)
        self.fields["languages"] = forms.MultipleChoiceField(
            choices=[(code, LANGUAGES[code]) for code in study.languages],
            initial=[code for code, names in self.empty.items() if names],
            widget=forms.CheckboxSelectMultiple,
            label=gettext("Languages"),
        )

    def clean(self) -> dict[str, Any]:
        """Ask before anything is written over."""
        values = super().clean() or self.cleaned_data
        if "languages" in values and not any(self.texts.values()):
            self.add_error("replaces", NOTHING_EMPTY)
        return values

    @property
    def texts(self) -> dict[str, list[str]]:
        """Name the texts to write, by language."""
        asked = {name: self.cleaned_data[name] for name in ("languages", "replaces")}
        return consent_texts_to_write(study=self.study, **asked)


def take_template(*, request: HttpRequest, study: Study, form: ConsentTemplateForm) -> HttpResponse:
    """Write the template that a valid form names, and lead to the study's form, which names the gaps left."""
    languages = ", ".join(LANGUAGES[code] for code, names in form.texts.items() if names)
    return carry_out(
        request=request,
        act=lambda: write_template(
            study=study,
            kind=ConsentKind(form.cleaned_data["kind"]),
            texts=form.texts,
            actor=cast("User", request.user),
        ),
        done=gettext("The consent starts from the template in {languages}: fill its gaps and places.").format(
            languages=languages
        ),
        errors=RecordError,
        url=reverse("admin:ratings_study_change", args=[study.pk]),
    )
