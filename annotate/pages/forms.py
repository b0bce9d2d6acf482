"""What raters fill in: consent and profile."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy

from ratings.models import Study
from ratings.selectors.visitors import StudyVisitor, VisitorKind
from ratings.services.enrol import Enrolment
from ratings.values.languages import DEFAULT_LANGUAGE

PROFILE_PREFIX = "profile."


class JoinForm(forms.Form):
    """Consent, and the optional answers of the study's profile."""

    consent = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick the box to take part, or choose “No, thank you”.")},
    )
    consent_version = forms.CharField(max_length=40)
    texts_version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, study: Study, visitor: StudyVisitor, languages: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.study = study
        self.visitor = visitor
        self.languages = tuple(languages)
        for _, question in study.questions_in(get_language() or DEFAULT_LANGUAGE):
            self.fields[PROFILE_PREFIX + question.key] = forms.ChoiceField(
                label=question.label,
                required=question.required,
                choices=[(option.value, option.label) for option in question.options],
                error_messages={
                    "invalid_choice": gettext_lazy("Choose one of the offered answers."),
                    "required": gettext_lazy("Choose one of the offered answers."),
                },
            )

    @property
    def questions(self) -> list[dict[str, object]]:
        """Give the study's questions, each with the answer given so far."""
        return [
            {
                **question.shown(),
                "language": language,
                "answer": self[PROFILE_PREFIX + question.key].value() or "",
            }
            for language, question in self.study.questions_in(get_language() or DEFAULT_LANGUAGE)
        ]

    @property
    def has_required(self) -> bool:
        """Tell whether some question has to be answered."""
        return any(question.required for question in self.study.questions)

    @property
    def carried(self) -> dict[str, str]:
        """Give the fields that travel along unseen: what the platform's link says."""
        return self.visitor.link.fields

    @property
    def sentences(self) -> list[str]:
        """Say what is wrong, naming a field where the sentence alone would not."""
        return [
            f"{self.fields[name].label}: {sentence}" if name.startswith(PROFILE_PREFIX) else str(sentence)
            for name, sentences in self.errors.items()
            for sentence in sentences
        ]

    @property
    def is_outdated(self) -> bool:
        """Tell whether somebody joined in this browser since the form was shown: the study's page asks who it is."""
        has_changed = self.data.get("rater", self.rater) != self.rater
        return has_changed and self.visitor.kind == VisitorKind.MEMBER and not self.visitor.link.external_id

    @property
    def rater(self) -> str:
        """Name the rater whom the browser is signed in as; blank for nobody."""
        return str(self.visitor.rater_id or "")

    def enrolment(self) -> Enrolment:
        """Give what the valid form says, for the service."""
        answers = self.cleaned_data.items()
        return Enrolment(
            consent_version=self.cleaned_data["consent_version"],
            profile={
                name.removeprefix(PROFILE_PREFIX): answer for name, answer in answers if name.startswith(PROFILE_PREFIX)
            },
            link=self.visitor.link,
            rater_id=self.visitor.rater_id,
            languages=self.languages,
            texts_number=self.cleaned_data["texts_version"],
        )
