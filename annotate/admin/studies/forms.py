"""Forms of the admin that say more than a model's fields do."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.postgres.forms import SimpleArrayField
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from annotate.admin.studies.ends_field import EndsField
from annotate.admin.studies.entries_field import EntriesField, QuotasField
from ratings.choices import StudyState
from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.registry import design_of
from ratings.selectors.arena import arena_faults
from ratings.selectors.durations import measured_duration
from ratings.selectors.texts import content_of, place_faults, taste_fault, text_faults
from ratings.values.consent_facts import PLACES
from ratings.values.languages import LANGUAGES
from ratings.values.questions import EndQuestion, Question
from ratings.values.scales import NamedScale, is_number
from ratings.values.translations import LONG

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    StudyFields = forms.ModelForm[Study]
else:
    StudyFields = forms.ModelForm

SCALE = ("scale_kind", "scale_min", "scale_max", "scale_step")
FIELDSETS: tuple[tuple["StrOrPromise", Any], ...] = (
    (
        gettext_lazy("Basics"),
        {
            "classes": ("tab",),
            "fields": ("design", ("title", "slug"), "languages", "summary", "card_pictures", "instructions"),
        },
    ),
    (
        gettext_lazy("Scale"),
        {"classes": ("tab",), "fields": (SCALE[:1], SCALE[1:], "scale_labels", ("show_prompt", "prompt_language"))},
    ),
    (gettext_lazy("Display"), {"classes": ("tab",), "fields": ("minimum_view_ms", ("surround", "longest_side"))}),
    (
        gettext_lazy("Design"),
        {
            "classes": ("tab",),
            "fields": (("ties_allowed", "set_size"), ("taste_from", "chooses_comparisons"), "scales", "trained_scale"),
        },
    ),
    (
        gettext_lazy("Raters"),
        {
            "classes": ("tab",),
            "fields": (
                ("target", "quota"),
                ("practice_count", "break_every"),
                ("lease_minutes", "reservation_minutes"),
            ),
        },
    ),
    (gettext_lazy("Ends"), {"classes": ("tab",), "fields": (("completion_code", "completion_url"), "ends")}),
    (
        gettext_lazy("Access"),
        {
            "classes": ("tab",),
            "fields": (("opens_at", "closes_at"), ("participant_cap", "is_listed"), ("enrol_rate", "invitation")),
        },
    ),
    (
        gettext_lazy("Devices"),
        {
            "classes": ("tab",),
            "fields": (
                ("device_input", "min_colour_depth"),
                ("min_screen_width", "min_screen_height"),
                ("checks_colour_vision", "checks_screen"),
                ("vision_pass_mark", "vision_failing"),
            ),
        },
    ),
    (
        gettext_lazy("Selection"),
        {
            "classes": ("tab",),
            "fields": (
                ("random_share", "repeat_share", "repeat_gap"),
                ("burn_in", "uniform_floor"),
                "learns_from_skips",
                ("attention_every", "attention_limit"),
                "group_quotas",
                ("stop_image_width", "stop_image_raters"),
                ("stop_rater_sd", "stop_rater_after"),
                ("retrain_every", "train_without_flagged"),
                "datasets",
                "encoder_key",
            ),
        },
    ),
    (gettext_lazy("Consent"), {"classes": ("tab",), "fields": ("consent_version", "consent_text")}),
    (
        gettext_lazy("Consent facts"),
        {
            "classes": ("tab",),
            "description": format_lazy(
                gettext_lazy(
                    "Raters read these as a list below the consent text, which may have places for them: {places}"
                ),
                places=", ".join(f"{{{name}}}" for name in PLACES),
            ),
            "fields": (
                "responsible",
                ("contact_name", "contact_mail"),
                ("ethics_body", "ethics_number"),
                ("pay_amount", "pay_currency", "pay_basis"),
                "duration_minutes",
                "data_stored",
                "data_published",
                "data_kept",
            ),
        },
    ),
    (gettext_lazy("Your taste"), {"classes": ("tab",), "fields": (("shows_taste", "taste_after"), "taste_consent")}),
    (
        gettext_lazy("Arena"),
        {
            "classes": ("tab",),
            "fields": (
                ("arena", "arena_by"),
                ("arena_groups", "arena_smallest_group"),
                "arena_own_after",
                "arena_frames",
            ),
        },
    ),
    (gettext_lazy("Profile"), {"classes": ("tab",), "fields": ("profile_questions", "end_questions")}),
    (gettext_lazy("Publication"), {"classes": ("tab",), "fields": ("licence", "citation")}),
)


class AnchorsField(forms.CharField):
    """Labels of a scale, one `value = word` a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> str:
        """Write the labels as lines."""
        return "\n".join(f"{key} = {word}" for key, word in value.items()) if isinstance(value, dict) else value or ""

    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        """Read the lines."""
        labels: dict[str, str] = {}
        for line in str(value or "").splitlines():
            if not line.strip():
                continue
            key, separator, word = (part.strip() for part in line.partition("="))
            if not (key and separator and word and is_number(key)):
                raise forms.ValidationError(
                    gettext("Write “5 = good”, a value and a word, not “{line}”.").format(line=line)
                )
            labels[key] = word
        return labels

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what the lines mean."""
        try:
            return (initial or {}) != self.to_python(data)
        except forms.ValidationError:  # cleaning tells what is wrong with it; unchanged it is not
            return True


def consent_help(study: Study) -> SafeString:
    """Lead to the ready texts, and name what is left to fill."""
    if study._state.adding:
        return SafeString(gettext("Once the study is saved, this can start from a ready text (GDPR or IRB)."))
    faults = " ".join(place_faults(study).values())
    url = reverse("admin:ratings_study_consent_template", args=[study.pk])
    words = gettext("Start from a template")
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>. {}', url, words, faults)


def preview_words(label: str) -> dict[str, str]:
    """Give the words of the script that shows a text as raters read it."""
    return {
        "open": gettext("Preview"),
        "close": gettext("Close the preview"),
        "of": gettext("Preview of {label}").format(label=label),
        "read": gettext("{label} as raters read it").format(label=label),
        "failed": gettext("The server gave no preview: check the connection, and that you are signed in."),
    }


class StudyForm(StudyFields):
    """A study, with its labels as lines and its entries laid out."""

    scale_labels = AnchorsField(
        required=False,
        label=gettext_lazy("Anchors"),
        help_text=gettext_lazy("One a line, such as “1 = bad” and “5 = excellent”."),
    )

    ends = EndsField()
    scales = EntriesField(
        fact=NamedScale,
        entry="scale",
        help_text=Study._meta.get_field("scales").help_text,
        label=gettext_lazy("Scales"),
    )
    end_questions = EntriesField(
        fact=EndQuestion,
        entry="question",
        help_text=Study._meta.get_field("end_questions").help_text,
        label=gettext_lazy("End questions"),
    )
    profile_questions = EntriesField(
        fact=Question,
        entry="question",
        help_text=Study._meta.get_field("profile_questions").help_text,
        label=gettext_lazy("Profile questions"),
    )
    group_quotas = QuotasField(
        help_text=Study._meta.get_field("group_quotas").help_text,
        label=gettext_lazy("Group quotas"),
    )

    languages = SimpleArrayField(
        forms.ChoiceField(choices=LANGUAGES.items()),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=Study._meta.get_field("languages").help_text,
        label=gettext_lazy("Languages"),
    )

    arena_groups = SimpleArrayField(
        forms.CharField(),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=format_lazy(
            gettext_lazy("{help} Several with commas between."), help=Study._meta.get_field("arena_groups").help_text
        ),
        label=gettext_lazy("Arena groups"),
    )
    arena_frames = SimpleArrayField(
        forms.CharField(validators=Study._meta.get_field("arena_frames").base_field.validators),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=format_lazy(
            gettext_lazy("{help} Several with commas between."), help=Study._meta.get_field("arena_frames").help_text
        ),
        label=gettext_lazy("Arena frames"),
    )

    class Meta:
        """The fields; the state changes by actions only."""

        model = Study
        fields = flatten_fieldsets(FIELDSETS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show how long taking part took beside how long it is stated to take, and what the consent lacks."""
        super().__init__(*args, **kwargs)
        for name in LONG:
            if name in self.fields:
                address = {"data-preview": reverse("admin:ratings_study_preview")}
                words = {"data-preview-words": json.dumps(preview_words(str(self.fields[name].label)))}
                self.fields[name].widget.attrs |= address | words | {"data-study": self.instance.pk or ""}
        if "consent_text" in self.fields:
            self.fields["consent_text"].help_text = consent_help(self.instance)
        measured = measured_duration(study=self.instance) if self.instance.pk else None
        if measured is not None and "duration_minutes" in self.fields:
            self.fields["duration_minutes"].help_text += f" {measured}"

    def clean(self) -> dict[str, Any]:
        """Refuse what the study's design cannot be asked with."""
        values = super().clean() or self.cleaned_data
        names = ("design", "scales", "trained_scale", "set_size")
        study = Study(**{name: values.get(name, getattr(self.instance, name)) for name in names})
        try:
            design_of(study).check_description(study)
        except InvalidInputError as error:
            self.add_faults(error.fields)
        self.refuse_unconsented_taste(values)
        return values

    def clean_languages(self) -> list[str]:
        """Keep the languages that the study has where none is given."""
        return self.cleaned_data["languages"] or self.instance.languages

    def _post_clean(self) -> None:
        """Refuse a ranking of nothing, and texts that would give another meaning to what raters agreed to."""
        super()._post_clean()  # type: ignore[misc]
        if not self.is_valid():
            return
        self.add_faults(arena_faults(self.instance))
        if not self.instance._state.adding:
            self.add_faults(text_faults(study=self.instance, content=content_of(self.instance)))

    def add_faults(self, faults: Mapping[str, str]) -> None:
        """Show each fault at its field, where the form has it."""
        for name, sentence in faults.items():
            self.add_error(name if name in self.fields else None, sentence)

    def refuse_unconsented_taste(self, values: dict[str, Any]) -> None:
        """Refuse to show tastes to raters who did not agree to that; a draft may be written piece by piece."""
        names = ("design", "shows_taste", "taste_consent")
        study = Study(**{name: values.get(name, getattr(self.instance, name)) for name in names})
        fault = taste_fault(study)
        if fault and self.instance.state != StudyState.DRAFT:
            self.add_error("taste_consent" if "taste_consent" in self.fields else None, fault)
