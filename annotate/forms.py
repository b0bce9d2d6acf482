"""What raters fill in: consent and profile."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from ratings.models import Study
from ratings.services.enrol import Enrolment

PROFILE_PREFIX = "profile."
# How crowd platforms name the person and the sitting in the links that they open.
CROWD_NAMES = {
    "external_id": ("external_id", "PROLIFIC_PID", "workerId"),
    "external_session": ("external_session", "SESSION_ID", "assignmentId"),
}


def crowd_fields(query: QueryDict) -> dict[str, str]:
    """Give the crowd platform's fields of a link, under our names."""
    found = {
        name: next((query.get(key, "") for key in keys if query.get(key)), "") for name, keys in CROWD_NAMES.items()
    }
    return {name: value for name, value in found.items() if value}


class JoinForm(forms.Form):
    """Consent, and the optional answers of the study's profile."""

    consent = forms.BooleanField(
        error_messages={"required": "Tick the box to take part, or choose “No, thank you”."},
    )
    consent_version = forms.CharField(max_length=40)
    external_id = forms.CharField(max_length=200, required=False)
    external_session = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.study = study
        for question in study.profile_questions:
            self.fields[PROFILE_PREFIX + question["key"]] = forms.ChoiceField(
                label=question["label"],
                required=False,
                choices=[(option["value"], option["label"]) for option in question["options"]],
                error_messages={"invalid_choice": "Choose one of the offered answers."},
            )

    @property
    def questions(self) -> list[dict[str, Any]]:
        """Give the study's questions, each with the answer given so far."""
        return [
            {**question, "answer": self[PROFILE_PREFIX + question["key"]].value() or ""}
            for question in self.study.profile_questions
        ]

    @property
    def carried(self) -> dict[str, str]:
        """Give the fields that travel along unseen."""
        return {name: self[name].value() for name in CROWD_NAMES if self[name].value()}

    @property
    def sentences(self) -> list[str]:
        """Say what is wrong, naming a field where the sentence alone would not."""
        return [
            f"{self.fields[name].label}: {sentence}" if name.startswith(PROFILE_PREFIX) else str(sentence)
            for name, sentences in self.errors.items()
            for sentence in sentences
        ]

    def enrolment(self, *, rater_id: UUID | None) -> Enrolment:
        """Give what the valid form says, for the service."""
        answers = self.cleaned_data.items()
        return Enrolment(
            consent_version=self.cleaned_data["consent_version"],
            profile={
                name.removeprefix(PROFILE_PREFIX): answer for name, answer in answers if name.startswith(PROFILE_PREFIX)
            },
            external_id=self.cleaned_data["external_id"],
            external_session=self.cleaned_data["external_session"],
            rater_id=rater_id,
        )
