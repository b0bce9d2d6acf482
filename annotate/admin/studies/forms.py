"""Forms of the admin that say more than a model's fields do."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.utils import flatten_fieldsets
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
)

from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.registry import design_of

if TYPE_CHECKING:
    StudyFields = forms.ModelForm[Study]
else:
    StudyFields = forms.ModelForm

SCALE = ("scale_kind", "scale_min", "scale_max", "scale_step")
FIELDSETS: tuple[tuple[str, Any], ...] = (
    ("Basics", {"classes": ("tab",), "fields": ("title", "slug", "summary", "instructions")}),
    ("Scale", {"classes": ("tab",), "fields": (SCALE[:1], SCALE[1:], "scale_labels", "show_prompt")}),
    (
        "Design",
        {
            "classes": ("tab",),
            "fields": ("design", ("ties_allowed", "set_size"), "taste_from", "scales", "trained_scale"),
        },
    ),
    (
        "Raters",
        {
            "classes": ("tab",),
            "fields": (
                ("target", "quota"),
                ("practice_count", "break_every"),
                "lease_minutes",
                ("completion_code", "completion_url"),
            ),
        },
    ),
    (
        "Selection",
        {
            "classes": ("tab",),
            "fields": (
                ("random_share", "repeat_share", "repeat_gap"),
                ("burn_in", "uniform_floor"),
                ("attention_every", "group_quotas"),
                ("retrain_every", "train_without_flagged"),
                "datasets",
                "encoder_key",
            ),
        },
    ),
    ("Consent", {"classes": ("tab",), "fields": ("consent_version", "consent_text")}),
    ("Profile", {"classes": ("tab",), "fields": ("profile_questions",)}),
)
OPTION = {"value", "label"}
QUESTION = {"key", "label", "options"}


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
                raise forms.ValidationError(f"Write “5 = good”, a value and a word, not “{line}”.")
            labels[key] = word
        return labels

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what the lines mean."""
        try:
            return (initial or {}) != self.to_python(data)
        except forms.ValidationError:  # cleaning tells what is wrong with it; unchanged it is not
            return True


class EntriesField(forms.JSONField):
    """A list of entries, such as the questions of a profile, laid out to be read."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 18})

    def prepare_value(self, value: Any) -> Any:
        """Write one line per entry."""
        return value if isinstance(value, str) else json.dumps(value or [], indent=2, ensure_ascii=False)


class StudyForm(StudyFields):
    """A study, with its labels as lines and its questions checked."""

    scale_labels = AnchorsField(
        required=False, label="Anchors", help_text="One a line, such as “1 = bad” and “5 = excellent”."
    )

    scales = EntriesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10}),
        help_text='For several scales: a list of {"key", "label", "labels": {"1": "bad", "5": "good"}}, the main one '
        "first. All have the values of the scale.",
    )
    profile_questions = EntriesField(
        required=False,
        help_text='A list of {"key", "label", "help", "options": [{"value", "label"}]}; every answer is optional.',
    )

    class Meta:
        """The fields; the state changes by actions only."""

        model = Study
        fields = flatten_fieldsets(FIELDSETS)

    def clean_scales(self) -> list[dict[str, Any]]:
        """Take no scales for a blank field."""
        return self.cleaned_data["scales"] or []

    def clean(self) -> dict[str, Any]:
        """Refuse what the study's design cannot be asked with."""
        values = super().clean() or self.cleaned_data
        names = ("design", "scales", "trained_scale", "set_size")
        study = Study(**{name: values.get(name, getattr(self.instance, name)) for name in names})
        try:
            design_of(study).check_description(study)
        except InvalidInputError as error:
            for name, sentence in error.fields.items():
                self.add_error(name if name in self.fields else None, sentence)
        return values

    def clean_profile_questions(self) -> list[dict[str, Any]]:
        """Refuse questions that the profile page could not ask."""
        questions = self.cleaned_data["profile_questions"] or []
        if not isinstance(questions, list):
            raise forms.ValidationError("The questions are a list: write [ … ] around them.")
        for number, question in enumerate(questions, start=1):
            check_question(question=question, number=number)
        return questions


def is_number(text: str) -> bool:
    """Tell whether a text is a number."""
    try:
        float(text)
    except ValueError:  # words: no number
        return False
    return True


def check_question(*, question: Any, number: int) -> None:
    """Raise unless a profile question has a key, a label and options to choose from."""
    if not isinstance(question, dict) or not question.keys() >= QUESTION:
        raise forms.ValidationError(f"Question {number} needs “key”, “label” and “options”.")
    options = question["options"]
    if not options or not all(isinstance(option, dict) and option.keys() >= OPTION for option in options):
        shown = json.dumps({"value": "18-29", "label": "18 to 29"})
        raise forms.ValidationError(f"Every option of question {number} needs “value” and “label”, as in {shown}.")
